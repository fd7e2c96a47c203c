import { useEffect, useRef } from "preact/hooks";
import type { Finding } from "../finding.js";
import { trans } from "../words.js";
import { IconButton } from "./IconButton.js";

const WAIT_MS = 150;

/** Words to look for in the whole conversation; Enter goes on to the next message, Escape closes. */
export function FindBar({ finding, onClose }: { finding: Finding; onClose(): void }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const ids = finding.ids.value;
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
    return () => clearTimeout(timer.current);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter") void finding.go(event.shiftKey ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the search element is not everywhere yet
    <div class="squid-find" role="search" aria-label={trans.__("Find in conversation")} onKeyDown={onKeyDown}>
      <input
        ref={input}
        type="search"
        aria-label={trans.__("Find in conversation")}
        placeholder={trans.__("Find in conversation")}
        value={finding.text.value}
        onInput={(event) => {
          const text = event.currentTarget.value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => void finding.look(text), WAIT_MS);
        }}
      />
      <span class="squid-find-count" role="status">
        {ids !== null &&
          (ids.length === 0 ? trans.__("Not found") : trans.__("%1 of %2", finding.at.value + 1, ids.length))}
      </span>
      <IconButton
        icon="up"
        label={trans.__("Previous match")}
        disabled={!ids?.length}
        onClick={() => void finding.go(-1)}
      />
      <IconButton
        icon="down"
        label={trans.__("Next match")}
        disabled={!ids?.length}
        onClick={() => void finding.go(1)}
      />
      <IconButton icon="close" label={trans.__("Close find")} onClick={onClose} />
    </div>
  );
}
