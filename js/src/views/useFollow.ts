import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

const NEAR_BOTTOM = 48;

/** Keeps a scroller at its end while it grows, unless the reader has scrolled away from it. */
export function useFollow(entries: readonly { key: string }[]) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  /** Where it was last; only who goes up from there has gone away. */
  const top = useRef(0);
  const hidden = useRef(false);
  const empty = useRef(true);
  empty.current = entries.length === 0;
  const [away, setAway] = useState(false);
  const last = entries.at(-1)?.key;
  const [seen, setSeen] = useState(last);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    following.current = true;
    // An empty chat is read from its top.
    if (empty.current) return;
    element.scrollTop = element.scrollHeight;
    top.current = element.scrollTop;
    setAway(false);
  }, []);

  /** Somebody goes elsewhere: what grows must not bring them back. */
  const leave = useCallback(() => {
    following.current = false;
  }, []);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (element === null || element.clientHeight === 0) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    // The event of an earlier step to the end may come when the content has already grown beyond it.
    const stays = following.current && element.scrollTop >= top.current;
    following.current = stays || distance < NEAR_BOTTOM;
    top.current = element.scrollTop;
    setAway(!following.current);
  }, []);

  useLayoutEffect(() => {
    const element = content.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      const { current } = scroller;
      if (current === null) return;
      const back = hidden.current && current.clientHeight > 0;
      hidden.current = current.clientHeight === 0;
      // What was hidden, or moved meanwhile, is shown where it was read.
      if (back && !following.current) current.scrollTop = top.current;
      if (following.current) toEnd();
      else onScroll();
    });
    observer.observe(element);
    if (scroller.current !== null) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [toEnd, onScroll]);

  useLayoutEffect(() => {
    if (!away) setSeen(last);
  }, [away, last]);

  const seenAt = entries.findIndex(({ key }) => key === seen);
  const unread = seenAt < 0 ? 0 : entries.length - 1 - seenAt;
  return { scroller, content, away, unread, toEnd, leave, onScroll };
}
