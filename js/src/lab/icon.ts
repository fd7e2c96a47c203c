/** The squid of the views, as an icon that follows JupyterLab's theme. */

import { LabIcon } from "@jupyterlab/ui-components";
import { icons } from "../icons.js";

const themed = icons.squid
  .replaceAll('fill="currentColor"', 'class="jp-icon3" fill="#616161"')
  .replaceAll('stroke="currentColor"', 'class="jp-icon3 jp-icon-selectable" stroke="#616161"')
  .replace('class="jp-icon3 jp-icon-selectable" stroke', 'class="squid-icon-line" stroke');

export const squidIcon = new LabIcon({
  name: "squid-nb:squid",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${themed}</svg>`,
});
