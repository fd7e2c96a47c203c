/** Attached pictures. Only pixels: an SVG is a document that may carry scripts and is shown as its text. */

import { base64 } from "./base64.js";
import type { Attachment } from "./transport.js";

const PIXELS = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Larger pictures are shown when somebody opens them. */
export const THUMBNAIL_BYTES = 3 * 1024 * 1024;

export function isPicture(mimeType: string): boolean {
  return PIXELS.has(mimeType);
}

/** An address that carries the picture itself; null for what is no picture. */
export function pictureUrl(mimeType: string, data: string | null): string | null {
  if (data === null || !isPicture(mimeType) || !/^[A-Za-z0-9+/=]*$/.test(data)) return null;
  return `data:${mimeType};base64,${data}`;
}

/** A picture that is on its way to the history. */
export function localPicture(attachments: readonly Attachment[], name: string): string | null {
  const found = attachments.find((attachment) => attachment.name === name && isPicture(attachment.mime_type));
  if (found === undefined || found.data.byteLength > THUMBNAIL_BYTES) return null;
  return pictureUrl(found.mime_type, base64(found.data));
}
