import { useEffect, useRef, useState } from "preact/hooks";
import type { Turn } from "../entries.js";
import type { SendKey, Source } from "../wire.js";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";

interface Props {
  turn: Turn;
  sendKey: SendKey;
  onAsk(text: string, kept: Source[]): void;
  /** Gets what had the focus before. */
  onCancel(opener: Element | null): void;
}

/** A question in other words, in its own place. */
export function QuestionEditor({ turn, sendKey, onAsk, onCancel }: Props) {
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(turn.message.content);
  const [kept, setKept] = useState(turn.message.sources);
  const opener = useRef<Element | null>(null);
  const empty = text.trim() === "";
  useEffect(() => {
    opener.current = document.activeElement;
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
  }, []);
  useEffect(() => {
    if (box.current === null) return;
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight + 2}px`;
  }, [text]);
  const cancel = () => onCancel(opener.current);
  const ask = () => {
    if (!empty) onAsk(text.trim(), kept);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const sends = event.key === "Enter" && event.shiftKey === (sendKey === "shift-enter");
    if (event.key !== "Escape" && !sends) return;
    event.preventDefault();
    if (sends) ask();
    else cancel();
  };
  return (
    <div class="squid-editor">
      <textarea
        ref={box}
        rows={1}
        aria-label={trans.__("Edited question")}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {kept.length > 0 && (
        <ul class="squid-attachments" aria-label={trans.__("Files that go along")}>
          {kept.map((source) => (
            <li key={source.id}>
              <Icon name="file" />
              <span class="squid-attachment-name">{source.name}</span>
              <button
                type="button"
                class="squid-iconbutton"
                aria-label={trans.__("Leave out %1", source.name)}
                title={trans.__("Leave out")}
                onClick={() => {
                  setKept(kept.filter((other) => other !== source));
                  box.current?.focus();
                }}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="squid-editor-foot">
        <small>{trans.__("The question as it was stays, as another version.")}</small>
        <button type="button" class="squid-button" onClick={cancel}>
          {trans.__("Cancel")}
        </button>
        <button
          type="button"
          class="squid-button squid-primary"
          aria-label={trans.__("Ask the edited question")}
          aria-disabled={empty}
          onClick={ask}
        >
          {trans.__("Ask")}
        </button>
      </div>
    </div>
  );
}
