/** Bytes as text. */

const CHUNK = 0x8000;

export function base64(data: ArrayBuffer): string {
  const bytes = new Uint8Array(data);
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(text);
}
