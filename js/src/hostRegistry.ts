/**
 * How a widget in a cell's output finds the JupyterLab extension: both are bundles of their own that share nothing
 * but the page.
 */

import type { Host } from "./host.js";

/** Makes the host of an element, or null where it has none to offer. */
export type HostMaker = (element: Element) => Host | null;

const KEY = Symbol.for("squid-nb.host");

interface Shared {
  [KEY]?: HostMaker;
}

export function offerHosts(maker: HostMaker): void {
  (globalThis as Shared)[KEY] = maker;
}

/** Asks at each use, since the extension may come later than the widget. */
export function hostOf(element: Element, otherwise: Host): Host {
  return {
    insertCode: (code) => ((globalThis as Shared)[KEY]?.(element) ?? otherwise).insertCode(code),
  };
}
