import { afterEach, describe, expect, it, vi } from "vitest";
import { cost } from "../src/format.js";
import { language, lendWords, number, trans } from "../src/words.js";

/** As JupyterLab's bundles fill in what they are given: the count of a plural is its first value. */
const fill = (text: string, values: (string | number)[]) =>
  text.replace(/%(\d+)/g, (_, place) => String(values[Number(place) - 1]));

const FRENCH: Record<string, string> = {
  Send: "Envoyer",
  "%1 of %2": "%1 sur %2",
  "Tagged %1 “%2”.": "« %2 » a été ajouté à %1.",
  "key\u0004Delete": "Suppr",
};

const french = {
  __: (text: string, ...values: string[]) => fill(FRENCH[text] ?? text, values),
  _n: (one: string, many: string, count: number, ...values: string[]) =>
    fill(many === "%1 messages" ? (count < 2 ? "%1 message" : "%1 messages (%2)") : one, [count, ...values]),
  _p: (context: string, text: string, ...values: string[]) =>
    fill(FRENCH[`${context}\u0004${text}`] ?? text, values),
};

afterEach(() => {
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("squid-nb.words")];
  document.documentElement.lang = "";
  vi.restoreAllMocks();
});

describe("without JupyterLab", () => {
  it("words are English, with their values", () => {
    expect(trans.__("Send")).toBe("Send");
    expect(trans.__("%1 of %2", 1234, "b")).toBe("1,234 of b");
    expect(trans._p("key", "Delete")).toBe("Delete");
    expect(trans._n("%1 message", "%1 messages", 1)).toBe("1 message");
    expect(trans._n("%1 message", "%1 messages", 1234)).toBe("1,234 messages");
    expect(trans._n("%2, %1 left out", "%2, %1 left out", 2, 5)).toBe("5, 2 left out");
  });

  it("a value is not looked into", () => expect(trans.__("“%1”, %2", "%2", "b")).toBe("“%2”, b"));

  it("a place without a value stays", () => expect(trans.__("%1 and %2", "a")).toBe("a and %2"));

  it("numbers follow the page, as the reader's browser speaks its language", () => {
    vi.spyOn(navigator, "languages", "get").mockReturnValue(["de-AT", "fr"]);
    document.documentElement.lang = "de";
    expect(language()).toBe("de-AT");
    expect(number(0.5, { style: "percent" })).toMatch(/^50\s%$/);
    document.documentElement.lang = "it";
    expect(language()).toBe("it");
    document.documentElement.lang = "no language";
    expect(language()).toBeUndefined();
  });
});

describe("with JupyterLab's translations", () => {
  it("words, values and numbers are in its language", () => {
    lendWords(french, "fr_FR");
    expect(language()).toBe("fr-FR");
    expect(trans.__("Send")).toBe("Envoyer");
    expect(trans.__("Not translated")).toBe("Not translated");
    expect(trans.__("%1 of %2", 1, 12_345)).toMatch(/^1 sur 12\s345$/u);
    expect(trans.__("Tagged %1 “%2”.", "a", "b")).toBe("« b » a été ajouté à a.");
    expect(trans._p("key", "Delete")).toBe("Suppr");
    expect(cost(1234.5, "https://api.example.com")).toMatch(/^1\s234,50\s\$$/u);
  });

  it("a count chooses the form and is written as the language does", () => {
    lendWords(french, "fr_FR");
    expect(trans._n("%1 message", "%1 messages", 1, "x")).toBe("1 message");
    expect(trans._n("%1 message", "%1 messages", 2, 2222)).toMatch(/^2 messages \(2\s222\)$/u);
    expect(trans._n("%1 message", "%1 messages", 2222, "x")).toMatch(/^2\s222 messages \(x\)$/u);
  });
});
