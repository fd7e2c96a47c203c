/** What a key means on a row of the session list. */

export type RowAction =
  | { move: number; extend: boolean }
  | { go: "first" | "last"; extend: boolean }
  | { page: -1 | 1; extend: boolean }
  | "open"
  | "select"
  | "selectAll"
  | "rename"
  | "delete"
  | "undo"
  | "clear"
  | "search";

interface Key {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

export function rowAction({ key, shiftKey, ctrlKey, metaKey, altKey }: Key): RowAction | null {
  if (altKey) return null;
  if (ctrlKey || metaKey) {
    if (key === "a") return "selectAll";
    return key === "z" && !shiftKey ? "undo" : null;
  }
  switch (key) {
    case "ArrowDown":
      return { move: 1, extend: shiftKey };
    case "ArrowUp":
      return { move: -1, extend: shiftKey };
    case "Home":
      return { go: "first", extend: shiftKey };
    case "End":
      return { go: "last", extend: shiftKey };
    case "PageDown":
      return { page: 1, extend: shiftKey };
    case "PageUp":
      return { page: -1, extend: shiftKey };
    case "Enter":
      return "open";
    case " ":
      return "select";
    case "F2":
      return "rename";
    case "Delete":
      return "delete";
    case "Escape":
      return "clear";
    case "/":
      return "search";
    default:
      return null;
  }
}
