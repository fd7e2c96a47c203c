import { effect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Growing } from "../growing.js";
import { StreamingMarkdown } from "../streamingMarkdown.js";

/** Markdown that may still grow. The DOM inside belongs to `StreamingMarkdown`, not to Preact. */
export function Prose({ body }: { body: Growing }) {
  const container = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = container.current;
    if (element === null) return undefined;
    element.replaceChildren();
    const markdown = new StreamingMarkdown(element);
    let read = 0;
    const stop = effect(() => {
      body.version.value;
      const text = body.since(read);
      read = body.pieces;
      if (body.done) markdown.finish(text, () => body.text);
      else if (text !== "") markdown.append(text);
    });
    return () => {
      stop();
      markdown.dispose();
    };
  }, [body]);
  return <div class="squid-prose" ref={container} />;
}
