import { useEffect, useState } from "preact/hooks";
import type { Turn } from "../entries.js";
import { duration } from "../format.js";
import { trans } from "../words.js";
import { hostLabel } from "./ModelPicker.js";

/** Milliseconds without a word, after which people wonder. */
const LONG = 10_000;

/** An answer is under way, also when nothing comes of it for a while: then, who is silent, and since when. */
export function Writing({ turn, begun }: { turn: Turn; begun: boolean }) {
  const silent = useSilence(turn);
  const { host } = turn.message;
  return (
    <div class="squid-writing">
      <div
        class="squid-thinking"
        role="img"
        aria-label={begun ? trans.__("Squid is writing") : trans.__("Squid is thinking")}
      >
        <span />
        <span />
        <span />
      </div>
      {silent >= LONG && host !== null && (
        // Every second would be read out.
        <small aria-live="off">{silence(host, duration(silent))}</small>
      )}
    </div>
  );
}

function silence(host: string, time: string): string {
  return host === "in process"
    ? trans.__("Nothing new for %1", time)
    : trans.__("Nothing from %1 for %2", hostLabel(host), time);
}

/** Milliseconds since the answer has grown last, in whole seconds. */
function useSilence({ body, reasoning }: Turn): number {
  const [silent, setSilent] = useState(0);
  const grown = body.version.value + reasoning.version.value;
  useEffect(() => {
    const since = Date.now();
    setSilent(0);
    const timer = setInterval(() => setSilent(1000 * Math.floor((Date.now() - since) / 1000)), 1000);
    return () => clearInterval(timer);
  }, [grown]);
  return silent;
}
