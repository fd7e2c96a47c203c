import { useEffect, useRef, useState } from "preact/hooks";
import { narrowed } from "../narrowing.js";
import type { Completion } from "../wire.js";

export interface CompletionState {
  completion: Completion | null;
  selected: number;
  /** Asks again after the text or the cursor changed. */
  update(text: string, cursor: number): void;
  move(step: number): void;
  close(): void;
}

const WAIT_MS = 60;
/** `/verb` with what follows on the first line, or an `@name` at the cursor. */
const WANTED = /^\/\S*(?: [^\n]*)?$|(?:^|\s)@[^\s@]*$/;

/** Completions for verbs and names; the last question wins, late answers to earlier ones are dropped. */
export function useCompletion(
  ask: (text: string, cursor: number) => Promise<Completion | null>,
): CompletionState {
  const [completion, setCompletion] = useState<Completion | null>(null);
  const [selected, setSelected] = useState(0);
  const asked = useRef(0);
  /** The text that the shown completion belongs to. */
  const offeredFor = useRef("");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const close = () => {
    clearTimeout(timer.current);
    asked.current += 1;
    setCompletion(null);
  };
  const update = (text: string, cursor: number) => {
    if (!WANTED.test(text.slice(0, cursor))) {
      close();
      return;
    }
    clearTimeout(timer.current);
    asked.current += 1;
    const number = asked.current;
    // Until the answer has come, Enter must not put a word where it no longer belongs.
    const left = completion && narrowed(completion, offeredFor.current, text, cursor);
    offeredFor.current = text;
    setCompletion(left);
    if (left?.matches.length !== completion?.matches.length) setSelected(0);
    timer.current = setTimeout(async () => {
      const answer = await ask(text, cursor);
      if (number !== asked.current) return;
      setSelected(0);
      setCompletion(answer !== null && answer.matches.length > 0 ? answer : null);
    }, WAIT_MS);
  };
  const move = (step: number) => {
    const count = completion?.matches.length ?? 0;
    if (count > 0) setSelected((selected + step + count) % count);
  };
  return { completion, selected, update, move, close };
}
