import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { type CodeAction, codeActionAt } from "../codeBlock.js";
import type { Conversation } from "../conversation.js";
import type { Entry } from "../entries.js";
import { linkAt } from "../links.js";
import { Stretches } from "../stretches.js";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";
import type { MessageActions } from "./messageActions.js";
import { StretchView } from "./StretchView.js";
import { useFollow } from "./useFollow.js";
import { useTarget } from "./useTarget.js";

interface Props {
  conversation: Conversation;
  actions: MessageActions;
  onCode(action: CodeAction, code: string, button: HTMLElement): void;
  /** Shown while there is nothing to read. */
  children: ComponentChildren;
}

const NEAR_TOP = 80;
/** As many of the newest stretches are rendered at once; others when they come near. */
const EAGER = 2;

/** The messages, with earlier ones on demand and the newest in view unless the reader went elsewhere. */
export function Transcript({ conversation, actions, onCode, children }: Props) {
  const entries = conversation.entries.value;
  const busy = conversation.busy.value;
  const divider = useMemo(() => new Stretches(), []);
  const stretches = useMemo(() => divider.divide(entries), [divider, entries]);
  const { scroller, content, away, unread, toEnd, leave, onScroll } = useFollow(entries);
  const loadEarlier = useStableTop(conversation, scroller, entries);
  useTarget(conversation, scroller, { leave, onScroll });
  const sent = conversation.sent.value;
  useLayoutEffect(() => {
    if (sent > 0) toEnd();
  }, [sent, toEnd]);

  /** Where the JupyterLab extension is, it has taken the click before. */
  const onLink = (event: MouseEvent) => {
    const link = linkAt(event);
    if (link === null) return false;
    event.preventDefault();
    event.stopPropagation();
    if (event.button < 2) void conversation.follow(link.uri);
    return true;
  };

  return (
    <div class="squid-transcript">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the buttons inside rendered Markdown are real buttons */}
      <div
        class={`squid-scroller ${away ? "squid-reading" : ""}`}
        ref={scroller}
        role="log"
        aria-label={trans.__("Conversation")}
        aria-live="polite"
        aria-busy={busy}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={() => {
          onScroll();
          if ((scroller.current?.scrollTop ?? 0) < NEAR_TOP) loadEarlier();
        }}
        onAuxClick={onLink}
        onClick={(event) => {
          if (onLink(event)) return;
          const found = codeActionAt(event.target);
          if (found !== null) onCode(found.action, found.code, found.button);
        }}
      >
        <div class="squid-messages" ref={content}>
          {conversation.earlier.value !== null && (
            <button type="button" class="squid-button squid-earlier" onClick={loadEarlier}>
              {trans.__("Load earlier messages")}
            </button>
          )}
          {entries.length === 0 && children}
          {stretches.map((stretch, index) => (
            <StretchView
              key={stretch.id}
              stretch={stretch}
              actions={actions}
              eager={index >= stretches.length - EAGER}
            />
          ))}
        </div>
      </div>
      {away && (
        <button type="button" class="squid-latest" onClick={toEnd}>
          <Icon name="down" />
          {unread > 0 ? trans.__("Jump to latest (%1)", unread) : trans.__("Jump to latest")}
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
  const held = useRef<{ element: Element; top: number } | null>(null);
  const first = entries[0]?.key;
  useLayoutEffect(() => {
    // The browser may have kept it in place already; only what is left is corrected.
    const { element, top } = held.current ?? {};
    if (scroller.current !== null && element?.isConnected && top !== undefined)
      scroller.current.scrollTop += element.getBoundingClientRect().top - top;
    held.current = null;
  }, [first, scroller]);
  return () => {
    if (conversation.earlier.value === null) return;
    const element = scroller.current?.querySelector("article");
    held.current = element ? { element, top: element.getBoundingClientRect().top } : null;
    void conversation.loadEarlier();
  };
}
