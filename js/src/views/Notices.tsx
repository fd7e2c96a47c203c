import type { Conversation } from "../conversation.js";
import { GONE } from "../kernelTransport.js";
import { Banner } from "./Banner.js";
import { withCode } from "./withCode.js";

/** What concerns the whole chat: is anybody there, and what went wrong last. */
export function Notices({ conversation }: { conversation: Conversation }) {
  const { connection, problem } = conversation;
  const retry = { label: "Try again", run: () => void conversation.connect() };
  return (
    <>
      {connection.value === "gone" && (
        <Banner kind="warning" action={retry}>
          {GONE.message} {GONE.hint}
        </Banner>
      )}
      {connection.value === "silent" && (
        <Banner kind="info">
          The kernel does not answer; it may be busy. If it was restarted, run this cell again to reconnect;
          nothing is lost.
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
