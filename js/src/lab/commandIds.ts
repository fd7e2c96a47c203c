/** Every command of the extension; menus, toolbars and shortcuts in schema/plugin.json use the same ids. */
export const CommandIDs = {
  openPanel: "squid:open-panel",
  openTab: "squid:open-tab",
  newChat: "squid:new-chat",
  showSessions: "squid:show-sessions",
  openSession: "squid:open-session",
  openLink: "squid:open-link",
  focusComposer: "squid:focus-composer",
  explainCell: "squid:explain-cell",
  fixCell: "squid:fix-cell",
  attachSelection: "squid:attach-selection",
  insertBelow: "squid:insert-code-below",
  insertAbove: "squid:insert-code-above",
  insertReplace: "squid:insert-code-replace",
} as const;
