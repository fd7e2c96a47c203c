import type { Ref } from "preact";
import type { Models } from "../models.js";
import type { ModelInfo } from "../wire.js";
import { trans } from "../words.js";
import { Menu, type MenuControl, type MenuItem } from "./Menu.js";
import { hostLabel } from "./ModelPicker.js";

interface Props {
  control: Ref<MenuControl>;
  models: Pick<Models, "list" | "looking">;
  onPick(model: ModelInfo): void;
}

/** The models that can answer instead. */
export function ModelMenu({ control, models, onPick }: Props) {
  const items = (): MenuItem[] => {
    const { list, looking } = models;
    if (list.value.length === 0) {
      const shown = looking.value ? trans.__("Looking for models…") : trans.__("No other model is known yet");
      return [{ key: "", shown, run: () => {} }];
    }
    return list.value.map((model) => ({
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
