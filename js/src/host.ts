/** What the page around the chat can do: put code into a notebook. The JupyterLab extension brings its own. */

export type Inserted = "cell" | "editor" | "clipboard" | "nothing";

export interface Host {
  /** Places code where it can be seen and undone. Nothing is run. */
  insertCode(code: string): Promise<Inserted>;
}

/** Copies text, also where Jupyter is served over plain HTTP and the clipboard API is missing. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
