import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { filesIn, readFiles } from "../attachments.js";
import type { CodeAction } from "../codeBlock.js";
import type { Conversation } from "../conversation.js";
import { Draft } from "../draft.js";
import { copyText, type Host, type Inserted } from "../host.js";
import { linkTo } from "../links.js";
import { trans } from "../words.js";
import { Composer } from "./Composer.js";
import { ContextMeter } from "./ContextMeter.js";
import { confirm } from "./confirm.js";
import { EmptyState } from "./EmptyState.js";
import { FindBar } from "./FindBar.js";
import { Icon } from "./Icon.js";
import { IconButton } from "./IconButton.js";
import { ModelPicker } from "./ModelPicker.js";
import { useMessageActions, type Viewed } from "./messageActions.js";
import { Notices } from "./Notices.js";
import { SessionTitle } from "./SessionTitle.js";
import { Transcript } from "./Transcript.js";
import { Viewer } from "./Viewer.js";

interface Props {
  conversation: Conversation;
  host: Host;
  /** The next question, where the page wants to write into it too. */
  draft?: Draft;
}

export function Chat({ conversation, host, draft: given }: Props) {
  const root = useRef<HTMLElement>(null);
  const draft = useMemo(() => given ?? new Draft(), [given]);
  const { attachments } = draft;
  const dragging = useSignal(false);
  const viewed = useSignal<Viewed | null>(null);
  const actions = useMessageActions(conversation, viewed);
  const { finding } = conversation;
  const focusBox = () => {
    const box = root.current?.querySelector<HTMLTextAreaElement>(".squid-composer textarea");
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  };

  useEffect(() => {
    void conversation.connect();
  }, [conversation]);
  useEffect(() => {
    draft.refuse = (message) => {
      conversation.problem.value = { message, hint: "" };
    };
  }, [draft, conversation]);

  const addFiles = async (files: Iterable<File>) => {
    const list = [...files];
    const accepted = await readFiles(list, filesIn(attachments.value), conversation.limits.value);
    attachments.value = [...attachments.value, ...accepted.attachments];
    const message = accepted.refusals.join(" ");
    conversation.problem.value = message === "" ? null : { message, hint: "" };
    focusBox();
  };
  const onCode = async (action: CodeAction, code: string, button: HTMLElement) => {
    const done =
      action === "copy" ? ((await copyText(code)) ? "copied" : "nothing") : await host.insertCode(code);
    const message = outcome(done);
    conversation.status.value = message;
    if (done === "clipboard" || done === "nothing") conversation.problem.value = { message, hint: "" };
    confirm(button, message);
  };
  const copyLink = async (button: HTMLElement) => {
    const id = conversation.sessionId.value;
    if (id === null) return;
    const copied = await copyText(linkTo("session", id, conversation.title.value || trans.__("Untitled")));
    const message = copied ? trans.__("Link copied.") : trans.__("The link could not be copied.");
    conversation.status.value = message;
    if (copied) confirm(button, message);
    else conversation.problem.value = { message, hint: "" };
  };
  const newChat = async () => {
    await conversation.newChat();
    focusBox();
  };
  const { models } = conversation;
  const context = conversation.context.value;

  return (
    <section
      ref={root}
      class={`squid ${dragging.value ? "squid-dragging" : ""}`}
      aria-label={trans.__("Squid chat")}
      data-lm-suppress-shortcuts="true"
      onKeyDown={(event) => {
        event.stopPropagation();
        if (!isFind(event)) return;
        event.preventDefault();
        finding.show();
        root.current?.querySelector<HTMLInputElement>(".squid-find input")?.select();
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        event.stopPropagation();
        dragging.value = true;
      }}
      onDragLeave={(event) => {
        if (!root.current?.contains(event.relatedTarget as Node | null)) dragging.value = false;
      }}
      onDrop={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        event.stopPropagation();
        dragging.value = false;
        void addFiles(event.dataTransfer.files);
      }}
    >
      <header class="squid-header">
        <Icon name="squid" />
        <SessionTitle
          title={conversation.title.value}
          editable={conversation.sessionId.value !== null}
          onRename={(title) => void conversation.rename(title)}
        />
        {conversation.sessionId.value !== null && (
          <IconButton
            icon="search"
            label={trans.__("Find in conversation (Ctrl+F)")}
            onClick={() => finding.show()}
          />
        )}
        {conversation.sessionId.value !== null && (
          <IconButton icon="link" label={trans.__("Copy link to this session")} onClick={copyLink} />
        )}
        <button
          type="button"
          class="squid-button squid-new"
          aria-label={trans.__("New chat")}
          title={trans.__("New chat")}
          onClick={newChat}
        >
          <Icon name="plus" />
          <span>{trans.__("New chat")}</span>
        </button>
      </header>
      {finding.open.value && (
        <FindBar
          finding={finding}
          onClose={() => {
            finding.hide();
            focusBox();
          }}
        />
      )}
      {conversation.hidden.value > 0 && (
        <p class="squid-branches">
          <Icon name="info" />
          {trans._n(
            "%1 message is in another version.",
            "%1 messages are in other versions.",
            conversation.hidden.value,
          )}
          <span>{trans.__("The arrows beside a message lead there.")}</span>
        </p>
      )}
      <Transcript conversation={conversation} actions={actions} onCode={onCode}>
        {conversation.ready.value && (
          <EmptyState
            host={models.chosen?.host ?? models.host.value}
            onPick={async ({ prompt }) => {
              draft.text.value = await prompt((text) => conversation.complete(text, text.length));
              requestAnimationFrame(focusBox);
            }}
          />
        )}
      </Transcript>
      <Notices conversation={conversation} />
      <Composer conversation={conversation} draft={draft} onFiles={(files) => void addFiles(files)}>
        <ModelPicker
          models={models.list.value}
          chosen={models.chosen}
          current={models.current.value}
          onChoose={(chosen) => void models.choose(chosen)}
          onRefresh={() => void models.refresh()}
          onApproach={() => void models.expect()}
        />
        {context !== null && <ContextMeter use={context} />}
      </Composer>
      <div class="squid-hidden" role="status">
        {conversation.status.value}
      </div>
      <Viewer viewed={viewed} />
      {dragging.value && <div class="squid-drop">{trans.__("Drop files to attach them")}</div>}
    </section>
  );
}

function outcome(done: Inserted | "copied"): string {
  switch (done) {
    case "copied":
      return trans.__("Code copied.");
    case "cell":
      return trans.__("Code inserted in a new cell below.");
    case "editor":
      return trans.__("Code inserted in the current cell.");
    case "clipboard":
      return trans.__(
        "There is no notebook to insert into, so the code was copied. Paste it where you want it.",
      );
    case "nothing":
      return trans.__("The code could not be copied. Select it and copy it yourself.");
  }
}

function isFind({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === "f" && ctrlKey !== metaKey && !altKey && !shiftKey;
}
