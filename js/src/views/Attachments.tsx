import { size } from "../format.js";
import type { Attachment } from "../transport.js";
import { Icon } from "./Icon.js";

interface Props {
  attachments: Attachment[];
  onRemove(attachment: Attachment): void;
}

/** The files of the next question, each with a button that takes it out again. */
export function Attachments({ attachments, onRemove }: Props) {
  return (
    <ul class="squid-attachments" aria-label="Files to send">
      {attachments.map((attachment) => (
        <li key={attachment}>
          <Icon name="file" />
          <span class="squid-attachment-name">{attachment.name}</span>
          <small>{size(attachment.data.byteLength)}</small>
          <button
            type="button"
            class="squid-iconbutton"
            aria-label={`Remove ${attachment.name}`}
            title="Remove"
            onClick={() => onRemove(attachment)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
