import { isLocal } from "../format.js";
import { type Suggestion, suggestions } from "../suggestions.js";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";
import { withCode } from "./withCode.js";

interface Props {
  host: string | null;
  onPick(suggestion: Suggestion): void;
}

export function EmptyState({ host, onPick }: Props) {
  return (
    <div class="squid-empty">
      <Icon name="squid" />
      <h2>{trans.__("What are you working on?")}</h2>
      <p>{host === null ? trans.__("Every conversation is kept in your own database.") : promise(host)}</p>
      <ul aria-label={trans.__("Suggestions")}>
        {suggestions().map((suggestion) => (
          <li key={suggestion.title}>
            <button type="button" onClick={() => onPick(suggestion)}>
              <strong>{suggestion.title}</strong>
              <span>{suggestion.says}</span>
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
