import { cost, duration, usageTokens } from "../format.js";
import type { Message } from "../wire.js";

/** Model, tokens, time and cost of one answer. */
export function Footer({ message }: { message: Message }) {
  const { usage, model, host } = message;
  const parts: { text: string; title: string }[] = [];
  if (model) parts.push({ text: model, title: host ? `Answered by ${model}, ${place(host)}` : model });
  if (usage !== null) {
    parts.push({ text: usageTokens(usage), title: TOKENS[usage.method] });
    if (usage.duration_ms !== null)
      parts.push({ text: duration(usage.duration_ms), title: timing(usage.first_token_ms) });
    const price = usage.cost_usd !== null && usage.method === "estimated" ? "~" : "";
    const text = cost(usage.cost_usd, usage.host || host || "");
    parts.push({ text: text.startsWith("$") ? price + text : text, title: COST });
  }
  if (parts.length === 0) return null;
  return (
    <footer class="squid-footer">
      {parts.map(({ text, title }) => (
        <span key={text} title={title}>
          {text}
        </span>
      ))}
    </footer>
  );
}

const COST = "Cost of this answer, from the public price list of the model";

const TOKENS = {
  measured: "Tokens in and out, as counted by the model",
  estimated: "Estimated: the model did not report how many tokens it used",
  unknown: "The model did not report how many tokens it used",
} as const;

function place(host: string): string {
  return host === "in process" ? "in this kernel; nothing left this machine" : `at ${host}`;
}

function timing(firstToken: number | null): string {
  return firstToken === null
    ? "Time to the last word"
    : `Time to the last word; the first came after ${duration(firstToken)}`;
}
