import type { ComponentChildren } from "preact";

/** A sentence in which `this` is code. */
export function withCode(sentence: string): ComponentChildren {
  return sentence
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}
