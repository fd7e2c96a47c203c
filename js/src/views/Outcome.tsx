import type { Turn } from "../entries.js";
import type { IconName } from "../icons.js";
import type { Status } from "../wire.js";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";
import type { MessageActions } from "./messageActions.js";
import { withCode } from "./withCode.js";

const PICTURES: Partial<Record<Status, IconName>> = {
  failed: "warn",
  stopped: "stop",
  interrupted: "broken",
};

function words(status: Status): string {
  if (status === "stopped") return trans.__("You stopped this answer. What had arrived is kept.");
  if (status === "interrupted") return trans.__("This answer was cut off. What had arrived is kept.");
  return status;
}

/** How an answer ended that is not complete, and the ways on from there. */
export function Outcome({ turn, actions }: { turn: Turn; actions: MessageActions }) {
  const { status, error, hint, content, id } = turn.message;
  if (status === "complete") return null;
  const failed = status === "failed";
  return (
    <div class={`squid-outcome squid-outcome-${status}`}>
      <Icon name={PICTURES[status] ?? "warn"} />
      <p>
        {failed ? <strong>{withCode(error ?? trans.__("The answer failed."))}</strong> : words(status)}
        {failed && hint && <span> {withCode(hint)}</span>}
      </p>
      {!actions.busy.value && (
        <span class="squid-outcome-ways">
          {content !== "" && id !== "" && (
            <button
              type="button"
              class="squid-button"
              title={trans.__("Let the model go on from here")}
              onClick={() => actions.goOn(turn)}
            >
              <Icon name="resume" />
              {trans.__("Continue")}
            </button>
          )}
          <button
            type="button"
            class="squid-button"
            title={trans.__("Ask the question once more")}
            onClick={() => actions.retry(turn)}
          >
            <Icon name="retry" />
            {trans.__("Retry")}
          </button>
        </span>
      )}
    </div>
  );
}
