/** The settings of schema/plugin.json, typed, with their defaults. */

import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import { type Signal, signal } from "@preact/signals";
import type { SendKey } from "../wire.js";

export interface Settings {
  /** null: as Squid's own configuration says. */
  sendKey: SendKey | null;
  defaultModel: string;
  position: "left" | "right";
  theme: "lab" | "light" | "dark";
  askAtOnce: boolean;
}

export const DEFAULTS: Settings = {
  sendKey: null,
  defaultModel: "",
  position: "left",
  theme: "lab",
  askAtOnce: false,
};

export const settings: Signal<Settings> = signal(DEFAULTS);

/** Keeps `settings` as the person sets them; without a registry the defaults stay. */
export function followSettings(registry: ISettingRegistry | null, pluginId: string): void {
  registry?.load(pluginId).then(
    (loaded) => {
      const update = () => {
        settings.value = read(loaded.composite as Record<string, unknown>);
      };
      loaded.changed.connect(update);
      update();
    },
    (reason: unknown) => console.error(`The settings of ${pluginId} cannot be read.`, reason),
  );
}

export function read(values: Record<string, unknown>): Settings {
  return {
    sendKey: oneOf<SendKey, null>(values.sendKey, ["enter", "shift-enter"], null),
    defaultModel: typeof values.defaultModel === "string" ? values.defaultModel.trim() : "",
    position: oneOf(values.position, ["left", "right"], DEFAULTS.position),
    theme: oneOf(values.theme, ["lab", "light", "dark"], DEFAULTS.theme),
    askAtOnce: values.askAtOnce === true,
  };
}

function oneOf<const T extends string, E>(value: unknown, known: readonly T[], otherwise: E): T | E {
  return known.find((one) => one === value) ?? otherwise;
}
