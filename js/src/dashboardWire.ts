/** What a dashboard asks for and gets: `squid_nb/conversing/dashboard_data.py` is the other side. */

export type Bucket = "hour" | "day" | "week" | "month";
export type ChartName = "tokens" | "cost" | "sessions" | "first_token" | "speed" | "files";
export type CellKind = "text" | "time" | "tokens" | "usd" | "count" | "ms" | "rate" | "bytes" | "list";
export type Cell = string | number | string[] | null;

/** ISO 8601 in UTC; `until` is not included, and no models stand for all. */
export interface Filters {
  since: string | null;
  until: string | null;
  models: string[];
}

export interface Column {
  name: string;
  label: string;
  kind: CellKind;
}

/** One chart: its rows, and the cells that get them again. */
export interface ChartData {
  name: ChartName;
  title: string;
  note: string;
  columns: Column[];
  rows: Cell[][];
  sql: string;
  python: string;
}

export interface Totals {
  calls: number;
  sessions: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
  /** Calls of models elsewhere whose price nobody knows. */
  unknown_cost: number;
  /** Calls of models on this machine. */
  free: number;
  estimated: number;
}

export interface DashboardData {
  /** Whether there is anything at all, whatever the filters. */
  any: boolean;
  first: string | null;
  last: string | null;
  bucket: Bucket;
  totals: Totals;
  models: string[];
  charts: ChartData[];
  /** Whether the SQL is a `%%squid` cell: the magics read this very history. */
  magic: boolean;
  /** Whether such a cell works already. */
  loaded: boolean;
}

export interface DashboardCalls {
  dashboard: { args: Filters; result: DashboardData };
}
