import { tokens } from "../format.js";
import type { ContextUse } from "../wire.js";

/** How full the model's context is. */
export function ContextMeter({ use }: { use: ContextUse }) {
  const share = use.limit > 0 ? Math.min(use.tokens / use.limit, 1) : 0;
  const percent = Math.round(share * 100);
  const text = `${tokens(use.tokens)} of ${tokens(use.limit)} tokens`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the native meter's bar cannot be given the host's colours
    <div
      class={`squid-context ${share >= 0.9 ? "squid-context-full" : ""}`}
      role="meter"
      aria-label="Context window"
      aria-valuemin={0}
      aria-valuemax={use.limit}
      aria-valuenow={Math.min(use.tokens, use.limit)}
      aria-valuetext={text}
      title={`Context window: ${text} (${percent}%)`}
    >
      <span class="squid-context-bar">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span class="squid-context-text">{percent}%</span>
    </div>
  );
}
