import type { Work } from "../wire.js";
import { trans } from "../words.js";
import { ProgressLine } from "./ProgressLine.js";

interface Props {
  work: Work;
  onCancel(): void;
}

/** How far something is that takes long, with the way out of it. */
export function WorkNotice({ work, onCancel }: Props) {
  return (
    <div class="squid-banner squid-banner-info">
      <ProgressLine progress={work} />
      <button type="button" class="squid-button" onClick={onCancel}>
        {trans.__("Cancel")}
      </button>
    </div>
  );
}
