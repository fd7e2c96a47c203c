import type { Progress } from "../wire.js";

/** Something that takes a while before the first word. */
export function ProgressLine({ progress }: { progress: Progress }) {
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
