import { useEffect } from "preact/hooks";
import type { SessionList } from "../../sessionList.js";
import { trans } from "../../words.js";
import { Banner } from "../Banner.js";
import { ConnectionNotice } from "../ConnectionNotice.js";
import { WorkNotice } from "../WorkNotice.js";
import { withCode } from "../withCode.js";

const SHOWN_MS = 12_000;

/** What happened last, with the way back; and what keeps the list from working. */
export function SessionNotices({ sessions }: { sessions: SessionList }) {
  const { connection, trouble, problem, notice } = sessions;
  const said = notice.value;
  useEffect(() => {
    // What can be undone stays until something else happens.
    if (said === null || said.undo !== null) return undefined;
    const timer = setTimeout(() => {
      if (notice.value === said) notice.value = null;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said, notice]);
  const undo = said?.undo;
  return (
    <div class="squid-sessions-notices">
      <ConnectionNotice
        connection={connection.value}
        trouble={trouble.value}
        onRetry={() => void sessions.connect()}
      />
      {sessions.work.value !== null && (
        <WorkNotice work={sessions.work.value} onCancel={() => sessions.cancelWork()} />
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
