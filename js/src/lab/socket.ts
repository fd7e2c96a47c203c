/** The WebSocket of the server extension, opened as JupyterLab's settings say: base URL, token, cookies. */

import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import type { OpenSocket } from "../serverTransport.js";
import type { Says } from "../transport.js";
import { trans } from "../words.js";

export function socketThrough(settings: ServerConnection.ISettings): OpenSocket {
  return ({ client, after }) => {
    const query: Record<string, string> = { client, after: String(after) };
    if (settings.appendToken && settings.token !== "") query.token = settings.token;
    const url = URLExt.join(settings.wsUrl, "squid/api/ws") + URLExt.objectToQueryString(query);
    return new settings.WebSocket(url);
  };
}

/** Why there is no connection, as far as the server says it; a socket that is refused does not. */
export async function whyNoSocket(settings: ServerConnection.ISettings): Promise<Says | null> {
  const url = URLExt.join(settings.baseUrl, "squid/api/health");
  try {
    const { status } = await ServerConnection.makeRequest(url, {}, settings);
    if (status === 404) return missing();
    return status === 401 || status === 403 ? refused() : null;
  } catch {
    return null; // nobody is there at all
  }
}

function missing(): Says {
  return {
    message: trans.__("This Jupyter server does not know Squid."),
    hint: trans.__(
      "Install `squid_nb` where the server runs, or enable it with `jupyter server extension enable squid_nb`; then restart the server.",
    ),
  };
}

function refused(): Says {
  return {
    message: trans.__("This Jupyter server does not let you use Squid."),
    hint: trans.__("Log in again, or ask whoever runs it."),
  };
}
