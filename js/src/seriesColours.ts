/** Colours of series: each stands out by 3 to 1 from white as well as from a dark page, so one palette serves both. */

const SERIES = ["#3f7fd6", "#d0701c", "#2c9a68", "#9a63d6", "#d6456f", "#1f93a6", "#8a8420", "#a8704a"];
/** Those that come after share one: more colours could not be told apart. */
const OTHER = "#85898f";

export function seriesColour(position: number): string {
  return SERIES[position] ?? OTHER;
}

/** The same colour, for what stands beside the main thing. */
export function pale(colour: string): string {
  return `${colour}66`;
}

export interface Ink {
  text: string;
  muted: string;
  line: string;
  page: string;
  font: string;
}

/** The theme's colours as a canvas takes them: resolved, because it knows neither variables nor `light-dark()`. */
export function inkOf(element: HTMLElement): Ink {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const resolved = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const ink = {
    text: resolved("--squid-text"),
    muted: resolved("--squid-muted"),
    line: resolved("--squid-line"),
    page: resolved("--squid-bg"),
    font: getComputedStyle(element).fontFamily,
  };
  probe.remove();
  return ink;
}

/** Calls back when the host's theme may have changed; returns what ends it. */
export function onTheme(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, {
      attributes: true,
      attributeFilter: [
        "class",
        "style",
        "data-jp-theme-name",
        "data-jp-theme-light",
        "data-vscode-theme-kind",
      ],
    });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", listener);
  };
}
