/** What the harness shows: messages of every kind. */

import { blankMessage } from "../src/entries.js";
import type { Message, Source, Usage } from "../src/wire.js";

export const ANSWER = `The slow part is \`apply\`: it calls Python once for **each row**. Let the engine do it.

## What to change

1. Compute the mean once per group,
2. then join it back:

\`\`\`python
import pandas as pd

def standardise(df: pd.DataFrame, by: str = "region") -> pd.DataFrame:
    """Z-score of every number within its group."""
    groups = df.groupby(by, observed=True)["price"]
    return df.assign(z=(df["price"] - groups.transform("mean")) / groups.transform("std"))
\`\`\`

With $n$ rows and $k$ groups the cost falls from $O(n \\cdot k)$ to $O(n)$:

$$
z_i = \\frac{x_i - \\bar{x}_{g(i)}}{\\sqrt{\\frac{1}{n_g - 1} \\sum_{j \\in g(i)} (x_j - \\bar{x}_g)^2}}
$$

| variant | time | memory |
|---|--:|--:|
| \`apply\` | 4.1 s | 310 MB |
| \`transform\` | 0.08 s | 120 MB |

> Check that \`region\` has no missing values first; \`groupby\` drops them.

See [the pandas guide](https://pandas.pydata.org/docs/user_guide/groupby.html) and ![benchmark plot](https://example.org/plot.png).`;

let clock = 0;

export function usage(fields: Partial<Usage> = {}): Usage {
  return {
    id: "u",
    session_id: "s1",
    message_id: "m",
    user_id: "me",
    provider: "embedded",
    model: "SmolLM2-135M-Instruct",
    host: "in process",
    door: "widget",
    input_tokens: 412,
    output_tokens: 268,
    reasoning_tokens: null,
    cached_tokens: null,
    cost_usd: null,
    method: "measured",
    first_token_ms: 180,
    duration_ms: 2310,
    created_at: "2026-01-01T00:00:00+00:00",
    ...fields,
  };
}

function source(name: string, mime_type: string, size_bytes: number): Source {
  const ids = {
    id: name,
    session_id: "s1",
    message_id: "m",
    sha256: "",
    created_at: "",
    detail: {},
    text: null,
  };
  return { ...ids, kind: "file", name, mime_type, size_bytes };
}

export function question(content: string, sources: Source[] = []): Message {
  clock += 1;
  return blankMessage({ id: `m${clock}`, session_id: "s1", content, sources });
}

export function answer(content: string, fields: Partial<Message> = {}): Message {
  clock += 1;
  return blankMessage({
    id: `m${clock}`,
    session_id: "s1",
    parent_id: `m${clock - 1}`,
    role: "assistant",
    content,
    model: "SmolLM2-135M-Instruct",
    host: "in process",
    usage: usage(),
    ...fields,
  });
}

export const samples: Record<string, () => Message[]> = {
  empty: () => [],
  chat: () => [
    question("Why is my groupby so slow?", [
      source("sales.csv", "text/csv", 48_213),
      source("etl.ipynb", "application/json", 9120),
    ]),
    answer(ANSWER, {
      reasoning: "The user has a DataFrame with a groupby and an apply. The apply is the usual suspect.",
    }),
  ],
  failed: () => [
    question("Summarise the error log"),
    answer("The log has three kinds of errors. The first", {
      status: "stopped",
      usage: usage({ method: "estimated", output_tokens: 9 }),
    }),
    question("And the second?"),
    answer("The second is", { status: "interrupted", usage: null }),
    question("Go on"),
    answer("", {
      status: "failed",
      error: "Nothing listens at http://localhost:11434.",
      hint: "Start Ollama with `ollama serve`, or choose another model below.",
      usage: null,
      model: "llama3.2",
      host: "http://localhost:11434",
    }),
    question("With the big one, then"),
    answer("Three timeouts and one **refused key**.", {
      model: "gpt-4.1-mini",
      host: "https://api.openai.com",
      usage: usage({
        model: "gpt-4.1-mini",
        host: "https://api.openai.com",
        cost_usd: 0.000_41,
        method: "estimated",
      }),
    }),
  ],
  long: () => turns(20),
  huge: () => turns(2500),
};

function turns(length: number): Message[] {
  return Array.from({ length }, (_, index) => [
    question(`Question ${index + 1}: how do I read part ${index + 1} of the file?`),
    answer(
      index % 3 === 0
        ? ANSWER
        : `Part ${index + 1} is read with \`duckdb.sql("from 'part${index + 1}.csv'")\`.`,
    ),
  ]).flat();
}
