/**
 * What crosses the wire, as JSON: the events of `squid_nb/events.py`, the records of `squid_nb/records.py` and
 * the messages that carry them. One interface a Python class, with the same name and the same fields; a test on
 * the Python side compares the two.
 */

import type { DashboardCalls } from "./dashboardWire.js";
import type { SessionCalls } from "./sessionsWire.js";

export type Role = "user" | "assistant" | "system";
export type Status = "streaming" | "complete" | "stopped" | "failed" | "interrupted";
export type SourceKind = "file" | "variable" | "cell" | "page";
export type Method = "measured" | "estimated" | "unknown";

// Events

export interface Started {
  type: "started";
  session_id: string;
  question_id: string;
  message_id: string;
  provider: string;
  model: string;
  host: string;
  context_tokens: number;
  context_limit: number;
  omitted_messages: number;
}

export interface Delta {
  type: "delta";
  text: string;
}

export interface Reasoning {
  type: "reasoning";
  text: string;
}

export interface Progress {
  type: "progress";
  text: string;
  fraction: number | null;
}

export interface Notice {
  type: "notice";
  text: string;
}

export interface Used {
  type: "used";
  input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  cached_tokens: number | null;
  cost_usd: number | null;
  method: Method;
}

export interface Titled {
  type: "titled";
  session_id: string;
  title: string;
}

export interface Finished {
  type: "finished";
  session_id: string;
  message_id: string;
  status: "complete" | "stopped";
  first_token_ms: number | null;
  duration_ms: number | null;
}

export interface Failed {
  type: "failed";
  message: string;
  hint: string;
  error: string;
  session_id: string | null;
  message_id: string | null;
}

export type AnswerEvent = Started | Delta | Reasoning | Progress | Notice | Used | Titled | Finished | Failed;

// Records

export interface Session {
  id: string;
  owner_id: string;
  title: string;
  model: string | null;
  system: string | null;
  notebook: string | null;
  head_id: string | null;
  created_at: string;
  updated_at: string;
  tags: string[];
  pinned: boolean;
  archived: boolean;
  messages: number;
  input_tokens: number;
  output_tokens: number;
  /** What is known of it; null when no call has a price. */
  cost_usd: number | null;
  /** Calls of models elsewhere whose price nobody knows. */
  unpriced: number;
  /** Beginning of the last message; filled in lists. */
  preview?: string;
}

export interface Provenance {
  door: string;
  notebook: string | null;
  cell_id: string | null;
  execution_count: number | null;
}

export interface Source {
  id: string;
  session_id: string;
  message_id: string;
  kind: SourceKind;
  name: string;
  sha256: string;
  mime_type: string;
  size_bytes: number;
  created_at: string;
  detail: Record<string, unknown>;
  text: string | null;
}

export interface Usage {
  id: string;
  session_id: string;
  message_id: string;
  user_id: string;
  provider: string;
  model: string;
  host: string;
  door: string;
  input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  cached_tokens: number | null;
  cost_usd: number | null;
  method: Method;
  first_token_ms: number | null;
  duration_ms: number | null;
  created_at: string;
}

export interface Message {
  id: string;
  session_id: string;
  parent_id: string | null;
  role: Role;
  content: string;
  status: Status;
  created_at: string;
  reasoning: string;
  model: string | null;
  provider: string | null;
  host: string | null;
  provenance: Provenance;
  error: string | null;
  hint: string | null;
  sources: Source[];
  usage: Usage | null;
  siblings: number;
  version: number;
}

export interface ModelInfo {
  id: string;
  provider: string;
  host: string;
  context_tokens: number | null;
  loaded: boolean | null;
}

export interface Page<T> {
  items: T[];
  cursor: string | null;
}

// Calls

export type SendKey = "enter" | "shift-enter";

export interface Limits {
  max_file_size_mb: number;
  max_files_per_message: number;
}

export interface ContextUse {
  tokens: number;
  limit: number;
}

/** An answer that is being written while somebody says hello. `ask` is the id under which its events travel. */
export interface Live {
  session_id: string;
  message_id: string;
  text: string;
  reasoning: string;
  ask?: string | null;
}

export interface Hello {
  version: string;
  session: Session | null;
  page: Page<Message>;
  models: ModelInfo[];
  model: string | null;
  /** Where that model is asked. */
  host?: string | null;
  /** Messages of the session that are other versions of what is shown, or follow one. */
  hidden?: number;
  limits: Limits;
  context: ContextUse | null;
  ui: { send_key: SendKey };
  live: Live[];
}

/** What a message was given to read, as text or as a picture. */
export interface SourceContent {
  name: string;
  kind: SourceKind;
  mime_type: string;
  size_bytes: number;
  text: string | null;
  /** Whether there is more text than this. */
  cut: boolean;
  data_base64: string | null;
}

/** What went to the model for an answer, rebuilt from the stored conversation. */
export interface Sent {
  host: string;
  provider: string;
  model: string;
  turns: { role: Role; content: string }[];
  sources: Source[];
  temperature: number | null;
  max_tokens: number | null;
  context_tokens: number;
  context_limit: number;
  omitted_messages: number;
}

export interface Match {
  text: string;
  label: string;
  type: string;
}

export interface Completion {
  start: number;
  end: number;
  matches: Match[];
}

/** Every verb with what it takes and what it gives. */
export interface Calls extends SessionCalls, DashboardCalls {
  hello: { args: Record<string, never>; result: Hello };
  messages: { args: { session_id: string; before: string | null; limit?: number }; result: Page<Message> };
  "messages.find": { args: { session_id: string; text: string }; result: { ids: string[] } };
  "message.switch": {
    args: { message_id: string; step: 1 | -1 };
    result: { session_id: string; message_id: string };
  };
  "message.delete": { args: { message_id: string }; result: { removal_id: string; messages: number } };
  "message.restore": { args: { removal_id: string }; result: { session_id: string } };
  "message.sent": { args: { message_id: string }; result: Sent };
  "link.follow": { args: { uri: string }; result: { session_id: string; message_id: string | null } };
  source: { args: { message_id: string; source_id: string }; result: SourceContent };
  "session.new": { args: Record<string, never>; result: { session: null } };
  "session.open": { args: { session_id: string }; result: Hello };
  "session.rename": { args: { session_id: string; title: string }; result: Session };
  models: { args: Record<string, never>; result: ModelInfo[] };
  "model.set": {
    args: { model: string; provider: string; host: string };
    result: { model: string; host?: string };
  };
  complete: { args: { text: string; cursor: number }; result: Completion };
  command: { args: { line: string }; result: { markdown: string; moved?: boolean } };
}

export type Verb = keyof Calls;

// Messages

export interface WireError {
  message: string;
  hint: string;
}

/** How far a call is that takes long; without a text it is over. */
export interface Work {
  kind: "work";
  call: string;
  text: string;
  fraction: number | null;
}

export type Incoming =
  | { kind: "reply"; id: string; ok: true; result: unknown }
  | { kind: "reply"; id: string; ok: false; error: WireError }
  | { kind: "event"; id: string; seq: number; event: AnswerEvent }
  | { kind: "end"; id: string }
  | { kind: "change"; session_id: string; what: string }
  | { kind: "follow"; uri: string }
  /** Who has the database while this view waits for it; empty when it goes on. */
  | { kind: "waiting"; message: string }
  | Work
  | { kind: "live"; session_id: string; message_id: string; event: AnswerEvent };

const EVENT_TYPES = new Set<unknown>([
  "started",
  "delta",
  "reasoning",
  "progress",
  "notice",
  "used",
  "titled",
  "finished",
  "failed",
] satisfies AnswerEvent["type"][]);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isEvent(value: unknown): value is AnswerEvent {
  return isRecord(value) && EVENT_TYPES.has(value.type);
}

/** The message behind unknown content, or null for what this version does not understand. */
export function readIncoming(content: unknown): Incoming | null {
  if (!isRecord(content)) return null;
  const { kind, id, event } = content;
  const message = content as unknown as Incoming;
  switch (kind) {
    case "reply":
      if (typeof id !== "string") return null;
      return content.ok === true || isRecord(content.error) ? message : null;
    case "event":
      return typeof id === "string" && typeof content.seq === "number" && isEvent(event) ? message : null;
    case "end":
      return typeof id === "string" ? message : null;
    case "change":
      return typeof content.session_id === "string" ? message : null;
    case "waiting":
      return typeof content.message === "string" ? message : null;
    case "work":
      return typeof content.call === "string" && typeof content.text === "string" ? message : null;
    case "follow":
      return typeof content.uri === "string" ? message : null;
    case "live":
      return typeof content.message_id === "string" && isEvent(event) ? message : null;
    default:
      return null;
  }
}
