import type { Turn } from "../entries.js";
import { size } from "../format.js";
import { isPicture } from "../pictures.js";
import type { Source } from "../wire.js";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";
import type { MessageActions } from "./messageActions.js";
import { Thumbnail } from "./Thumbnail.js";

/** What a message was given to read: pictures as thumbnails, everything else as chips; each opens. */
export function Sources({ turn, actions }: { turn: Turn; actions: MessageActions }) {
  return (
    <ul class="squid-sources" aria-label={trans.__("Attached")}>
      {turn.message.sources.map((source) => (
        <li key={source.id}>
          <Chip turn={turn} source={source} actions={actions} />
        </li>
      ))}
    </ul>
  );
}

function Chip({ turn, source, actions }: { turn: Turn; source: Source; actions: MessageActions }) {
  const stored = source.sha256 !== "";
  const picture = isPicture(source.mime_type);
  const facts = `${source.mime_type}, ${size(source.size_bytes)}`;
  return (
    <button
      type="button"
      class="squid-chip"
      aria-label={trans.__("Open %1", source.name)}
      aria-disabled={!stored}
      title={picture ? trans.__("%1. Models here read text only.", facts) : facts}
      onClick={() => {
        if (stored) actions.showSource(turn, source);
      }}
    >
      {picture ? <Thumbnail turn={turn} source={source} picture={actions.picture} /> : <Icon name="file" />}
      <span>{source.name}</span>
    </button>
  );
}
