import { EVERYTHING, type SessionList } from "../../sessionList.js";
import { trans } from "../../words.js";
import { Icon } from "../Icon.js";
import { withCode } from "../withCode.js";

interface Props {
  sessions: SessionList;
  onClear(): void;
}

/** Instead of a list: nothing was ever said, nothing fits, or nothing could be read. */
export function Blank({ sessions, onClear }: Props) {
  const words = sessions.view.value.words.trim();
  if (!sessions.ready.value) {
    return (
      <div class="squid-empty">
        <Icon name="warn" />
        <h2>{trans.__("The sessions could not be read")}</h2>
        <button type="button" class="squid-button" onClick={() => void sessions.connect()}>
          {trans.__("Try again")}
        </button>
      </div>
    );
  }
  if (sessions.narrowed.value) {
    return (
      <div class="squid-empty">
        <Icon name="search" />
        <h2>
          {words === "" ? trans.__("No session fits the filters") : trans.__("Nothing found for “%1”", words)}
        </h2>
        <p>
          {words === ""
            ? trans.__("Every filter must hold.")
            : trans.__("All words must occur in a message, a title or a file.")}
        </p>
        <button
          type="button"
          class="squid-button"
          onClick={() => {
            sessions.show({ ...EVERYTHING });
            onClear();
          }}
        >
          {trans.__("Show all sessions")}
        </button>
      </div>
    );
  }
  return (
    <div class="squid-empty">
      <Icon name="squid" />
      <h2>{trans.__("No conversations yet")}</h2>
      <p>{withCode(trans.__("Ask something in a chat, or in a cell with `%squid`, and it appears here."))}</p>
    </div>
  );
}
