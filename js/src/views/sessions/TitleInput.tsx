import { useEffect, useRef } from "preact/hooks";
import { trans } from "../../words.js";

interface Props {
  title: string;
  /** Without a text it stays as it was; by a key, the keyboard stays on the row. */
  onDone(text: string | null, byKey: boolean): void;
}

/** Enter saves, Escape leaves it as it was, and so does going elsewhere without a change. */
export function TitleInput({ title, onDone }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  useEffect(() => input.current?.select(), []);
  const end = (text: string | null, byKey: boolean) => {
    // Taking the box away blurs it once more.
    if (ended.current) return;
    ended.current = true;
    onDone(text, byKey);
  };
  return (
    <input
      ref={input}
      class="squid-title squid-session-rename"
      aria-label={trans.__("Session title")}
      defaultValue={title}
      onKeyDown={(event) => {
        if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
        // The row's button has the focus before the key is through, and Enter would press it.
        event.preventDefault();
        end(event.key === "Enter" ? event.currentTarget.value : null, true);
      }}
      onBlur={(event) => end(event.currentTarget.value, false)}
    />
  );
}
