import { size, tokens } from "../format.js";
import type { Message, Role, Sent } from "../wire.js";
import { number, trans } from "../words.js";
import { Dialog } from "./Dialog.js";
import { hostLabel } from "./ModelPicker.js";

interface Props {
  sent: Sent;
  answer: Message;
  onClose(): void;
}

const roles = (): Record<Role, string> => ({
  system: trans.__("Instructions"),
  user: trans.__("You"),
  assistant: "Squid",
});

/** Which words, sources and settings went to which host for one answer. */
export function SentView({ sent, answer, onClose }: Props) {
  const counted = answer.usage?.method === "measured" ? answer.usage.input_tokens : null;
  const rows: [string, string][] = [
    [trans.__("To"), hostLabel(sent.host)],
    [trans.__("Model"), sent.model],
    [
      trans.__("Temperature"),
      sent.temperature === null ? trans.__("the model’s own") : number(sent.temperature),
    ],
    [
      trans.__("Longest answer"),
      sent.max_tokens === null ? trans.__("no limit set") : trans.__("%1 tokens", tokens(sent.max_tokens)),
    ],
    [trans.__("Messages"), messages(sent)],
    [trans.__("Size"), sizes(sent, counted)],
  ];
  return (
    <Dialog
      title={trans.__("What was sent")}
      facts={`${sent.model}, ${hostLabel(sent.host)}`}
      onClose={onClose}
    >
      <p class="squid-dialog-note">
        {trans.__(
          "Rebuilt from the stored conversation and today’s settings. Settings of a single question are not stored, and an answer that was continued was sent with its beginning too.",
        )}
      </p>
      <dl class="squid-sent-facts">
        {rows.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {sent.sources.length > 0 && (
        <>
          <h3>{trans.__("Attached to the question")}</h3>
          <ul>
            {sent.sources.map((source) => (
              <li key={source.id}>
                {source.name}, {size(source.size_bytes)}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{trans.__("Word for word")}</h3>
      {sent.turns.map(({ role, content }, index) => (
        <details key={index} open={index === sent.turns.length - 1}>
          <summary>
            {roles()[role]} <small>{content.replace(/\s+/g, " ").slice(0, 80)}</small>
          </summary>
          <pre class="squid-source-text">{content}</pre>
        </details>
      ))}
    </Dialog>
  );
}

function messages({ turns, omitted_messages }: Sent): string {
  const count = turns.filter(({ role }) => role !== "system").length;
  if (omitted_messages === 0) return number(count);
  return trans._n("%2, %1 earlier one left out", "%2, %1 earlier ones left out", omitted_messages, count);
}

function sizes({ context_tokens, context_limit }: Sent, counted: number | null): string {
  const [now, limit] = [tokens(context_tokens), tokens(context_limit)];
  return counted === null
    ? trans.__("about %1 of %2 tokens", now, limit)
    : trans.__("about %1 of %2 tokens; the model counted %3", now, limit, tokens(counted));
}
