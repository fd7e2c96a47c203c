import { effect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Growing } from "../growing.js";
import { trans } from "../words.js";

/** The model's reasoning, folded away: it is not part of the answer. */
export function ReasoningView({ text, thinking }: { text: Growing; thinking: boolean }) {
  const container = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const shown = document.createTextNode("");
    container.current?.replaceChildren(shown);
    let read = 0;
    return effect(() => {
      text.version.value;
      shown.appendData(text.since(read));
      read = text.pieces;
    });
  }, [text]);
  return (
    <details class="squid-reasoning">
      <summary>{thinking ? trans.__("Thinking…") : trans.__("Reasoning")}</summary>
      <div class="squid-reasoning-text" ref={container} />
    </details>
  );
}
