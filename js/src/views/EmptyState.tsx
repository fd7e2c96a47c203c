import { isLocal } from "../format.js";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";
import { withCode } from "./withCode.js";

/** The prompts end where one goes on writing. */
const suggestions = () => [
  { title: trans.__("Explain an error"), prompt: `${trans.__("Explain this error and how to fix it:")}\n` },
  { title: trans.__("Look at my data"), prompt: trans.__("What stands out in @df? Suggest three plots.") },
  { title: trans.__("Write some code"), prompt: `${trans.__("Write a Python function that")} ` },
];

interface Props {
  host: string | null;
  onPick(prompt: string): void;
}

export function EmptyState({ host, onPick }: Props) {
  return (
    <div class="squid-empty">
      <Icon name="squid" />
      <h2>{trans.__("What are you working on?")}</h2>
      <p>{host === null ? trans.__("Every conversation is kept in your own database.") : promise(host)}</p>
      <ul aria-label={trans.__("Suggestions")}>
        {suggestions().map(({ title, prompt }) => (
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
      <p class="squid-hint">
        {withCode(trans.__("Type `@` to add your variables and files, `/` for commands."))}
      </p>
    </div>
  );
}

function promise(host: string): string {
  return isLocal(host)
    ? trans.__("The model runs on this machine. Conversations are kept in your own database.")
    : trans.__(
        "Questions go to %1. Conversations are kept in your own database.",
        host.replace(/^https?:\/\//, ""),
      );
}
