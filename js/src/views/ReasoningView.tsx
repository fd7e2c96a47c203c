import type { Growing } from "../growing.js";

/** The model's reasoning, folded away: it is not part of the answer. */
export function ReasoningView({ text, thinking }: { text: Growing; thinking: boolean }) {
  text.version.value;
  return (
    <details class="squid-reasoning">
      <summary>{thinking ? "Thinking…" : "Reasoning"}</summary>
      <div class="squid-reasoning-text">{text.text}</div>
    </details>
  );
}
