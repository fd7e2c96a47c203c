import type { ReadonlySignal } from "@preact/signals";
import type { Ref } from "preact";
import { useImperativeHandle, useRef, useState } from "preact/hooks";
import type { ModelInfo } from "../wire.js";
import { trans } from "../words.js";
import { hostLabel } from "./ModelPicker.js";

interface Props {
  control: Ref<{ toggle(button: HTMLElement): void }>;
  models: ReadonlySignal<ModelInfo[]>;
  onPick(model: ModelInfo): void;
}

const GAP = 4;

/** A menu of models beside a button, above everything that scrolls. */
export function ModelMenu({ control, models, onPick }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLElement | null>(null);
  const [open, setOpen] = useState(false);
  const close = () => {
    menu.current?.hidePopover();
    opener.current?.focus();
  };
  useImperativeHandle(control, () => ({
    toggle: (button) => {
      opener.current = button;
      setOpen(true);
      requestAnimationFrame(() => {
        if (menu.current === null) return;
        menu.current.showPopover();
        place(menu.current, button);
        menu.current.querySelector("button")?.focus();
      });
    },
  }));
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(menu.current?.querySelectorAll("button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={menu}
      class="squid-menu"
      popover="auto"
      role="menu"
      aria-label={trans.__("Models")}
      onKeyDown={onKeyDown}
      onToggle={(event) => setOpen(event.newState === "open")}
    >
      {open &&
        models.value.map((model) => (
          <button
            key={`${model.host} ${model.id}`}
            type="button"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              close();
              onPick(model);
            }}
          >
            <span>{model.id}</span>
            <small>{hostLabel(model.host)}</small>
          </button>
        ))}
      {open && models.value.length === 0 && (
        <button type="button" role="menuitem" tabIndex={-1} onClick={close}>
          {trans.__("No other model is known yet")}
        </button>
      )}
    </div>
  );
}

/** Below the button where there is room, else above it. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + GAP + height <= innerHeight;
  menu.style.top = `${Math.max(GAP, below ? at.bottom + GAP : at.top - GAP - height)}px`;
  menu.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - width - GAP))}px`;
}
