import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type CodeAction, codeActionAt } from "../codeBlock.js";
import type { Conversation } from "../conversation.js";
import type { Entry } from "../entries.js";
import { Icon } from "./Icon.js";
import { MessageView } from "./MessageView.js";
import { Prose } from "./Prose.js";
import { useFollow } from "./useFollow.js";

interface Props {
  conversation: Conversation;
  onCode(action: CodeAction, code: string, button: HTMLElement): void;
  /** Shown while there is nothing to read. */
  children: ComponentChildren;
}

const NEAR_TOP = 80;

/** The messages, with earlier ones on demand and the newest in view unless the reader went elsewhere. */
export function Transcript({ conversation, onCode, children }: Props) {
  const entries = conversation.entries.value;
  const busy = conversation.busy.value;
  const { scroller, content, away, unread, toEnd, onScroll } = useFollow(entries);
  const loadEarlier = useStableTop(conversation, scroller, entries);
  const sent = conversation.sent.value;
  useLayoutEffect(() => {
    if (sent > 0) toEnd();
  }, [sent, toEnd]);

  return (
    <div class="squid-transcript">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the buttons inside rendered Markdown are real buttons */}
      <div
        class="squid-scroller"
        ref={scroller}
        role="log"
        aria-label="Conversation"
        aria-live="polite"
        aria-busy={busy}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={() => {
          onScroll();
          if ((scroller.current?.scrollTop ?? 0) < NEAR_TOP) loadEarlier();
        }}
        onClick={(event) => {
          const found = codeActionAt(event.target);
          if (found !== null) onCode(found.action, found.code, found.button);
        }}
      >
        <div class="squid-messages" ref={content}>
          {conversation.earlier.value !== null && (
            <button type="button" class="squid-button squid-earlier" onClick={loadEarlier}>
              Load earlier messages
            </button>
          )}
          {entries.length === 0 && children}
          {entries.map((entry) =>
            entry.kind === "turn" ? (
              <MessageView
                key={entry.key}
                turn={entry}
                onRetry={(turn) => conversation.retry(turn)}
                canRetry={!busy}
              />
            ) : (
              <aside key={entry.key} class="squid-note" aria-label="Note">
                <Prose body={entry.body} />
              </aside>
            ),
          )}
        </div>
      </div>
      {away && (
        <button type="button" class="squid-latest" onClick={toEnd}>
          <Icon name="down" />
          Jump to latest{unread > 0 ? ` (${unread})` : ""}
        </button>
      )}
    </div>
  );
}

/** Loading earlier messages keeps what is being read where it is. */
function useStableTop(
  conversation: Conversation,
  scroller: { current: HTMLDivElement | null },
  entries: Entry[],
) {
  const height = useRef<number | null>(null);
  const first = entries[0]?.key;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && height.current !== null)
      element.scrollTop += element.scrollHeight - height.current;
    height.current = null;
  }, [first, scroller]);
  return () => {
    if (conversation.earlier.value === null) return;
    height.current = scroller.current?.scrollHeight ?? null;
    void conversation.loadEarlier();
  };
}
