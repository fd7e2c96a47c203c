/**
 * What a transcript shows, as a list: messages, each with its growing text, and local notes between them. Pure
 * functions over lists; who calls the kernel is `conversation.ts`.
 */

import { type Signal, signal } from "@preact/signals";
import { type Frame, Growing } from "./growing.js";
import { newId } from "./ids.js";
import type { Attachment } from "./transport.js";
import type { AnswerEvent, Message, Progress, Used } from "./wire.js";
import { trans } from "./words.js";

/** One message in view. `key` stays the same from the moment it is typed until it is stored. */
export interface Turn {
  kind: "turn";
  key: string;
  message: Message;
  body: Growing;
  reasoning: Growing;
  progress: Signal<Progress | null>;
  notices: string[];
  omitted: number;
  used: Used | null;
  /** Under which its events travel; null when it runs elsewhere or not at all. */
  ask: string | null;
  /** Of a question asked here: what goes with it, until it is known to be stored. */
  attachments?: Attachment[];
}

/** Something said by the page itself, such as the result of a `/verb`. It is not stored. */
export interface Note {
  kind: "note";
  key: string;
  body: Growing;
}

export type Entry = Turn | Note;

export function blankMessage(fields: Partial<Message>): Message {
  return {
    id: "",
    session_id: "",
    parent_id: null,
    role: "user",
    content: "",
    status: "complete",
    created_at: new Date().toISOString(),
    reasoning: "",
    model: null,
    provider: null,
    host: null,
    provenance: { door: "widget", notebook: null, cell_id: null, execution_count: null },
    error: null,
    hint: null,
    sources: [],
    usage: null,
    siblings: 1,
    version: 1,
    ...fields,
  };
}

/** A message as it was stored. */
export function storedTurn(message: Message): Turn {
  return {
    kind: "turn",
    key: message.id,
    message,
    body: Growing.of(message.content),
    reasoning: Growing.of(message.reasoning),
    progress: signal(null),
    notices: [],
    omitted: 0,
    used: null,
    ask: null,
  };
}

/** An answer that is being written. */
export function liveTurn(message: Partial<Message>, frame?: Frame): Turn {
  const turn: Turn = {
    ...storedTurn(blankMessage({ role: "assistant", ...message, status: "streaming" })),
    key: newId(),
    body: new Growing(frame),
    reasoning: new Growing(frame),
  };
  if (message.content) turn.body.add(message.content);
  if (message.reasoning) turn.reasoning.add(message.reasoning);
  return turn;
}

export function note(markdown: string): Note {
  return { kind: "note", key: newId(), body: Growing.of(markdown) };
}

export interface StreamingTurn extends Turn {
  message: Message & { status: "streaming" };
}

export function isStreaming(entry: Entry): entry is StreamingTurn {
  return entry.kind === "turn" && entry.message.status === "streaming";
}

/** Whether this page is being told about every token of it. */
export function isLive(entry: Entry): entry is StreamingTurn {
  return isStreaming(entry) && !entry.body.done;
}

export function findTurn(entries: readonly Entry[], messageId: string): Turn | undefined {
  return entries.find((entry): entry is Turn => entry.kind === "turn" && entry.message.id === messageId);
}

/** `entries` with the entry of this key changed; the same list when there is none. */
export function change(entries: Entry[], key: string, fields: Partial<Turn>): Entry[] {
  if (!entries.some((entry) => entry.key === key)) return entries;
  return entries.map((entry) =>
    entry.key === key && entry.kind === "turn" ? { ...entry, ...fields } : entry,
  );
}

/** What an event makes of the answer; the text of deltas goes into `body` and changes nothing else. */
export function applyEvent(turn: Turn, event: AnswerEvent): Turn {
  switch (event.type) {
    case "started": {
      const { session_id, message_id: id, question_id: parent_id, provider, model, host } = event;
      const message = { ...turn.message, id, session_id, parent_id, provider, model, host };
      return { ...turn, message, omitted: event.omitted_messages };
    }
    case "delta":
      turn.progress.value = null;
      turn.body.add(event.text);
      return turn;
    case "reasoning":
      turn.progress.value = null;
      turn.reasoning.add(event.text);
      return turn;
    case "progress":
      turn.progress.value = event;
      return turn;
    case "notice":
      return { ...turn, notices: [...turn.notices, event.text] };
    case "used":
      return { ...turn, used: event };
    case "titled":
      return turn;
    case "finished":
      return settle(turn, { status: event.status }, event);
    case "failed": {
      const id = event.message_id ?? turn.message.id;
      return settle(turn, { id, status: "failed", error: event.message, hint: event.hint });
    }
  }
}

/** The end of an answer: no more text comes, the numbers are known. */
export function settle(
  turn: Turn,
  fields: Partial<Message>,
  times: { first_token_ms: number | null; duration_ms: number | null } | null = null,
): Turn {
  turn.progress.value = null;
  turn.body.finish();
  turn.reasoning.finish();
  const { message, used } = turn;
  const content = turn.body.text;
  const usage = used === null ? message.usage : { ...blankUsage(message), ...used, ...pickTimes(times) };
  return {
    ...turn,
    ask: null,
    message: { ...message, usage, content, reasoning: turn.reasoning.text, ...fields },
  };
}

function pickTimes(times: { first_token_ms: number | null; duration_ms: number | null } | null) {
  return { first_token_ms: times?.first_token_ms ?? null, duration_ms: times?.duration_ms ?? null };
}

function blankUsage(message: Message) {
  return {
    id: "",
    session_id: message.session_id,
    message_id: message.id,
    user_id: "",
    provider: message.provider ?? "",
    model: message.model ?? "",
    host: message.host ?? "",
    door: message.provenance.door,
    created_at: message.created_at,
  };
}

/**
 * The list after the newest page was read again. Messages that did not change keep their entry (and what was
 * rendered for it), live answers keep streaming, notes stay behind what they followed.
 */
export function mergePage(entries: readonly Entry[], items: readonly Message[]): Entry[] {
  const first = items[0];
  if (first === undefined) return entries.filter((entry) => entry.kind === "note" || isUnsaved(entry));
  const ids = new Set(items.map((message) => message.id));
  const start = entries.findIndex((entry) => entry.kind === "turn" && entry.message.id === first.id);
  const older = start < 0 ? [] : entries.slice(0, start);
  const known = start < 0 ? entries : entries.slice(start);
  const merged: Entry[] = [...older];
  for (const message of items) {
    const turn = findTurn(known, message.id);
    merged.push(turn === undefined ? storedTurn(message) : refreshed(turn, message));
    merged.push(...notesAfter(known, message.id));
  }
  const unsaved = known.filter((entry) => isUnsaved(entry) && !ids.has(entry.message.id));
  return start < 0 ? [...merged, ...leadingNotes(known), ...unsaved] : [...merged, ...unsaved];
}

/** The entries that such a page has too, and what is not stored. */
export function among(entries: readonly Entry[], items: readonly Message[]): Entry[] {
  const ids = new Set(items.map((message) => message.id));
  return entries.filter((entry) => entry.kind === "note" || ids.has(entry.message.id) || isUnsaved(entry));
}

/** In view but not in a page that was read meanwhile: on its way, or refused before it was stored. */
function isUnsaved(entry: Entry): entry is Turn {
  return entry.kind === "turn" && (isLive(entry) || entry.message.id === "");
}

function refreshed(turn: Turn, message: Message): Turn {
  if (isLive(turn)) return turn;
  if (turn.message.content === message.content && turn.message.reasoning === message.reasoning) {
    return { ...turn, message };
  }
  return { ...storedTurn(message), key: turn.key };
}

function notesAfter(entries: readonly Entry[], messageId: string): Entry[] {
  const index = entries.findIndex((entry) => entry.kind === "turn" && entry.message.id === messageId);
  return index < 0 ? [] : leadingNotes(entries.slice(index + 1));
}

function leadingNotes(entries: readonly Entry[]): Entry[] {
  const end = entries.findIndex((entry) => entry.kind !== "note");
  return end < 0 ? [...entries] : entries.slice(0, end);
}

/** The list with an earlier page above it. */
export function prepend(entries: readonly Entry[], items: readonly Message[]): Entry[] {
  const earlier = items.filter((message) => findTurn(entries, message.id) === undefined).map(storedTurn);
  return [...earlier, ...entries];
}

/** The question above an answer. */
export function questionOf(entries: readonly Entry[], answer: Turn): Turn | undefined {
  const index = entries.findIndex((entry) => entry.key === answer.key);
  const before = entries.slice(0, index);
  return before.findLast((entry): entry is Turn => entry.kind === "turn" && entry.message.role === "user");
}

/** How the end of an answer sounds. */
export function announcement(message: Message): string {
  if (message.status === "failed") return trans.__("The answer failed. %1", message.error ?? "");
  if (message.status === "stopped") return trans.__("Stopped.");
  const text = message.content.replace(/\s+/g, " ").trim();
  return trans.__("Squid answered: %1", text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
