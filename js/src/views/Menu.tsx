import type { ComponentChildren, Ref } from "preact";
import { useImperativeHandle, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuControl {
  toggle(button: HTMLElement): void;
}

export interface MenuItem {
  key: string;
  shown: ComponentChildren;
  run(): void;
}

interface Props {
  control: Ref<MenuControl>;
  label: string;
  /** Asked while the menu is open. */
  items: () => MenuItem[];
}

const GAP = 4;

/** A menu beside a button, above everything that scrolls. */
export function Menu({ control, label, items }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLElement | null>(null);
  const [open, setOpen] = useState(false);
  const offered = open ? items() : [];
  const keys = offered.map(({ key }) => key).join("\n");
  // Items that come while it is open need another place, and one of them the focus of those that went.
  useLayoutEffect(() => {
    const element = menu.current;
    if (element === null || opener.current === null || !element.matches(":popover-open")) return;
    place(element, opener.current);
    if (!element.contains(document.activeElement)) element.querySelector("button")?.focus();
  }, [keys]);
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
    const buttons = [...(menu.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (to !== undefined) buttons[(to + buttons.length) % buttons.length]?.focus();
    else {
      // Enter and Space press the button; what is around the menu has other plans with keys.
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={menu}
      class="squid-menu"
      popover="auto"
      role="menu"
      aria-label={label}
      onKeyDown={onKeyDown}
      onToggle={(event) => setOpen(event.newState === "open")}
    >
      {offered.map(({ key, shown, run }) => (
        <button
          key={key}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            close();
            run();
          }}
        >
          {shown}
        </button>
      ))}
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
