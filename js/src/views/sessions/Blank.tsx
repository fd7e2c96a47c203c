import { EVERYTHING, type SessionList } from "../../sessionList.js";
import { Icon } from "../Icon.js";

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
        <h2>The sessions could not be read</h2>
        <button type="button" class="squid-button" onClick={() => void sessions.connect()}>
          Try again
        </button>
      </div>
    );
  }
  if (sessions.narrowed.value) {
    return (
      <div class="squid-empty">
        <Icon name="search" />
        <h2>{words === "" ? "No session fits the filters" : `Nothing found for “${words}”`}</h2>
        <p>
          {words === "" ? "Every filter must hold." : "All words must occur in a message, a title or a file."}
        </p>
        <button
          type="button"
          class="squid-button"
          onClick={() => {
            sessions.show({ ...EVERYTHING });
            onClear();
          }}
        >
          Show all sessions
        </button>
      </div>
    );
  }
  return (
    <div class="squid-empty">
      <Icon name="squid" />
      <h2>No conversations yet</h2>
      <p>
        Ask something in a chat, or in a cell with <code>%squid</code>, and it appears here.
      </p>
    </div>
  );
}
