import { useEffect } from "preact/hooks";
import { GONE } from "../../kernelTransport.js";
import type { SessionList } from "../../sessionList.js";
import { trans } from "../../words.js";
import { Banner } from "../Banner.js";
import { withCode } from "../withCode.js";

const SHOWN_MS = 12_000;

/** What happened last, with the way back; and what keeps the list from working. */
export function SessionNotices({ sessions }: { sessions: SessionList }) {
  const { connection, problem, notice } = sessions;
  const said = notice.value;
  useEffect(() => {
    // What can be undone stays until something else happens.
    if (said === null || said.undo !== null) return undefined;
    const timer = setTimeout(() => {
      if (notice.value === said) notice.value = null;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said, notice]);
  const retry = { label: trans.__("Try again"), run: () => void sessions.connect() };
  const undo = said?.undo;
  return (
    <div class="squid-sessions-notices">
      {connection.value === "gone" && (
        <Banner kind="warning" action={retry}>
          {GONE.message} {GONE.hint}
        </Banner>
      )}
      {connection.value === "silent" && (
        <Banner kind="info">
          {trans.__("The kernel does not answer; it may be busy. Nothing is lost.")}
        </Banner>
      )}
      {problem.value !== null && (
        <Banner kind="error" onDismiss={() => (problem.value = null)}>
          {withCode(problem.value.message)} {withCode(problem.value.hint)}
        </Banner>
      )}
      {said !== null && (
        <Banner
          kind="info"
          {...(undo ? { action: { label: trans.__("Undo"), run: undo } } : {})}
          onDismiss={() => (notice.value = null)}
        >
          {withCode(said.text)}
        </Banner>
      )}
    </div>
  );
}
