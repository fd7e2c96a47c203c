import { useRef } from "preact/hooks";
import type { Turn } from "../entries.js";
import { number, trans } from "../words.js";
import { confirm } from "./confirm.js";
import { IconButton } from "./IconButton.js";
import type { MenuControl } from "./Menu.js";
import { ModelMenu } from "./ModelMenu.js";
import type { MessageActions } from "./messageActions.js";
import { Toolbar } from "./Toolbar.js";

interface Props {
  turn: Turn;
  actions: MessageActions;
  onEdit(): void;
}

/** What can be done with one message: other versions, and a toolbar. */
export function MessageBar({ turn, actions, onEdit }: Props) {
  const menu = useRef<MenuControl>(null);
  const busy = actions.busy.value;
  const mine = turn.message.role === "user";
  const copy = async (button: HTMLElement) => {
    if (await actions.copy(turn)) confirm(button, trans.__("Message copied."));
  };
  const copyLink = async (button: HTMLElement) => {
    if (await actions.copyLink(turn)) confirm(button, trans.__("Link copied."));
  };
  return (
    <div class="squid-bar">
      {turn.message.siblings > 1 && <Pager turn={turn} busy={busy} actions={actions} />}
      <Toolbar label={trans.__("Message actions")}>
        {mine && (
          <IconButton icon="pencil" label={trans.__("Edit question")} disabled={busy} onClick={onEdit} />
        )}
        <IconButton icon="copy" label={trans.__("Copy message")} onClick={(button) => void copy(button)} />
        <IconButton icon="link" label={trans.__("Copy link")} onClick={(button) => void copyLink(button)} />
        {!mine && (
          <IconButton
            icon="retry"
            label={trans.__("Regenerate answer")}
            disabled={busy}
            onClick={() => actions.retry(turn)}
          />
        )}
        {!mine && (
          <IconButton
            icon="more"
            label={trans.__("Regenerate with another model")}
            disabled={busy}
            onClick={(button) => {
              menu.current?.toggle(button);
              void actions.models.expect();
            }}
          />
        )}
        {!mine && (
          <IconButton
            icon="info"
            label={trans.__("What was asked of the model")}
            onClick={() => actions.showSent(turn)}
          />
        )}
        <IconButton
          icon="trash"
          label={mine ? trans.__("Delete question and answer") : trans.__("Delete answer")}
          disabled={busy}
          onClick={(button) => {
            button.closest<HTMLElement>(".squid-scroller")?.focus();
            actions.remove(turn);
          }}
        />
      </Toolbar>
      {!mine && (
        <ModelMenu
          control={menu}
          models={actions.models}
          onPick={(model) => actions.retryWith(turn, model)}
        />
      )}
    </div>
  );
}

function Pager({ turn, busy, actions }: { turn: Turn; busy: boolean; actions: MessageActions }) {
  const { version, siblings } = turn.message;
  return (
    // biome-ignore lint/a11y/useSemanticElements: two buttons and a number are no fieldset
    <div class="squid-pager" role="group" aria-label={trans.__("Versions")}>
      <IconButton
        icon="left"
        label={trans.__("Previous version")}
        disabled={busy || version <= 1}
        onClick={() => actions.turnTo(turn, -1)}
      />
      <span>
        <span class="squid-hidden">{trans.__("Version")} </span>
        {number(version)}/{number(siblings)}
      </span>
      <IconButton
        icon="right"
        label={trans.__("Next version")}
        disabled={busy || version >= siblings}
        onClick={() => actions.turnTo(turn, 1)}
      />
    </div>
  );
}
