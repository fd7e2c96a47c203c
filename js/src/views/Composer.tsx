import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { type ComposerAction, composerAction } from "../composerKeys.js";
import type { Conversation } from "../conversation.js";
import type { Draft } from "../draft.js";
import type { Match } from "../wire.js";
import { trans } from "../words.js";
import { Attachments } from "./Attachments.js";
import { CompletionList, optionId } from "./CompletionList.js";
import { Icon } from "./Icon.js";
import { useCompletion } from "./useCompletion.js";
import { useNarrow } from "./useNarrow.js";

interface Props {
  conversation: Conversation;
  draft: Draft;
  onFiles(files: Iterable<File>): void;
  /** What sits beside the buttons: model and context. */
  children: ComponentChildren;
}

/** A command line, and not a path such as `/data/table.csv`. */
const COMMAND = /^\/[a-z]+(?:\s|$)/;

/** Below this the hint about commands would be cut off. */
const HINT_WIDTH = 380;

export function Composer({ conversation, draft, onFiles, children }: Props) {
  const { attachments } = draft;
  const box = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const { completion, selected, update, move, close } = useCompletion((text, cursor) =>
    conversation.complete(text, cursor),
  );
  const text = draft.text.value;
  const busy = conversation.busy.value;
  const narrow = useNarrow(box, HINT_WIDTH);
  const empty = text.trim() === "";

  useEffect(() => growWithText(box.current), [text]);

  const submit = () => {
    close();
    if (busy) conversation.status.value = trans.__("Squid is still answering. Escape stops it.");
    if (empty || busy || conversation.connection.value === "gone") return;
    if (COMMAND.test(text)) {
      draft.text.value = "";
      void run(conversation, text.trim());
      return;
    }
    void send(conversation, draft);
  };
  const accept = (match: Match | undefined) => {
    if (completion === null || match === undefined) return;
    const { start, end } = completion;
    draft.text.value = text.slice(0, start) + match.text + text.slice(end);
    close();
    placeCursor(box, start + match.text.length);
  };
  const act: Partial<Record<ComposerAction, () => void>> = {
    send: submit,
    stop: () => conversation.stop(),
    edit: () => conversation.editLast(),
    next: () => move(1),
    previous: () => move(-1),
    accept: () => accept(completion?.matches[selected]),
    close,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const match = completion?.matches[selected];
    const complete =
      match !== undefined && text.slice(completion?.start, completion?.end) === match.text.trim();
    const state = {
      sendKey: conversation.sendKey.value,
      empty: text === "",
      busy,
      popup: completion !== null,
      complete,
    };
    const run = act[composerAction(event, state)];
    if (run === undefined) return;
    event.preventDefault();
    run();
  };

  return (
    <div class="squid-composer">
      {completion !== null && (
        <CompletionList id={listId} matches={completion.matches} selected={selected} onPick={accept} />
      )}
      {attachments.value.length > 0 && (
        <Attachments
          attachments={attachments.value}
          onRemove={(removed) => {
            attachments.value = attachments.value.filter((attachment) => attachment !== removed);
            box.current?.focus();
          }}
        />
      )}
      <textarea
        ref={box}
        rows={1}
        aria-label={trans.__("Message")}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={completion === null ? undefined : listId}
        aria-activedescendant={completion === null ? undefined : optionId(listId, selected)}
        placeholder={
          narrow ? trans.__("Ask Squid…") : trans.__("Ask Squid…  / for commands, @ for your data")
        }
        value={text}
        onInput={(event) => {
          draft.text.value = event.currentTarget.value;
          update(event.currentTarget.value, event.currentTarget.selectionStart);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
        onPaste={(event) => {
          const files = event.clipboardData?.files;
          if (files === undefined || files.length === 0) return;
          event.preventDefault();
          onFiles(files);
        }}
      />
      <div class="squid-toolbar">
        <FileButton onFiles={onFiles} />
        {children}
        <button
          type="button"
          class={`squid-send ${busy ? "squid-send-stop" : ""}`}
          aria-label={busy ? trans.__("Stop") : trans.__("Send")}
          title={busy ? trans.__("Stop (Esc)") : trans.__("Send")}
          aria-disabled={!busy && empty}
          onClick={() => (busy ? conversation.stop() : submit())}
        >
          <Icon name={busy ? "stop" : "send"} />
        </button>
      </div>
    </div>
  );
}

async function send(conversation: Conversation, draft: Draft): Promise<void> {
  await draft.settle();
  const { text, attachments } = draft.take();
  if (text !== "") conversation.send(text, attachments);
}

function run(conversation: Conversation, line: string): Promise<void> {
  return line === "/new" ? conversation.newChat() : conversation.command(line);
}

function FileButton({ onFiles }: { onFiles(files: Iterable<File>): void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="squid-iconbutton"
        aria-label={trans.__("Attach files")}
        title={trans.__("Attach files: text, code, CSV, notebooks, pictures")}
        onClick={() => input.current?.click()}
      >
        <Icon name="clip" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** Grows the box with its text; the stylesheet bounds it. */
function growWithText(box: HTMLTextAreaElement | null): void {
  if (box === null) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

/** After the text has been rendered into the box. */
function placeCursor(box: { current: HTMLTextAreaElement | null }, position: number): void {
  requestAnimationFrame(() => {
    box.current?.focus();
    box.current?.setSelectionRange(position, position);
  });
}
