/** Numbers as people read them. Unknown is said in words and never shown as zero. */

import type { Usage } from "./wire.js";

export function tokens(count: number): string {
  if (count < 1000) return String(count);
  const thousands = count / 1000;
  return `${thousands < 100 ? thousands.toFixed(1).replace(/\.0$/, "") : Math.round(thousands)}k`;
}

export function duration(milliseconds: number): string {
  if (milliseconds < 950) return `${Math.max(1, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const LOCAL_HOST = /^(?:in process|https?:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?\/?)$/;

export function isLocal(host: string): boolean {
  return LOCAL_HOST.test(host);
}

export function cost(usd: number | null, host: string): string {
  if (usd === null) return isLocal(host) ? "free, runs locally" : "cost unknown";
  if (usd === 0) return "free";
  if (usd < 0.000_001) return "< $0.000001";
  return usd < 0.1 ? `$${Number(usd.toPrecision(2))}`.replace(/e-.*/, "") : `$${usd.toFixed(2)}`;
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The tokens of a call, such as `120 in, 48 out`; estimates carry a tilde. */
export function usageTokens({ input_tokens, output_tokens, method }: Usage): string {
  if (input_tokens === null && output_tokens === null) return "tokens unknown";
  const mark = method === "estimated" ? "~" : "";
  const part = (count: number | null, word: string) =>
    count === null ? `? ${word}` : `${mark}${tokens(count)} ${word}`;
  return `${part(input_tokens, "in")}, ${part(output_tokens, "out")}`;
}
