/**
 * JupyterLab's shortcuts in the chat, whose views keep keys to themselves because of the single letters of notebooks.
 * What is pressed with Ctrl or Command and belongs to the whole application goes on working: the palette, saving, the
 * side bars, and the way from the chat back to the notebook.
 */

import { CommandRegistry } from "@lumino/commands";

export function letShortcutsThrough(node: HTMLElement, commands: CommandRegistry, signal: AbortSignal): void {
  const onKeyDown = (event: KeyboardEvent) => {
    const binding = isMeant(event) ? bindingOf(event, node, commands) : undefined;
    if (binding === undefined) return;
    // Also before the keys of the views: whoever has given a key to JupyterLab wants it everywhere.
    event.preventDefault();
    event.stopPropagation();
    void commands.execute(binding.command, binding.args);
  };
  node.addEventListener("keydown", onKeyDown, { capture: true, signal });
}

function isMeant(event: KeyboardEvent): boolean {
  // AltGr is reported as Ctrl and Alt by some systems, and types a letter.
  const typing = event.isComposing || event.getModifierState("AltGraph");
  const modal = event.target instanceof Element && event.target.closest("dialog") !== null;
  return (event.ctrlKey || event.metaKey) && !typing && !modal;
}

/** The one that was added last, as people's own come behind those that they replace. */
function bindingOf(
  event: KeyboardEvent,
  node: HTMLElement,
  commands: CommandRegistry,
): CommandRegistry.IKeyBinding | undefined {
  const pressed = CommandRegistry.keystrokeForKeydownEvent(event);
  return commands.keyBindings.findLast(
    ({ keys, selector, command, args }) =>
      keys.length === 1 &&
      keys[0] === pressed &&
      node.closest(selector) !== null &&
      commands.hasCommand(command) &&
      commands.isEnabled(command, args),
  );
}
