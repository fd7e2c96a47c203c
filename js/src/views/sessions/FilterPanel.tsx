import { EVERYTHING, filters, type SessionList } from "../../sessionList.js";
import { number, trans } from "../../words.js";
import { Icon } from "../Icon.js";

const marks = () =>
  [
    ["pinned", trans.__("Pinned")],
    ["files", trans.__("With files")],
    ["archived", trans.__("Archived")],
  ] as const;

/** What narrows the list: all of it must hold. */
export function FilterPanel({ sessions }: { sessions: SessionList }) {
  const view = sessions.view.value;
  const { tags, models } = sessions.facets.value;
  const rest = tags.filter(({ name }) => !view.tags.includes(name));
  return (
    <fieldset class="squid-panel" aria-label={trans.__("Filters")}>
      <div class="squid-chips">
        {marks().map(([name, label]) => (
          <button
            key={name}
            type="button"
            class="squid-toggle"
            aria-pressed={view[name]}
            onClick={() => sessions.show({ [name]: !view[name] })}
          >
            {label}
          </button>
        ))}
        {view.tags.map((tag) => (
          <button
            key={tag}
            type="button"
            class="squid-toggle"
            aria-pressed="true"
            aria-label={trans.__("Tag %1", tag)}
            onClick={() => sessions.show({ tags: view.tags.filter((one) => one !== tag) })}
          >
            {tag}
            <Icon name="close" />
          </button>
        ))}
      </div>
      <div class="squid-chips">
        <select
          class="squid-model"
          aria-label={trans.__("Filter by tag")}
          value=""
          disabled={rest.length === 0}
          onChange={(event) => {
            const tag = event.currentTarget.value;
            event.currentTarget.value = "";
            if (tag !== "") sessions.show({ tags: [...view.tags, tag] });
          }}
        >
          <option value="">{tags.length === 0 ? trans.__("No tags yet") : trans.__("Any tag")}</option>
          {rest.map(({ name, count }) => (
            <option key={name} value={name}>
              {name} ({number(count)})
            </option>
          ))}
        </select>
        <select
          class="squid-model"
          aria-label={trans.__("Filter by model")}
          value={view.model ?? ""}
          onChange={(event) => sessions.show({ model: event.currentTarget.value || null })}
        >
          <option value="">{trans.__("Any model")}</option>
          {models.map(({ name, count }) => (
            <option key={name} value={name}>
              {name} ({number(count)})
            </option>
          ))}
        </select>
        {filters(view) > 0 && (
          <button
            type="button"
            class="squid-button squid-quiet"
            onClick={() => sessions.show({ ...EVERYTHING, words: view.words, sort: view.sort })}
          >
            {trans.__("Clear filters")}
          </button>
        )}
      </div>
    </fieldset>
  );
}
