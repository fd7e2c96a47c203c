import { isLocal } from "../format.js";
import { Icon } from "./Icon.js";

const SUGGESTIONS = [
  { title: "Explain an error", prompt: "Explain this error and how to fix it:\n" },
  { title: "Look at my data", prompt: "What stands out in @df? Suggest three plots." },
  { title: "Write some code", prompt: "Write a Python function that " },
];

interface Props {
  host: string | null;
  onPick(prompt: string): void;
}

export function EmptyState({ host, onPick }: Props) {
  return (
    <div class="squid-empty">
      <Icon name="squid" />
      <h2>What are you working on?</h2>
      <p>{host === null ? "Every conversation is kept in your own database." : promise(host)}</p>
      <ul aria-label="Suggestions">
        {SUGGESTIONS.map(({ title, prompt }) => (
          <li key={title}>
            <button type="button" onClick={() => onPick(prompt)}>
              <strong>{title}</strong>
              <span>
                {prompt.trim()}
                {/[.?:]$/.test(prompt.trim()) ? "" : " …"}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function promise(host: string): string {
  return isLocal(host)
    ? "The model runs on this machine. Conversations are kept in your own database."
    : `Questions go to ${host.replace(/^https?:\/\//, "")}. Conversations are kept in your own database.`;
}
