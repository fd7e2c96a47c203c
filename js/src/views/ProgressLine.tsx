import type { Progress } from "../wire.js";

/** How far something is that takes a while. */
export function ProgressLine({ progress }: { progress: Pick<Progress, "text" | "fraction"> }) {
  const { text, fraction } = progress;
  return (
    <div class="squid-progress">
      <span>{text}</span>
      {fraction === null ? (
        <progress aria-label={text} />
      ) : (
        <progress aria-label={text} max={1} value={fraction} />
      )}
    </div>
  );
}
