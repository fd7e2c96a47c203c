import type { ModelInfo } from "../wire.js";
import { trans } from "../words.js";

interface Props {
  models: ModelInfo[];
  /** The one that is asked; undefined when it is not among `models`. */
  chosen: ModelInfo | undefined;
  current: string | null;
  onChoose(model: ModelInfo): void;
  onRefresh(): void;
  /** Somebody is about to open the list. */
  onApproach(): void;
}

const REFRESH = "\0refresh";

/** A native select: every model that answers here, grouped by where it runs. */
export function ModelPicker({ models, chosen, current, onChoose, onRefresh, onApproach }: Props) {
  const shown = chosen === undefined ? (current ?? "") : keyOf(chosen);
  const choose = (select: HTMLSelectElement) => {
    const value = select.value;
    select.value = shown;
    const model = models.find((candidate) => keyOf(candidate) === value);
    if (value === REFRESH) onRefresh();
    else if (model !== undefined) onChoose(model);
  };
  return (
    <select
      class="squid-model"
      aria-label={trans.__("Model")}
      title={tip(current, chosen)}
      value={shown}
      onFocus={onApproach}
      onPointerEnter={onApproach}
      onChange={(event) => choose(event.currentTarget)}
    >
      {chosen === undefined && <option value={shown}>{current ?? trans.__("No model")}</option>}
      {groups(models).map(([host, members]) => (
        <optgroup key={host} label={hostLabel(host)}>
          {members.map((model) => (
            <option key={keyOf(model)} value={keyOf(model)}>
              {label(model, models)}
            </option>
          ))}
        </optgroup>
      ))}
      <option value={REFRESH}>{trans.__("Look for more models…")}</option>
    </select>
  );
}

/** A closed list shows no groups, so a name that two hosts have says which one is meant. */
function label({ id, host }: ModelInfo, models: ModelInfo[]): string {
  const shared = models.some((other) => other.id === id && other.host !== host);
  return shared ? `${id} (${hostLabel(host)})` : id;
}

function tip(current: string | null, chosen: ModelInfo | undefined): string {
  if (current === null) return trans.__("Model");
  return chosen === undefined
    ? trans.__("Model: %1", current)
    : trans.__("Model: %1, %2", current, hostLabel(chosen.host));
}

function keyOf(model: ModelInfo): string {
  return `${model.host}\0${model.id}`;
}

function groups(models: ModelInfo[]): [string, ModelInfo[]][] {
  const hosts = new Map<string, ModelInfo[]>();
  for (const model of models) hosts.set(model.host, [...(hosts.get(model.host) ?? []), model]);
  return [...hosts];
}

export function hostLabel(host: string): string {
  return host === "in process" ? trans.__("On this machine") : host.replace(/^https?:\/\//, "");
}
