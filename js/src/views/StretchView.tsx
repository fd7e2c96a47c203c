import { Component } from "preact";
import type { Stretch } from "../stretches.js";
import { trans } from "../words.js";
import { MessageView } from "./MessageView.js";
import type { MessageActions } from "./messageActions.js";
import { Prose } from "./Prose.js";

interface Props {
  stretch: Stretch;
  actions: MessageActions;
  /** It will be in view at once; only asked when it is shown for the first time. */
  eager: boolean;
}

/** A few dozen messages of thousands: rendered again only when one of them has changed. */
export class StretchView extends Component<Props> {
  override shouldComponentUpdate({ stretch, actions }: Props): boolean {
    return stretch !== this.props.stretch || actions !== this.props.actions;
  }

  override render({ stretch, actions, eager }: Props) {
    return (
      <div class="squid-stretch">
        {stretch.entries.map((entry) =>
          entry.kind === "turn" ? (
            <MessageView key={entry.key} turn={entry} actions={actions} eager={eager} />
          ) : (
            <aside key={entry.key} class="squid-note" aria-label={trans.__("Note")}>
              <Prose body={entry.body} />
            </aside>
          ),
        )}
      </div>
    );
  }
}
