import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { SessionList } from "../../sessionList.js";
import type { Facet } from "../../sessionsWire.js";
import { number, trans } from "../../words.js";
import { CompletionList, optionId } from "../CompletionList.js";
import { Icon } from "../Icon.js";

const MOST_OFFERED = 8;

interface Props {
  sessions: SessionList;
  ids: string[];
  onClose(): void;
}

/** The tags of one or more sessions: those there are, and a box that completes those in use. */
export function TagEditor({ sessions, ids, onClose }: Props) {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [there, setThere] = useState<Facet[]>([]);
  const [typed, setTyped] = useState("");
  const [offered, setOffered] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const key = ids.join();
  const name = sessions.nameOf(ids);
  const read = async () => setThere(await sessions.tagsOf(ids));
  useEffect(() => {
    void read();
    input.current?.focus();
  }, [key]);

  const all = (tag: string) => there.some((one) => one.name === tag && one.count === ids.length);
  const wanted = typed.trim().toLowerCase();
  const matches = sessions.facets.value.tags
    .filter((tag) => tag.name.toLowerCase().includes(wanted) && !all(tag.name))
    .slice(0, MOST_OFFERED)
    .map((tag) => ({ text: tag.name, label: tag.name, type: number(tag.count) }));
  const shown = offered && matches.length > 0;
  const add = async (tag: string) => {
    setTyped("");
    setOffered(false);
    setChosen(-1);
    const clean = tag.trim();
    if (clean === "" || all(clean)) return;
    await sessions.change({ ids, tag: [clean] }, trans.__("Tagged %1 “%2”.", name, clean));
    await read();
  };
  const remove = async (tag: string) => {
    await sessions.change({ ids, untag: [tag] }, trans.__("Removed the tag “%1” from %2.", tag, name));
    await read();
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOffered(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (matches.length > 0) setChosen((chosen + step + matches.length) % matches.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      void add((shown && matches[chosen]?.text) || typed);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (shown) setOffered(false);
      else {
        onClose();
        sessions.goTo(sessions.active.value);
      }
    }
  };
  return (
    <fieldset class="squid-panel" aria-label={trans.__("Tags of %1", name)}>
      <div class="squid-chips">
        <span class="squid-panel-name">{trans.__("Tags of %1", name)}</span>
        <button
          type="button"
          class="squid-iconbutton"
          aria-label={trans.__("Close tags")}
          title={trans.__("Close (Esc)")}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="squid-chips">
        {there.map((tag) => (
          <button
            key={tag.name}
            type="button"
            class="squid-toggle"
            aria-label={trans.__("Remove tag %1", tag.name)}
            title={trans.__("Remove tag %1", tag.name)}
            onClick={() => void remove(tag.name)}
          >
            {tag.name}
            {tag.count < ids.length && <small>{number(tag.count)}</small>}
            <Icon name="close" />
          </button>
        ))}
        <div class="squid-tagbox">
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-label={trans.__("Add tag")}
            aria-expanded={shown}
            aria-controls={shown ? list : undefined}
            aria-autocomplete="list"
            aria-activedescendant={shown && chosen >= 0 ? optionId(list, chosen) : undefined}
            placeholder={trans.__("Add a tag")}
            autocomplete="off"
            value={typed}
            onKeyDown={onKeyDown}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setOffered(true);
              setChosen(-1);
            }}
            onBlur={() => setOffered(false)}
          />
          {shown && (
            <CompletionList
              id={list}
              matches={matches}
              selected={chosen}
              onPick={(match) => void add(match.text)}
            />
          )}
        </div>
        {typed.trim() !== "" && (
          <button
            type="button"
            class="squid-button"
            onClick={() => {
              void add(typed);
              input.current?.focus();
            }}
          >
            {trans.__("Add")}
          </button>
        )}
      </div>
    </fieldset>
  );
}
