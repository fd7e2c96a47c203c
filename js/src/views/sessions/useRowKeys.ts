import { type RowAction, rowAction } from "../../sessionKeys.js";
import type { SessionList } from "../../sessionList.js";

interface Around {
  /** Rows on a screen. */
  page: number;
  onSearch(): void;
}

/** The keyboard on the list: what a key does to the row it is on. */
export function useRowKeys(sessions: SessionList, { page, onSearch }: Around) {
  return (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.isComposing || target.matches("input:not([type=checkbox])")) return;
    const action = rowAction(event);
    const onButton = target.matches("button:not(.squid-session-open), input");
    // A button beside the title does what it says.
    if (action === null || (onButton && (action === "open" || action === "select"))) return;
    event.preventDefault();
    const index = sessions.active.value;
    const to = destination(action, index, sessions.total.value, page);
    if (to === null) act(sessions, action, index, onSearch);
    else {
      sessions.goTo(to.index);
      if (to.extend) void sessions.extendTo(to.index);
      else sessions.selected.anchor(to.index);
    }
  };
}

function destination(action: RowAction, index: number, total: number, page: number) {
  if (typeof action === "string") return null;
  const { extend } = action;
  if ("move" in action) return { index: index + action.move, extend };
  if ("page" in action) return { index: index + action.page * page, extend };
  return { index: action.go === "first" ? 0 : total - 1, extend };
}

function act(sessions: SessionList, action: RowAction, index: number, onSearch: () => void): void {
  const session = sessions.rows.value.get(index);
  const ids = [...sessions.selected.ids.value];
  if (action === "search") onSearch();
  else if (action === "selectAll") void sessions.selected.all();
  else if (action === "clear") sessions.selected.clear();
  else if (action === "undo") sessions.notice.value?.undo?.();
  else if (session === undefined) return;
  else if (action === "open") sessions.open(session);
  else if (action === "select") sessions.selected.toggle(index);
  else if (action === "rename") sessions.beginRename(session);
  else if (action === "delete") {
    void sessions.remove(ids.includes(session.id) ? ids : [session.id]).then(() => sessions.goTo(index));
  }
}
