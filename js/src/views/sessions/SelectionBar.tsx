import type { Signal } from "@preact/signals";
import type { IconName } from "../../icons.js";
import type { SessionList } from "../../sessionList.js";
import type { ExportFormat } from "../../sessionsWire.js";
import { trans } from "../../words.js";
import { Icon } from "../Icon.js";
import { TagEditor } from "./TagEditor.js";
import type { Panel } from "./Toolbar.js";

const formats = (): [ExportFormat, string][] => [
  ["markdown", "Markdown"],
  ["html", "HTML"],
  ["ipynb", trans.__("Notebook")],
  ["json", "JSON"],
  ["parquet", "Parquet"],
];

interface Props {
  sessions: SessionList;
  panel: Signal<Panel>;
  /** Sessions whose tags are edited without being selected. */
  tagged: string[] | null;
  onTags(ids: string[] | null): void;
  onClose(): void;
}

/** What can be done with the selected sessions, in place of the toolbar. */
export function SelectionBar({ sessions, panel, tagged, onTags, onClose }: Props) {
  const ids = [...sessions.selected.ids.value];
  const archived = sessions.view.value.archived;
  const toggle = (name: Panel) => {
    panel.value = panel.value === name ? null : name;
  };
  const archive = async () => {
    const name = sessions.nameOf(ids);
    const said = archived ? trans.__("Unarchived %1.", name) : trans.__("Archived %1.", name);
    if (await sessions.change({ ids, archived: !archived }, said, { archived }))
      sessions.selected.forget(ids);
  };
  return (
    <>
      {ids.length > 0 && (
        <div class="squid-sessions-bar" role="toolbar" aria-label={trans.__("Selected sessions")}>
          <button
            type="button"
            class="squid-iconbutton"
            aria-label={trans.__("Clear selection")}
            title={trans.__("Clear selection (Esc)")}
            onClick={() => sessions.selected.clear()}
          >
            <Icon name="close" />
          </button>
          <strong class="squid-count">{trans._n("%1 selected", "%1 selected", ids.length)}</strong>
          {ids.length < sessions.total.value && (
            <button
              type="button"
              class="squid-button squid-quiet squid-all"
              aria-label={trans.__("Select all %1", sessions.nameOfCount())}
              title={trans.__("Select all (Ctrl+A)")}
              onClick={() => void sessions.selected.all()}
            >
              {trans.__("All")}
            </button>
          )}
          <Action
            icon="tag"
            label={trans.__("Tag")}
            open={panel.value === "tags"}
            onClick={() => (panel.value === "tags" ? onClose() : onTags(null))}
          />
          <Action
            icon="archive"
            label={archived ? trans.__("Unarchive") : trans.__("Archive")}
            onClick={() => void archive()}
          />
          <Action
            icon="export"
            label={trans.__("Export")}
            open={panel.value === "export"}
            onClick={() => toggle("export")}
          />
          <Action icon="trash" label={trans.__("Delete")} onClick={() => void sessions.remove(ids)} />
        </div>
      )}
      {panel.value === "tags" && <TagEditor sessions={sessions} ids={tagged ?? ids} onClose={onClose} />}
      {panel.value === "export" && ids.length > 0 && (
        <fieldset class="squid-panel" aria-label={trans.__("Export")}>
          <div class="squid-chips">
            <span>{trans.__("Export as")}</span>
            {formats().map(([format, name]) => (
              <button
                key={format}
                type="button"
                class="squid-toggle"
                onClick={() => {
                  onClose();
                  void sessions.export(ids, format);
                }}
              >
                {name}
              </button>
            ))}
          </div>
        </fieldset>
      )}
    </>
  );
}

interface ActionProps {
  icon: IconName;
  label: string;
  open?: boolean;
  onClick(): void;
}

function Action({ icon, label, open, onClick }: ActionProps) {
  return (
    <button
      type="button"
      class="squid-button squid-quiet squid-action"
      aria-label={label}
      title={label}
      aria-expanded={open}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
