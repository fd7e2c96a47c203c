import { tokens } from "../format.js";
import type { ContextUse } from "../wire.js";
import { number, trans } from "../words.js";

/** How full the model's context is. */
export function ContextMeter({ use }: { use: ContextUse }) {
  const share = use.limit > 0 ? Math.min(use.tokens / use.limit, 1) : 0;
  const percent = number(share, { style: "percent" });
  const text = trans.__("%1 of %2 tokens", tokens(use.tokens), tokens(use.limit));
  return (
    // biome-ignore lint/a11y/useSemanticElements: the native meter's bar cannot be given the host's colours
    <div
      class={`squid-context ${share >= 0.9 ? "squid-context-full" : ""}`}
      role="meter"
      aria-label={trans.__("Context window")}
      aria-valuemin={0}
      aria-valuemax={use.limit}
      aria-valuenow={Math.min(use.tokens, use.limit)}
      aria-valuetext={text}
      title={trans.__("Context window: %1 (%2)", text, percent)}
    >
      <span class="squid-context-bar">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span class="squid-context-text">{percent}</span>
    </div>
  );
}
