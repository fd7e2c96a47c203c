/** What an empty chat offers: beginnings of questions, about what is there to be asked about. */

import type { Completion } from "./wire.js";
import { trans } from "./words.js";

/** What could be typed at the end of a text. */
export type Complete = (text: string) => Promise<Completion | null>;

export interface Suggestion {
  title: string;
  /** In a few words, before it is chosen. */
  says: string;
  /** It ends where one goes on writing, or asks about what is there. */
  prompt(complete: Complete): Promise<string>;
}

/** Types of variables that are tables of data. */
const TABLE = /\b(?:DataFrame|LazyFrame|Series|ndarray|Table|DuckDBPyRelation)\b/;

export function suggestions(): Suggestion[] {
  return [
    { title: trans.__("Explain an error"), says: trans.__("What it means and how to fix it"), prompt: error },
    { title: trans.__("Look at my data"), says: trans.__("What stands out, and three plots"), prompt: data },
    {
      title: trans.__("Write some code"),
      says: trans.__("A Python function that …"),
      prompt: async () => `${trans.__("Write a Python function that")} `,
    },
  ];
}

/** The last one of the notebook, where there is one. */
async function error(complete: Complete): Promise<string> {
  const found = await complete("@error");
  return found?.matches.some(({ text }) => text === "@error")
    ? trans.__("Explain @error and how to fix it.")
    : `${trans.__("Explain this error and how to fix it:")}\n`;
}

async function data(complete: Complete): Promise<string> {
  const found = await complete("@");
  const table = found?.matches.find(({ type, label }) => TABLE.test(type) || TABLE.test(label));
  return table === undefined
    ? `${trans.__("What stands out in this data? Suggest three plots:")}\n`
    : trans.__("What stands out in @%1? Suggest three plots.", table.text.replace(/^@/, ""));
}
