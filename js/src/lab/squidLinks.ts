/** Makes `squid:` links work in everything that JupyterLab shows: cells, outputs, files, chats. */

import type { IRenderMime } from "@jupyterlab/rendermime";
import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import { linkAt } from "../links.js";
import type { Chats } from "./chats.js";

const SETTINGS = "@jupyterlab/apputils-extension:sanitizer";
const USUAL = ["http", "https", "ftp", "mailto", "tel"];
const SCHEME = "squid";

/** The part of JupyterLab's sanitizer that its interface does not name. */
interface Schemes {
  setAllowedSchemes?(schemes: readonly string[]): void;
}

/** A click anywhere in the page opens what it leads to; with Ctrl, or the middle button, in a tab of its own. */
export function followLinks(chats: Chats): void {
  const onClick = (event: MouseEvent) => {
    const link = linkAt(event);
    if (link === null || event.button > 1) return;
    // Before anybody else: no browser knows where such a link goes, and a widget's own chat is not what is meant.
    event.preventDefault();
    event.stopPropagation();
    const elsewhere = event.button === 1 || event.ctrlKey || event.metaKey;
    chats.follow(link.uri, { from: link.anchor, elsewhere });
  };
  document.addEventListener("click", onClick, true);
  document.addEventListener("auxclick", onClick, true);
}

/** JupyterLab takes the address out of links of a scheme that it does not know; whoever changes the list keeps ours. */
export async function allowScheme(
  sanitizer: IRenderMime.ISanitizer,
  registry: ISettingRegistry | null,
): Promise<void> {
  const schemes = sanitizer as Schemes;
  const allow = schemes.setAllowedSchemes?.bind(sanitizer);
  if (allow === undefined) return;
  schemes.setAllowedSchemes = (list) => allow([...new Set([...list, SCHEME])]);
  schemes.setAllowedSchemes(await allowed(registry));
}

/** What the person allows. */
async function allowed(registry: ISettingRegistry | null): Promise<string[]> {
  try {
    const list = (await registry?.load(SETTINGS))?.get("allowedSchemes").composite;
    return Array.isArray(list) ? list.map(String) : USUAL;
  } catch {
    return USUAL; // this JupyterLab has no such setting
  }
}
