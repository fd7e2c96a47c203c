import { useState } from "preact/hooks";
import { size } from "../format.js";
import type { Attachment } from "../transport.js";
import { trans } from "../words.js";
import { Icon } from "./Icon.js";

interface Props {
  attachments: Attachment[];
  onRemove(attachment: Attachment): void;
}

/** Longer texts are not worth reading in a preview. */
const PREVIEW = 20_000;

/** The files of the next question: each can be looked at, and taken out again. */
export function Attachments({ attachments, onRemove }: Props) {
  const [open, setOpen] = useState<Attachment | null>(null);
  const shown = open !== null && attachments.includes(open) ? open : null;
  return (
    <>
      <ul class="squid-attachments" aria-label={trans.__("Files to send")}>
        {attachments.map((attachment) => (
          <li key={attachment}>
            <button
              type="button"
              class="squid-attachment-open"
              aria-expanded={attachment === shown}
              title={trans.__("Show what is sent")}
              onClick={() => setOpen(attachment === shown ? null : attachment)}
            >
              <Icon name="file" />
              <span class="squid-attachment-name">{attachment.name}</span>
              <small>{size(attachment.data.byteLength)}</small>
            </button>
            <button
              type="button"
              class="squid-iconbutton"
              aria-label={trans.__("Remove %1", attachment.name)}
              title={trans.__("Remove")}
              onClick={() => onRemove(attachment)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      {shown !== null && (
        <section
          class="squid-attachment-preview"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label={trans.__("What is sent as %1", shown.name)}
        >
          <pre>{preview(shown)}</pre>
        </section>
      )}
    </>
  );
}

function preview({ data }: Attachment): string {
  const text = new TextDecoder().decode(data.slice(0, PREVIEW));
  return data.byteLength > PREVIEW ? `${text}\n…` : text;
}
