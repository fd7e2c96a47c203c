import type { Conversation } from "../conversation.js";
import { trans } from "../words.js";
import { Banner } from "./Banner.js";
import { ConnectionNotice } from "./ConnectionNotice.js";
import { WorkNotice } from "./WorkNotice.js";
import { withCode } from "./withCode.js";

/** What concerns the whole chat: is anybody there, and what went wrong last. */
export function Notices({ conversation }: { conversation: Conversation }) {
  const { connection, trouble, problem, done } = conversation;
  return (
    <>
      <ConnectionNotice
        connection={connection.value}
        trouble={trouble.value}
        onRetry={() => void conversation.connect()}
      />
      {conversation.waiting.value !== "" && <Banner kind="info">{conversation.waiting.value}</Banner>}
      {conversation.work.value !== null && (
        <WorkNotice work={conversation.work.value} onCancel={() => conversation.cancelWork()} />
      )}
      {done.value !== null && (
        <Banner
          kind="info"
          action={{ label: trans.__("Undo"), run: done.value.undo }}
          onDismiss={() => {
            done.value = null;
          }}
        >
          {done.value.text}
        </Banner>
      )}
      {problem.value !== null && (
        <Banner kind="error" onDismiss={() => (problem.value = null)}>
          {withCode(problem.value.message)} {withCode(problem.value.hint)}
        </Banner>
      )}
    </>
  );
}
