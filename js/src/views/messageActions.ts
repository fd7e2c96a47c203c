/** What can be done with a message, as one object that stays the same while the chat is shown. */

import type { ReadonlySignal, Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Conversation } from "../conversation.js";
import type { Turn } from "../entries.js";
import { copyText } from "../host.js";
import { linkTo } from "../links.js";
import type { Models } from "../models.js";
import type { Message, ModelInfo, SendKey, Sent, Source, SourceContent } from "../wire.js";
import { trans } from "../words.js";

/** What a dialog shows. */
export type Viewed =
  | { kind: "source"; content: SourceContent }
  | { kind: "sent"; sent: Sent; answer: Message };

export interface MessageActions {
  busy: ReadonlySignal<boolean>;
  models: Pick<Models, "list" | "looking" | "expect">;
  sendKey: ReadonlySignal<SendKey>;
  /** Key of the question that is being edited. */
  editing: Signal<string | null>;
  retry(turn: Turn): void;
  retryWith(turn: Turn, model: ModelInfo): void;
  goOn(turn: Turn): void;
  edit(turn: Turn, text: string, kept: Source[]): void;
  turnTo(turn: Turn, step: 1 | -1): void;
  remove(turn: Turn): void;
  copy(turn: Turn): Promise<boolean>;
  copyLink(turn: Turn): Promise<boolean>;
  showSource(turn: Turn, source: Source): void;
  showSent(turn: Turn): void;
  picture(messageId: string, sourceId: string): Promise<SourceContent | null>;
}

export function useMessageActions(conversation: Conversation, viewed: Signal<Viewed | null>): MessageActions {
  return useMemo(() => {
    const { revisions, models, status } = conversation;
    return {
      busy: conversation.busy,
      models,
      sendKey: conversation.sendKey,
      editing: conversation.editing,
      retry: (turn) => conversation.retry(turn),
      retryWith: (turn, model) => conversation.retryWith(turn, model),
      goOn: (turn) => conversation.goOn(turn),
      edit: (turn, text, kept) => conversation.edit(turn, text, kept),
      turnTo: (turn, step) => void revisions.turnTo(turn, step),
      remove: (turn) => void revisions.remove(turn),
      picture: (messageId, sourceId) => revisions.picture(messageId, sourceId),
      copy: async ({ body }) => {
        const copied = await copyText(body.text);
        status.value = copied ? trans.__("Message copied.") : trans.__("The message could not be copied.");
        return copied;
      },
      copyLink: async ({ message, body }) => {
        const words = body.text.trim() === "" ? conversation.title.value : body.text;
        const copied = await copyText(linkTo("message", message.id, words || trans.__("Message")));
        status.value = copied ? trans.__("Link copied.") : trans.__("The link could not be copied.");
        return copied;
      },
      showSource: async ({ message }, source) => {
        const content = await revisions.source(message.id, source.id);
        if (content !== null) viewed.value = { kind: "source", content };
      },
      showSent: async (turn) => {
        const sent = await revisions.whatWasSent(turn);
        if (sent !== null) viewed.value = { kind: "sent", sent, answer: turn.message };
      },
    };
  }, [conversation, viewed]);
}
