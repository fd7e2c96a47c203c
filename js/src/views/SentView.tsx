import { size, tokens } from "../format.js";
import type { Message, Role, Sent } from "../wire.js";
import { Dialog } from "./Dialog.js";
import { hostLabel } from "./ModelPicker.js";

interface Props {
  sent: Sent;
  answer: Message;
  onClose(): void;
}

const ROLES: Record<Role, string> = { system: "Instructions", user: "You", assistant: "Squid" };

/** Which words, sources and settings went to which host for one answer. */
export function SentView({ sent, answer, onClose }: Props) {
  const counted = answer.usage?.method === "measured" ? answer.usage.input_tokens : null;
  const rows: [string, string][] = [
    ["To", hostLabel(sent.host)],
    ["Model", sent.model],
    ["Temperature", sent.temperature === null ? "the model’s own" : String(sent.temperature)],
    ["Longest answer", sent.max_tokens === null ? "no limit set" : `${tokens(sent.max_tokens)} tokens`],
    ["Messages", messages(sent)],
    ["Size", sizes(sent, counted)],
  ];
  return (
    <Dialog title="What was sent" facts={`${sent.model}, ${hostLabel(sent.host)}`} onClose={onClose}>
      <p class="squid-dialog-note">
        Rebuilt from the stored conversation and today’s settings. Settings of a single question are not
        stored, and an answer that was continued was sent with its beginning too.
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
          <h3>Attached to the question</h3>
          <ul>
            {sent.sources.map((source) => (
              <li key={source.id}>
                {source.name}, {size(source.size_bytes)}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Word for word</h3>
      {sent.turns.map(({ role, content }, index) => (
        <details key={index} open={index === sent.turns.length - 1}>
          <summary>
            {ROLES[role]} <small>{content.replace(/\s+/g, " ").slice(0, 80)}</small>
          </summary>
          <pre class="squid-source-text">{content}</pre>
        </details>
      ))}
    </Dialog>
  );
}

function messages({ turns, omitted_messages }: Sent): string {
  const count = turns.filter(({ role }) => role !== "system").length;
  const left = omitted_messages > 0 ? `, ${omitted_messages} earlier ones left out` : "";
  return `${count}${left}`;
}

function sizes({ context_tokens, context_limit }: Sent, counted: number | null): string {
  const now = `about ${tokens(context_tokens)} of ${tokens(context_limit)} tokens`;
  return counted === null ? now : `${now}; the model counted ${tokens(counted)}`;
}
