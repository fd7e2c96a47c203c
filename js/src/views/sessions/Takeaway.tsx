import { copyText } from "../../host.js";
import type { SessionList } from "../../sessionList.js";
import { Icon } from "../Icon.js";

/** How many sessions are shown, and the query behind them to take away. */
export function Takeaway({ sessions }: { sessions: SessionList }) {
  const copy = async (form: "sql" | "python") => {
    const query = await sessions.query();
    if (query === null) return;
    const name = form === "sql" ? "SQL" : "Python";
    const copied = await copyText(query[form]);
    if (copied) sessions.say(`Copied as ${name}.`);
    else
      sessions.problem.value = {
        message: `The ${name} could not be copied.`,
        hint: "Read it from `.sql` of the widget.",
      };
  };
  const matches = sessions.more.value ? "best matches" : sessions.nameOfCount();
  return (
    <footer class="squid-sessions-footer">
      <span>
        {sessions.ready.value &&
          (sessions.more.value ? `${sessions.total.value.toLocaleString()} ${matches}` : matches)}
      </span>
      <Copy name="SQL" onClick={() => void copy("sql")} />
      <Copy name="Python" onClick={() => void copy("python")} />
    </footer>
  );
}

function Copy({ name, onClick }: { name: string; onClick(): void }) {
  const label = `Copy as ${name}`;
  return (
    <button type="button" class="squid-button squid-quiet" aria-label={label} title={label} onClick={onClick}>
      <Icon name="copy" />
      <span>
        <span class="squid-wide">Copy as </span>
        {name}
      </span>
    </button>
  );
}
