import type { Signal } from "@preact/signals";
import type { IconName } from "../../icons.js";
import type { SessionList } from "../../sessionList.js";
import type { ExportFormat } from "../../sessionsWire.js";
import { Icon } from "../Icon.js";
import { TagEditor } from "./TagEditor.js";
import type { Panel } from "./Toolbar.js";

const FORMATS: [ExportFormat, string][] = [
  ["markdown", "Markdown"],
  ["html", "HTML"],
  ["ipynb", "Notebook"],
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
    const said = `${archived ? "Unarchived" : "Archived"} ${sessions.nameOf(ids)}.`;
    if (await sessions.change({ ids, archived: !archived }, said, { archived }))
      sessions.selected.forget(ids);
  };
  return (
    <>
      {ids.length > 0 && (
        <div class="squid-sessions-bar" role="toolbar" aria-label="Selected sessions">
          <button
            type="button"
            class="squid-iconbutton"
            aria-label="Clear selection"
            title="Clear selection (Esc)"
            onClick={() => sessions.selected.clear()}
          >
            <Icon name="close" />
          </button>
          <strong class="squid-count">{ids.length.toLocaleString()} selected</strong>
          {ids.length < sessions.total.value && (
            <button
              type="button"
              class="squid-button squid-quiet squid-all"
              aria-label={`Select all ${sessions.nameOfCount()}`}
              title="Select all (Ctrl+A)"
              onClick={() => void sessions.selected.all()}
            >
              All
            </button>
          )}
          <Action
            icon="tag"
            label="Tag"
            open={panel.value === "tags"}
            onClick={() => (panel.value === "tags" ? onClose() : onTags(null))}
          />
          <Action icon="archive" label={archived ? "Unarchive" : "Archive"} onClick={() => void archive()} />
          <Action
            icon="export"
            label="Export"
            open={panel.value === "export"}
            onClick={() => toggle("export")}
          />
          <Action icon="trash" label="Delete" onClick={() => void sessions.remove(ids)} />
        </div>
      )}
      {panel.value === "tags" && <TagEditor sessions={sessions} ids={tagged ?? ids} onClose={onClose} />}
      {panel.value === "export" && ids.length > 0 && (
        <fieldset class="squid-panel" aria-label="Export">
          <div class="squid-chips">
            <span>Export as</span>
            {FORMATS.map(([format, name]) => (
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
