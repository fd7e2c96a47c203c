import { useLayoutEffect, useRef } from "preact/hooks";
import { CodeBlock } from "../codeBlock.js";
import { size } from "../format.js";
import { languageOf } from "../languages.js";
import { pictureUrl } from "../pictures.js";
import type { SourceContent, SourceKind } from "../wire.js";
import { trans } from "../words.js";
import { Dialog } from "./Dialog.js";

const kinds = (): Record<SourceKind, string> => ({
  file: trans.__("File"),
  variable: trans.__("Variable"),
  cell: trans.__("Cell"),
  page: trans.__("Page"),
});

/** What a message was given to read: text with its colours, or a picture. */
export function SourceView({ content, onClose }: { content: SourceContent; onClose(): void }) {
  const picture = pictureUrl(content.mime_type, content.data_base64);
  const facts = `${kinds()[content.kind]}, ${content.mime_type}, ${size(content.size_bytes)}`;
  return (
    <Dialog title={content.name} facts={facts} onClose={onClose}>
      {picture !== null && (
        <>
          <img class="squid-picture" src={picture} alt={content.name} />
          <p class="squid-dialog-note">
            {trans.__("Kept with the question. Models here read text only, so it was not sent.")}
          </p>
        </>
      )}
      {content.text !== null && <Code text={content.text} name={content.name} mimeType={content.mime_type} />}
      {content.cut && (
        <p class="squid-dialog-note">
          {trans.__("The rest is not shown here; the model was given all that fits.")}
        </p>
      )}
      {picture === null && content.text === null && (
        <p>{trans.__("This file has no text that can be shown.")}</p>
      )}
    </Dialog>
  );
}

function Code({ text, name, mimeType }: { text: string; name: string; mimeType: string }) {
  const place = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    const block = new CodeBlock(languageOf(name, mimeType));
    block.finish(text);
    const code = block.element.querySelector("code");
    if (code !== null) place.current?.replaceChildren(code);
  }, [text, name, mimeType]);
  return <pre class="squid-source-text" ref={place} />;
}
