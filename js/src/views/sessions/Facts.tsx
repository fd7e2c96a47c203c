import { spent } from "../../format.js";
import type { Found } from "../../sessionsWire.js";
import type { Session } from "../../wire.js";
import { trans } from "../../words.js";
import { Icon } from "../Icon.js";

interface Props {
  session: Session;
  /** The model that is answering now. */
  answering: string | undefined;
  found: Found | undefined;
}

/** What a session is like, in one line: who is answering, how long it is, what it cost, its tags. */
export function Facts({ session, answering, found }: Props) {
  const { messages, pinned, archived, tags } = session;
  return (
    <span class="squid-facts">
      {pinned && (
        <span class="squid-pin" title={trans.__("Pinned")}>
          <Icon name="pinned" />
          <span class="squid-hidden">{trans.__("Pinned")}</span>
        </span>
      )}
      {answering !== undefined ? (
        <span class="squid-answering">
          {answering === "" ? trans.__("Answering…") : trans.__("%1 is answering…", answering)}
        </span>
      ) : (
        <span>{messages === 0 ? trans.__("Empty") : trans._n("%1 message", "%1 messages", messages)}</span>
      )}
      {found !== undefined && found.hits > 1 && (
        <span>{trans._n("%1 passage", "%1 passages", found.hits)}</span>
      )}
      {session.output_tokens + session.input_tokens + session.unpriced > 0 && <span>{spent(session)}</span>}
      {archived && <span>{trans.__("Archived")}</span>}
      {tags.map((tag) => (
        <span key={tag} class="squid-tag">
          {tag}
        </span>
      ))}
    </span>
  );
}
