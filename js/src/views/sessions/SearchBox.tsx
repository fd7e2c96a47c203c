import { useEffect, useRef } from "preact/hooks";
import type { SessionList } from "../../sessionList.js";
import { trans } from "../../words.js";
import { Icon } from "../Icon.js";

const WAIT_MS = 70;

/** Search as you type. Arrow down goes to the list, Enter opens the first result, Escape empties the box. */
export function SearchBox({ sessions }: { sessions: SessionList }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const words = sessions.view.value.words;
  /** What was searched for from here: anything else came from elsewhere and belongs into the box. */
  const searched = useRef("");
  useEffect(() => {
    if (input.current !== null && words !== searched.current) input.current.value = words;
    searched.current = words;
  }, [words]);

  const search = (text: string) => {
    clearTimeout(timer.current);
    searched.current = text;
    if (text !== sessions.view.peek().words) sessions.show({ words: text });
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    if (event.isComposing) return;
    const box = event.currentTarget;
    if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      search(box.value);
      const first = sessions.rows.value.get(0);
      if (event.key === "ArrowDown") sessions.goTo(sessions.active.value);
      else if (first !== undefined && !sessions.behind.value) sessions.open(first);
    } else if (event.key === "Escape" && box.value !== "") {
      event.preventDefault();
      box.value = "";
      search("");
    }
  };
  return (
    <div class="squid-search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={trans.__("Search sessions")}
        placeholder={trans.__("Search sessions")}
        autocomplete="off"
        spellcheck={false}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          const text = event.currentTarget.value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => search(text), text === "" ? 0 : WAIT_MS);
        }}
      />
    </div>
  );
}
