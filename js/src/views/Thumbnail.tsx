import { useEffect, useState } from "preact/hooks";
import type { Turn } from "../entries.js";
import { localPicture, pictureUrl, THUMBNAIL_BYTES } from "../pictures.js";
import type { Source, SourceContent } from "../wire.js";
import { Icon } from "./Icon.js";

interface Props {
  turn: Turn;
  source: Source;
  picture(messageId: string, sourceId: string): Promise<SourceContent | null>;
}

/** An attached picture, small. It comes from the history or from this page, never from anywhere else. */
export function Thumbnail({ turn, source, picture }: Props) {
  const [url, setUrl] = useState(() => localPicture(turn.attachments ?? [], source.name));
  const messageId = turn.message.id;
  useEffect(() => {
    if (url !== null || source.sha256 === "" || source.size_bytes > THUMBNAIL_BYTES) return undefined;
    let wanted = true;
    void picture(messageId, source.id).then((content) => {
      if (wanted && content !== null) setUrl(pictureUrl(content.mime_type, content.data_base64));
    });
    return () => {
      wanted = false;
    };
  }, [url, source, messageId, picture]);
  if (url === null) return <Icon name="image" />;
  return <img class="squid-thumbnail" src={url} alt="" decoding="async" onError={() => setUrl(null)} />;
}
