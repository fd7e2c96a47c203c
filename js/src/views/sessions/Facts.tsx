import { cost } from "../../format.js";
import type { Found } from "../../sessionsWire.js";
import type { Session } from "../../wire.js";
import { Icon } from "../Icon.js";

interface Props {
  session: Session;
  /** The model that is answering now. */
  answering: string | undefined;
  found: Found | undefined;
}

/** What a session is like, in one line: who is answering, how long it is, what it cost, its tags. */
export function Facts({ session, answering, found }: Props) {
  const { messages, cost_usd, pinned, archived, tags } = session;
  return (
    <span class="squid-facts">
      {pinned && (
        <span class="squid-pin" title="Pinned">
          <Icon name="pinned" />
          <span class="squid-hidden">Pinned</span>
        </span>
      )}
      {answering !== undefined ? (
        <span class="squid-answering">{answering === "" ? "Answering…" : `${answering} is answering…`}</span>
      ) : (
        <span>
          {messages === 0 ? "Empty" : messages === 1 ? "1 message" : `${messages.toLocaleString()} messages`}
        </span>
      )}
      {found !== undefined && found.hits > 1 && <span>{found.hits} passages</span>}
      {session.output_tokens + session.input_tokens > 0 && <span>{cost(cost_usd, "")}</span>}
      {archived && <span>Archived</span>}
      {tags.map((tag) => (
        <span key={tag} class="squid-tag">
          {tag}
        </span>
      ))}
    </span>
  );
}
