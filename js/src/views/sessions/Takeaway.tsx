import { copyText } from "../../host.js";
import type { SessionList } from "../../sessionList.js";
import { trans } from "../../words.js";
import { Icon } from "../Icon.js";

/** How many sessions are shown, and the query behind them to take away. */
export function Takeaway({ sessions }: { sessions: SessionList }) {
  const copy = async (form: "sql" | "python") => {
    const query = await sessions.query();
    if (query === null) return;
    const name = form === "sql" ? "SQL" : "Python";
    const copied = await copyText(query[form]);
    if (copied) sessions.say(trans.__("Copied as %1.", name));
    else
      sessions.problem.value = {
        message: trans.__("The %1 could not be copied.", name),
        hint: trans.__("Read it from `.sql` of the widget."),
      };
  };
  return (
    <footer class="squid-sessions-footer">
      <span>
        {sessions.ready.value &&
          (sessions.more.value
            ? trans._n("%1 best match", "%1 best matches", sessions.total.value)
            : sessions.nameOfCount())}
      </span>
      <Copy name="SQL" onClick={() => void copy("sql")} />
      <Copy name="Python" onClick={() => void copy("python")} />
    </footer>
  );
}

function Copy({ name, onClick }: { name: string; onClick(): void }) {
  const label = trans.__("Copy as %1", name);
  const [before = "", after = ""] = label.split(name);
  return (
    <button type="button" class="squid-button squid-quiet" aria-label={label} title={label} onClick={onClick}>
      <Icon name="copy" />
      <span>
        <span class="squid-wide">{before}</span>
        {name}
        <span class="squid-wide">{after}</span>
      </span>
    </button>
  );
}
