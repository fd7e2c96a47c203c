import type { ComponentChildren } from "preact";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";

interface Props {
  kind: "error" | "warning" | "info";
  children: ComponentChildren;
  action?: { label: string; run(): void };
  onDismiss?: () => void;
}

/** One thing that concerns the whole chat, above the composer. */
export function Banner({ kind, children, action, onDismiss }: Props) {
  return (
    <div class={`squid-banner squid-banner-${kind}`} role={kind === "info" ? "status" : "alert"}>
      {kind !== "info" && <Icon name="warn" />}
      <p>{children}</p>
      {action && (
        <button type="button" class="squid-button" onClick={action.run}>
          {action.label}
        </button>
      )}
      {onDismiss && (
        <button
          type="button"
          class="squid-iconbutton"
          aria-label={trans.__("Dismiss")}
          title={trans.__("Dismiss")}
          onClick={onDismiss}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
