/** The WebSocket of the server extension, opened as JupyterLab's settings say: base URL, token, cookies. */

import { URLExt } from "@jupyterlab/coreutils";
import type { ServerConnection } from "@jupyterlab/services";
import type { OpenSocket } from "../serverTransport.js";

export function socketThrough(settings: ServerConnection.ISettings): OpenSocket {
  return ({ client, after }) => {
    const query: Record<string, string> = { client, after: String(after) };
    if (settings.appendToken && settings.token !== "") query.token = settings.token;
    const url = URLExt.join(settings.wsUrl, "squid/api/ws") + URLExt.objectToQueryString(query);
    return new settings.WebSocket(url);
  };
}
