import type { Turn } from "../entries.js";
import { isStreaming } from "../entries.js";
import { size } from "../format.js";
import type { Source } from "../wire.js";
import { Footer } from "./Footer.js";
import { Icon } from "./Icon.js";
import { ProgressLine } from "./ProgressLine.js";
import { Prose } from "./Prose.js";
import { ReasoningView } from "./ReasoningView.js";
import { withCode } from "./withCode.js";

interface Props {
  turn: Turn;
  onRetry(turn: Turn): void;
  canRetry: boolean;
}

/** One message: what was said, from which sources, and how it ended. */
export function MessageView({ turn, onRetry, canRetry }: Props) {
  const { message } = turn;
  const mine = message.role === "user";
  const streaming = isStreaming(turn);
  return (
    <article
      class={`squid-message squid-${message.role} squid-is-${message.status}`}
      aria-label={mine ? "You" : "Squid"}
      aria-busy={streaming}
    >
      {turn.omitted > 0 && <p class="squid-omitted">{omittedNote(turn.omitted)}</p>}
      {!mine && (
        <span class="squid-avatar">
          <Icon name="squid" />
        </span>
      )}
      <div class="squid-content">
        {mine ? (
          <p class="squid-question">{message.content}</p>
        ) : (
          <Answer turn={turn} streaming={streaming} />
        )}
        {message.sources.length > 0 && <Sources sources={message.sources} />}
        {!mine && !streaming && <Outcome turn={turn} onRetry={onRetry} canRetry={canRetry} />}
        {!mine && !streaming && <Footer message={message} />}
      </div>
    </article>
  );
}

function Answer({ turn, streaming }: { turn: Turn; streaming: boolean }) {
  turn.body.version.value;
  turn.reasoning.version.value;
  const waiting =
    streaming && !turn.body.done && turn.body.empty && turn.reasoning.empty && turn.progress.value === null;
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
      {waiting && <Thinking />}
      <Prose body={turn.body} />
      {streaming && turn.body.done && <p class="squid-notice">This answer is being written elsewhere.</p>}
    </>
  );
}

function Thinking() {
  return (
    <div class="squid-thinking" role="img" aria-label="Squid is thinking">
      <span />
      <span />
      <span />
    </div>
  );
}

function Outcome({ turn, onRetry, canRetry }: Props) {
  const { status, error, hint } = turn.message;
  if (status === "complete") return null;
  const failed = status === "failed";
  return (
    <div class={`squid-outcome squid-outcome-${status}`}>
      {failed && <Icon name="warn" />}
      <p>
        {failed ? <strong>{withCode(error ?? "The answer failed.")}</strong> : (OUTCOMES[status] ?? status)}
        {failed && hint && <span> {withCode(hint)}</span>}
      </p>
      {canRetry && (
        <button type="button" class="squid-button" onClick={() => onRetry(turn)}>
          <Icon name="retry" />
          Retry
        </button>
      )}
    </div>
  );
}

const OUTCOMES: Record<string, string> = {
  stopped: "You stopped this answer. What had arrived is kept.",
  interrupted: "This answer was cut off. What had arrived is kept.",
};

function Sources({ sources }: { sources: Source[] }) {
  return (
    <ul class="squid-sources" aria-label="Attached">
      {sources.map((source) => (
        <li key={source.id} title={`${source.mime_type}, ${size(source.size_bytes)}`}>
          <Icon name="file" />
          <span>{source.name}</span>
        </li>
      ))}
    </ul>
  );
}

function omittedNote(count: number): string {
  return count === 1
    ? "1 earlier message left out: it does not fit the model’s context."
    : `${count} earlier messages left out: they do not fit the model’s context.`;
}
