import { useEffect, useRef, useState } from "preact/hooks";
import { trans } from "../words.js";

interface Props {
  title: string;
  editable: boolean;
  onRename(title: string): void;
}

/** The session's title, edited in place: Enter saves, Escape leaves it. */
export function SessionTitle({ title, editable, onRename }: Props) {
  const [editing, setEditing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  /** Set by the key that ends the editing: the blur that follows must not save once more. */
  const ended = useRef(false);

  useEffect(() => {
    if (editing) input.current?.select();
    else if (ended.current) button.current?.focus();
    ended.current = false;
  }, [editing]);

  const save = (value: string) => {
    setEditing(false);
    const text = value.trim();
    if (text !== "" && text !== title) onRename(text);
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    ended.current = true;
    if (event.key === "Enter") save(event.currentTarget.value);
    else setEditing(false);
  };

  if (!editable) return <span class="squid-title">{title || trans.__("New chat")}</span>;
  if (!editing) {
    return (
      <button
        ref={button}
        type="button"
        class="squid-title"
        title={trans.__("Rename this session")}
        aria-label={trans.__("Rename session: %1", title || trans.__("Untitled"))}
        onClick={() => setEditing(true)}
      >
        {title || trans.__("Untitled")}
      </button>
    );
  }
  return (
    <input
      ref={input}
      class="squid-title"
      aria-label={trans.__("Session title")}
      defaultValue={title}
      onKeyDown={onKeyDown}
      onBlur={(event) => ended.current || save(event.currentTarget.value)}
    />
  );
}
