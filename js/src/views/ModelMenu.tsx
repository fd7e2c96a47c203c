import type { ReadonlySignal } from "@preact/signals";
import type { Ref } from "preact";
import type { ModelInfo } from "../wire.js";
import { trans } from "../words.js";
import { Menu, type MenuControl, type MenuItem } from "./Menu.js";
import { hostLabel } from "./ModelPicker.js";

interface Props {
  control: Ref<MenuControl>;
  models: ReadonlySignal<ModelInfo[]>;
  onPick(model: ModelInfo): void;
}

/** The models that can answer instead. */
export function ModelMenu({ control, models, onPick }: Props) {
  const items = (): MenuItem[] => {
    if (models.value.length === 0)
      return [{ key: "", shown: trans.__("No other model is known yet"), run: () => {} }];
    return models.value.map((model) => ({
      key: `${model.host} ${model.id}`,
      shown: (
        <>
          <span>{model.id}</span>
          <small>{hostLabel(model.host)}</small>
        </>
      ),
      run: () => onPick(model),
    }));
  };
  return <Menu control={control} label={trans.__("Models")} items={items} />;
}
