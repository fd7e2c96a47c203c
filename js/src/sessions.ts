/** The anywidget entry of the session browser, over the kernel's comm. */

import "./theme.css";
import "./styles/sessions.css";
import "./styles/sessionRow.css";
import { h, render as mount } from "preact";
import { type KernelModel, KernelTransport } from "./kernelTransport.js";
import { SessionList } from "./sessionList.js";
import { Sessions } from "./views/sessions/Sessions.js";

interface Model extends KernelModel {
  get(name: string): string | null | undefined;
}

interface RenderProps {
  model: Model;
  el: HTMLElement;
}

function render({ model, el }: RenderProps): () => void {
  const lifetime = new AbortController();
  const transport = new KernelTransport(model, lifetime.signal);
  // Neither is waited for: when the kernel is gone, the list says so itself.
  const sessions = new SessionList(transport, {
    open: (session_id, message_id) =>
      void transport.call("sessions.open", { session_id, message_id }).catch(() => undefined),
    select: (ids) => void transport.call("sessions.select", { ids }).catch(() => undefined),
  });
  const restored = transport.call("sessions.select", { ids: null });
  void restored.then(({ ids }) => sessions.selected.restore(ids)).catch(() => undefined);
  sessions.current.value = model.get("session_id") || null;
  const height = () => el.style.setProperty("--squid-height", model.get("height") || null);
  el.classList.add("squid-host");
  height();
  model.on("change:height", height);
  mount(h(Sessions, { sessions }), el);
  return () => {
    model.off("change:height", height);
    mount(null, el);
    sessions.dispose();
    lifetime.abort();
  };
}

export default { render };
