/**
 * What people read, in their language. JupyterLab's extension lends its translations to everything of Squid in the
 * page, also to widgets, which are bundles of their own; without it the words are English.
 *
 * `trans` is called as JupyterLab's own bundles are, because its tools look for that when they collect messages. Ask
 * at each use and never while a module loads: the translations come later.
 */

/** The part of JupyterLab's `TranslationBundle` that is used here. */
export interface Bundle {
  __(text: string, ...values: string[]): string;
  _n(one: string, many: string, count: number, ...values: string[]): string;
  _p(context: string, text: string, ...values: string[]): string;
}

interface Lent {
  bundle: Bundle;
  /** Such as `fr_FR`. */
  language: string;
}

/** Numbers are written as the reader's language does. */
type Value = string | number;

const KEY = Symbol.for("squid-nb.words");
/** Bundles put these back where they were, and the values come in afterwards. */
const PLACES = ["%1", "%2", "%3", "%4"];

const page = globalThis as { [KEY]?: Lent };

const ENGLISH: Bundle = {
  __: (text) => text,
  _n: (one, many, count) => (count === 1 ? one : many),
  _p: (_, text) => text,
};

export function lendWords(bundle: Bundle, language: string): void {
  page[KEY] = { bundle, language };
}

function bundle(): Bundle {
  return page[KEY]?.bundle ?? ENGLISH;
}

export const trans = {
  /** A text in which `%1`, `%2` … are filled in. */
  __(text: string, ...values: Value[]): string {
    return fill(bundle().__(text, ...PLACES), values);
  },
  /** A text that depends on a count, which is its `%1`. */
  _n(one: string, many: string, count: number, ...values: Value[]): string {
    const text = bundle()._n(one, many, count, ...PLACES.slice(1));
    // JupyterLab has put the count in already, as it writes it.
    return fill(text.replace(new RegExp(`(?<!%)${count}`), number(count)), [count, ...values]);
  },
  /** A text that has other meanings elsewhere. */
  _p(context: string, text: string, ...values: Value[]): string {
    return fill(bundle()._p(context, text, ...PLACES), values);
  },
};

function fill(text: string, values: Value[]): string {
  return text.replace(/%(\d)/g, (place, digit: string) => {
    const value = values[Number(digit) - 1];
    return value === undefined ? place : typeof value === "number" ? number(value) : value;
  });
}

export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return value.toLocaleString(language(), options);
}

/** The language of the words, as the reader's browser speaks it; undefined where nobody says which. */
export function language(): string | undefined {
  const code = (page[KEY]?.language ?? globalThis.document?.documentElement.lang ?? "").replaceAll("_", "-");
  if (!known.has(code)) known.set(code, variant(code));
  return known.get(code);
}

const known = new Map<string, string | undefined>();

function variant(code: string): string | undefined {
  try {
    const [plain] = Intl.getCanonicalLocales(code);
    return navigator.languages.find((one) => one === plain || one.startsWith(`${plain}-`)) ?? plain;
  } catch {
    return undefined;
  }
}
