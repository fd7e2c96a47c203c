import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { trans } from "../words.js";
import { IconButton } from "./IconButton.js";

interface Props {
  title: string;
  /** One line below the title. */
  facts: string;
  onClose(): void;
  children: ComponentChildren;
}

/** A modal dialog: the focus stays in it, Escape and a click beside it close it, and it gives the focus back. */
export function Dialog({ title, facts, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does what a click beside it does
    <dialog
      ref={dialog}
      class="squid-dialog"
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="squid-dialog-box">
        <header>
          <h2 id={id}>{title}</h2>
          <small>{facts}</small>
          <IconButton icon="close" label={trans.__("Close")} onClick={() => dialog.current?.close()} />
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section class="squid-dialog-body" aria-labelledby={id} tabIndex={0}>
          {children}
        </section>
      </div>
    </dialog>
  );
}
