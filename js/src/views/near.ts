/** Tells elements of a scroller when they come near its window, each once. */

import { useLayoutEffect, useState } from "preact/hooks";

/** Far enough for nobody to see the change, near enough to do little in vain. */
const MARGIN = "1200px 0px";

const waiting = new WeakMap<Element, () => void>();
const observers = new WeakMap<Element, IntersectionObserver>();

/** Whether an element has been near the window of its scroller; true at once for what is in view anyway. */
export function useNear(ref: { current: HTMLElement | null }, atOnce: boolean): boolean {
  const [near, setNear] = useState(atOnce);
  useLayoutEffect(() => {
    const element = ref.current;
    const scroller = element?.closest(".squid-scroller");
    if (near || !element || !scroller) return undefined;
    const observer = observerOf(scroller);
    waiting.set(element, () => setNear(true));
    observer.observe(element);
    return () => {
      waiting.delete(element);
      observer.unobserve(element);
    };
  }, [near, ref]);
  return near;
}

/** Treats an element as near, because somebody is about to go there. */
export function bringNear(element: Element): void {
  waiting.get(element)?.();
}

function observerOf(scroller: Element): IntersectionObserver {
  const known = observers.get(scroller);
  if (known !== undefined) return known;
  const tell = (entries: IntersectionObserverEntry[]) => {
    for (const entry of entries) if (entry.isIntersecting) waiting.get(entry.target)?.();
  };
  const observer = new IntersectionObserver(tell, { root: scroller, rootMargin: MARGIN });
  observers.set(scroller, observer);
  return observer;
}
