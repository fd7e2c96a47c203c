import { useLayoutEffect, useState } from "preact/hooks";

/** Whether an element is narrower than this many pixels. */
export function useNarrow(ref: { current: HTMLElement | null }, width: number): boolean {
  const [narrow, setNarrow] = useState(false);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setNarrow(element.clientWidth < width));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, width]);
  return narrow;
}
