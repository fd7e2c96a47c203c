import { useComputed } from "@preact/signals";
import { Component } from "preact";
import { useRef } from "preact/hooks";
import type { Turn } from "../entries.js";
import { isStreaming } from "../entries.js";
import { trans } from "../words.js";
import { Footer } from "./Footer.js";
import { Icon } from "./Icon.js";
import { MessageBar } from "./MessageBar.js";
import type { MessageActions } from "./messageActions.js";
import { useNear } from "./near.js";
import { Outcome } from "./Outcome.js";
import { ProgressLine } from "./ProgressLine.js";
import { Prose } from "./Prose.js";
import { QuestionEditor } from "./QuestionEditor.js";
import { QuestionText } from "./QuestionText.js";
import { ReasoningView } from "./ReasoningView.js";
import { Sources } from "./Sources.js";
import { Writing } from "./Writing.js";

interface Props {
  turn: Turn;
  actions: MessageActions;
  /** It will be in view at once; only asked when it is shown for the first time. */
  eager: boolean;
}

/** One message of thousands: rendered again only when it has changed itself. */
export class MessageView extends Component<Props> {
  override shouldComponentUpdate({ turn, actions }: Props): boolean {
    return turn !== this.props.turn || actions !== this.props.actions;
  }

  override render({ turn, actions, eager }: Props) {
    return <Whole turn={turn} actions={actions} eager={eager} />;
  }
}

/** What was said, from which sources, how it ended, and what can be done with it. */
function Whole({ turn, actions, eager }: Props) {
  const article = useRef<HTMLElement>(null);
  const editing = useComputed(() => actions.editing.value === turn.key).value;
  const streaming = isStreaming(turn);
  const near = useNear(article, eager || streaming);
  const { message } = turn;
  const mine = message.role === "user";
  const endEditing = (opener: Element | null) => {
    actions.editing.value = null;
    requestAnimationFrame(() => {
      // Back to the composer, or to the first thing that can be done with a question: editing it, by another button now.
      const box = opener?.closest(".squid-composer") ? opener : null;
      const back = box ?? article.current?.querySelector(".squid-tools button");
      if (back instanceof HTMLElement) back.focus();
    });
  };
  return (
    <article
      ref={article}
      class={`squid-message squid-${message.role} squid-is-${message.status} ${editing ? "squid-editing" : ""}`}
      aria-label={mine ? trans.__("You") : "Squid"}
      aria-busy={streaming}
      data-squid-message={message.id}
    >
      {turn.omitted > 0 && <p class="squid-omitted">{omittedNote(turn.omitted)}</p>}
      {!mine && (
        <span class="squid-avatar">
          <Icon name="squid" />
        </span>
      )}
      <div class="squid-content">
        {mine && editing && (
          <QuestionEditor
            turn={turn}
            sendKey={actions.sendKey.value}
            onAsk={(text, kept) => {
              const box = article.current
                ?.closest(".squid")
                ?.querySelector<HTMLElement>(".squid-composer textarea");
              actions.editing.value = null;
              actions.edit(turn, text, kept);
              box?.focus();
            }}
            onCancel={endEditing}
          />
        )}
        {mine && !editing && <QuestionText text={message.content} />}
        {!mine &&
          (near ? <Answer turn={turn} streaming={streaming} /> : <p class="squid-raw">{message.content}</p>)}
        {!editing && message.sources.length > 0 && near && <Sources turn={turn} actions={actions} />}
        {!mine && !streaming && <Outcome turn={turn} actions={actions} />}
        {!streaming && !editing && (
          <div class="squid-foot">
            {!mine && <Footer message={message} />}
            {near && message.id !== "" && (
              <MessageBar
                turn={turn}
                actions={actions}
                onEdit={() => {
                  actions.editing.value = turn.key;
                }}
              />
            )}
          </div>
        )}
      </div>
    </article>
  );
}

function Answer({ turn, streaming }: { turn: Turn; streaming: boolean }) {
  turn.body.version.value;
  turn.reasoning.version.value;
  const waiting = turn.body.empty && turn.reasoning.empty && turn.progress.value === null;
  const writing = streaming && !turn.body.done && (waiting || !turn.body.empty);
  return (
    <>
      {turn.notices.map((text) => (
        <p class="squid-notice" key={text}>
          {text}
        </p>
      ))}
      {!turn.reasoning.empty && (
        <ReasoningView text={turn.reasoning} thinking={streaming && turn.body.empty} />
      )}
      {turn.progress.value !== null && <ProgressLine progress={turn.progress.value} />}
      <Prose body={turn.body} />
      {writing && <Writing turn={turn} begun={!waiting} />}
      {streaming && turn.body.done && (
        <p class="squid-notice">{trans.__("This answer is being written elsewhere.")}</p>
      )}
    </>
  );
}

function omittedNote(count: number): string {
  return trans._n(
    "%1 earlier message left out: it does not fit the model’s context.",
    "%1 earlier messages left out: they do not fit the model’s context.",
    count,
  );
}
