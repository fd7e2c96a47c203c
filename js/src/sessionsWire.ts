/** What a list of sessions asks for and gets: the verbs of `squid_nb/conversing/browsing.py`. */

import type { Session } from "./wire.js";

export type Sort = "updated" | "created" | "title" | "messages" | "cost" | "match";
export type ExportFormat = "json" | "markdown" | "html" | "ipynb" | "parquet";

/** Which sessions, in which order. */
export interface SessionView {
  words: string;
  sort: Sort;
  tags: string[];
  model: string | null;
  pinned: boolean;
  archived: boolean;
  files: boolean;
  /** How many times 300 passages a search looks at. */
  reach: number;
}

/** Neighbours under one heading: `pinned`, `today`, `yesterday`, `week`, `month`, `2026-03` or `rest`. */
export interface Group {
  key: string;
  count: number;
}

/** The best passage of a session, as HTML with `<mark>`, everything else escaped. */
export interface Found {
  snippet: string;
  message_id: string | null;
  kind: "message" | "title" | "file";
  hits: number;
}

export interface SessionWindow {
  items: Session[];
  offset: number;
  total: number;
  groups: Group[];
  /** Session id → the model that is answering in it now. */
  answering: Record<string, string>;
  found: Record<string, Found>;
  /** The search had more than is shown. */
  more: boolean;
}

export interface Facet {
  name: string;
  count: number;
}

export interface Change {
  ids: string[];
  tag?: string[];
  untag?: string[];
  pinned?: boolean;
  archived?: boolean;
}

export interface SessionCalls {
  /** `zone` is the reader's distance from UTC in minutes, which decides what is today. */
  "sessions.browse": {
    args: { view: SessionView; offset: number; limit: number; zone: number };
    result: SessionWindow;
  };
  "sessions.ids": { args: { view: SessionView; offset: number; limit: number | null }; result: string[] };
  "sessions.facets": { args: { ids: string[] | null }; result: { tags: Facet[]; models: Facet[] } };
  "sessions.change": { args: Change; result: { count: number } };
  "sessions.rename": { args: { id: string; title: string }; result: Session };
  "sessions.delete": { args: { ids: string[] }; result: { ids: string[] } };
  "sessions.restore": { args: { ids: string[] }; result: { count: number } };
  "sessions.export": { args: { ids: string[]; format: ExportFormat }; result: { path: string } };
  "sessions.query": { args: { view: SessionView }; result: { sql: string; python: string } };
  /** Only in a widget: sets what the kernel knows as `.selection`; null asks for it. */
  "sessions.select": { args: { ids: string[] | null }; result: { ids: string[] } };
  /** Only in a widget: opens a session in the linked chat. */
  "sessions.open": {
    args: { session_id: string; message_id: string | null };
    result: { session_id: string };
  };
}
