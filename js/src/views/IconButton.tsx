import type { IconName } from "../icons.js";
import { Icon } from "./Icon.js";

interface Props {
  icon: IconName;
  label: string;
  disabled?: boolean;
  onClick(button: HTMLButtonElement): void;
}

/** A button that is a picture; its name is read out and shown as a tip. */
export function IconButton({ icon, label, disabled = false, onClick }: Props) {
  return (
    <button
      type="button"
      class="squid-iconbutton"
      aria-label={label}
      aria-disabled={disabled}
      title={label}
      onClick={(event) => {
        if (!disabled) onClick(event.currentTarget);
      }}
    >
      <Icon name={icon} />
    </button>
  );
}
