import { useEffect, useRef, useState } from "preact/hooks";
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
