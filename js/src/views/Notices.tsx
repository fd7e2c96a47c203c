import type { Conversation } from "../conversation.js";
import { GONE } from "../kernelTransport.js";
import { trans } from "../words.js";
import { Banner } from "./Banner.js";
import { withCode } from "./withCode.js";

const SILENT = {
  get message() {
    return trans.__("The kernel does not answer; it may be busy.");
  },
  get hint() {
    return trans.__("If it was restarted, run this cell again to reconnect; nothing is lost.");
  },
};

/** What concerns the whole chat: is anybody there, and what went wrong last. */
export function Notices({ conversation }: { conversation: Conversation }) {
  const { connection, problem, done } = conversation;
  const trouble = conversation.trouble.value;
  const retry = { label: trans.__("Try again"), run: () => void conversation.connect() };
  return (
    <>
      {connection.value === "gone" && (
        <Banner kind="warning" action={retry}>
          {(trouble ?? GONE).message} {(trouble ?? GONE).hint}
        </Banner>
      )}
      {connection.value === "silent" && (
        <Banner kind="info">
          {(trouble ?? SILENT).message} {(trouble ?? SILENT).hint}
        </Banner>
      )}
      {conversation.waiting.value !== "" && <Banner kind="info">{conversation.waiting.value}</Banner>}
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
