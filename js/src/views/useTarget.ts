import { useLayoutEffect } from "preact/hooks";
import type { Conversation } from "../conversation.js";
import { mark, unmark } from "./findMarks.js";
import { bringNear } from "./near.js";

/** A message is laid out in the frame after it has come near, and settles in the one after that. */
const FRAMES = 3;

/** Brings the message into view that somebody has jumped to, with the words that were looked for. */
export function useTarget(
  conversation: Conversation,
  scroller: { current: HTMLDivElement | null },
  follow: { leave(): void; onScroll(): void },
): void {
  const target = conversation.target.value;
  const { finding } = conversation;
  const text = finding.open.value ? finding.text.value : "";
  useLayoutEffect(() => {
    const article = target && scroller.current && articleOf(scroller.current, target.id);
    if (!article) return undefined;
    follow.leave();
    bringNear(article);
    if (target.linked) point(scroller.current, article);
    const lostFocus = document.activeElement === document.body;
    let frames = FRAMES;
    let next = 0;
    const show = () => {
      const first = text === "" ? null : mark(article.querySelector(".squid-content") ?? article, text);
      reveal(scroller.current, first ?? article);
      frames -= 1;
      if (frames > 0) {
        next = requestAnimationFrame(show);
        return;
      }
      follow.onScroll();
      if (lostFocus) article.querySelector<HTMLElement>(".squid-pager button")?.focus();
    };
    show();
    return () => cancelAnimationFrame(next);
  }, [target]);
  useLayoutEffect(() => {
    if (text === "") unmark();
  }, [text]);
}

/** Shows for a moment which message was meant, and puts the keyboard there. */
function point(scroller: HTMLElement | null, article: HTMLElement): void {
  for (const before of scroller?.querySelectorAll("[data-squid-linked]") ?? [])
    before.removeAttribute("data-squid-linked");
  article.dataset.squidLinked = "";
  article.tabIndex = -1;
  article.focus({ preventScroll: true });
}

function articleOf(scroller: HTMLElement, id: string): HTMLElement | null {
  return scroller.querySelector<HTMLElement>(`[data-squid-message="${CSS.escape(id)}"]`);
}

/** Scrolls the conversation alone: `scrollIntoView` would move the notebook around it as well. */
function reveal(scroller: HTMLElement | null, what: Element | Range): void {
  if (scroller === null) return;
  const window = scroller.getBoundingClientRect();
  const at = what.getBoundingClientRect();
  const space = Math.max(12, (window.height - at.height) / 3);
  scroller.scrollTop += at.top - window.top - space;
}
