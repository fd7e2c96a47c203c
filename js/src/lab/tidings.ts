/** What JupyterLab's notifications tell of Squid while nobody looks at it. */

import { Notification } from "@jupyterlab/apputils";
import { effect } from "@preact/signals";
import { version } from "../../package.json";
import type { Conversation } from "../conversation.js";
import { trans } from "../words.js";

const SHOWN_MS = 10_000;

/** Tells of answers that end out of sight; returns the function that stops it. */
export function tellOfAnswers(
  conversation: Conversation,
  { isSeen, show }: { isSeen(): boolean; show(): void },
): () => void {
  let answering: string | null = null;
  return effect(() => {
    const busy = conversation.busy.value;
    const session = conversation.sessionId.value;
    const ended = !busy && answering !== null && answering === session;
    answering = busy ? session : null;
    if (ended && !isSeen()) tellOfAnswer(conversation, show);
  });
}

function tellOfAnswer(conversation: Conversation, show: () => void): void {
  const last = conversation.entries.peek().findLast((entry) => entry.kind === "turn");
  const title = conversation.title.peek() || trans.__("Untitled");
  const actions = [{ label: trans.__("Show"), callback: show }];
  if (last?.message.status === "complete")
    Notification.success(trans.__("Squid has answered: “%1”", title), { autoClose: SHOWN_MS, actions });
  else Notification.warning(trans.__("An answer of Squid did not come to its end: “%1”", title), { actions });
}

let told = false;

/** Says once that the server is of another version than this page, as after an update. */
export function tellOfUpdate(server: string): void {
  if (told || server === version) return;
  told = true;
  Notification.warning(
    trans.__("This page has Squid %1, but the server has %2. Reload the page.", version, server),
    { autoClose: false, actions: [{ label: trans.__("Reload"), callback: () => location.reload() }] },
  );
}
