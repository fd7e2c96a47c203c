import { useEffect, useRef } from "preact/hooks";
import type { Match } from "../wire.js";
import { trans } from "../words.js";

interface Props {
  id: string;
  matches: Match[];
  selected: number;
  onPick(match: Match): void;
}

export function optionId(list: string, index: number): string {
  return `${list}-${index}`;
}

/** The popup of verbs and names. Focus stays in the text box, which points here with `aria-activedescendant`. */
export function CompletionList({ id, matches, selected, onPick }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[selected]?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  return (
    <div class="squid-completions" role="listbox" id={id} aria-label={trans.__("Completions")} ref={list}>
      {matches.map((match, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the text box (aria-activedescendant)
        <div
          key={match.text}
          id={optionId(id, index)}
          role="option"
          aria-selected={index === selected}
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(match);
          }}
        >
          <span>{match.label || match.text}</span>
          <small>{match.type}</small>
        </div>
      ))}
    </div>
  );
}
