import { cost, duration, usageTokens } from "../format.js";
import type { Message, Method } from "../wire.js";
import { trans } from "../words.js";

/** Model, tokens, time and cost of one answer. */
export function Footer({ message }: { message: Message }) {
  const { usage, model, host } = message;
  const parts: { text: string; title: string }[] = [];
  if (model) parts.push({ text: model, title: host ? place(model, host) : model });
  if (usage !== null) {
    parts.push({ text: usageTokens(usage), title: counted(usage.method) });
    if (usage.duration_ms !== null)
      parts.push({ text: duration(usage.duration_ms), title: timing(usage.first_token_ms) });
    const about = usage.cost_usd && usage.method === "estimated" ? "~" : "";
    parts.push({
      text: about + cost(usage.cost_usd, usage.host || host || ""),
      title: trans.__("Cost of this answer, from the public price list of the model"),
    });
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

function counted(method: Method): string {
  switch (method) {
    case "measured":
      return trans.__("Tokens in and out, as counted by the model");
    case "estimated":
      return trans.__("Estimated: the model did not report how many tokens it used");
    case "unknown":
      return trans.__("The model did not report how many tokens it used");
  }
}

function place(model: string, host: string): string {
  return host === "in process"
    ? trans.__("Answered by %1, on this machine; nothing left it", model)
    : trans.__("Answered by %1, at %2", model, host);
}

function timing(firstToken: number | null): string {
  return firstToken === null
    ? trans.__("Time to the last word")
    : trans.__("Time to the last word; the first came after %1", duration(firstToken));
}
