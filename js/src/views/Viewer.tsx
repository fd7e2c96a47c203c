import type { Signal } from "@preact/signals";
import type { Viewed } from "./messageActions.js";
import { SentView } from "./SentView.js";
import { SourceView } from "./SourceView.js";

/** The dialog that is open, if any. */
export function Viewer({ viewed }: { viewed: Signal<Viewed | null> }) {
  const shown = viewed.value;
  const close = () => {
    viewed.value = null;
  };
  if (shown === null) return null;
  if (shown.kind === "source") return <SourceView content={shown.content} onClose={close} />;
  return <SentView sent={shown.sent} answer={shown.answer} onClose={close} />;
}
