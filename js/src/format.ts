/** Numbers as people read them. Unknown is said in words and never shown as zero. */

import type { Session, Usage } from "./wire.js";
import { number, trans } from "./words.js";

export function tokens(count: number): string {
  if (count < 1000) return number(count);
  const thousands = count / 1000;
  return trans.__("%1k", number(thousands, { maximumFractionDigits: thousands < 100 ? 1 : 0 }));
}

export function duration(milliseconds: number): string {
  if (milliseconds < 950) return trans.__("%1 ms", Math.max(1, Math.round(milliseconds)));
  const seconds = milliseconds / 1000;
  if (seconds < 60) return trans.__("%1 s", fixed(seconds, seconds < 10 ? 1 : 0));
  const whole = Math.round(seconds);
  return trans.__("%1 min %2 s", Math.floor(whole / 60), whole % 60);
}

/** The same as in `squid_nb/endpoint.py`; what is no URL is a model in the process itself. */
const LOOPBACK = /:\/\/(([^/:]+[.])?localhost|127[.][0-9.]+|0[.]0[.]0[.]0|\[::1?\])(:|\/|$)/;

export function isLocal(host: string): boolean {
  return host !== "" && (!host.includes("://") || LOOPBACK.test(host));
}

/** What a session cost, in the words of the answers in it. */
export function spent({ cost_usd, unpriced }: Pick<Session, "cost_usd" | "unpriced">): string {
  if (cost_usd === null) return cost(null, unpriced > 0 ? "" : "in process");
  const known = cost(cost_usd, "");
  return unpriced > 0 ? trans.__("%1 + unknown cost", known) : known;
}

export function cost(usd: number | null, host: string): string {
  if (usd === null) return isLocal(host) ? trans.__("free, runs locally") : trans.__("cost unknown");
  if (usd === 0) return trans.__("free");
  if (usd < 0.000_001) return `< ${money(0.000_001, { maximumSignificantDigits: 1 })}`;
  return usd < 0.1 ? money(usd, { maximumSignificantDigits: 2 }) : money(usd);
}

/** Dollars as the reader's language writes them. */
export function money(usd: number, digits: Intl.NumberFormatOptions = {}): string {
  return number(usd, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", ...digits });
}

export function fixed(value: number, digits: number): string {
  return number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function size(bytes: number): string {
  if (bytes < 1024) return trans.__("%1 B", bytes);
  if (bytes < 1024 * 1024) return trans.__("%1 kB", Math.round(bytes / 1024));
  return trans.__("%1 MB", fixed(bytes / 1024 / 1024, 1));
}

/** The tokens of a call, such as `120 in, 48 out`; estimates carry a tilde. */
export function usageTokens({ input_tokens, output_tokens, method }: Usage): string {
  if (input_tokens === null && output_tokens === null) return trans.__("tokens unknown");
  const mark = method === "estimated" ? "~" : "";
  const part = (count: number | null) => (count === null ? "?" : `${mark}${tokens(count)}`);
  return trans.__("%1 in, %2 out", part(input_tokens), part(output_tokens));
}
