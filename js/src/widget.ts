/** The anywidget entry: a chat over the kernel's comm, in the output of a cell. */

import "./theme.css";
import { h, render as mount } from "preact";
import { Conversation } from "./conversation.js";
import { hostOf } from "./hostRegistry.js";
import { type KernelModel, KernelTransport } from "./kernelTransport.js";
import { NotebookHost } from "./notebookHost.js";
import { Chat } from "./views/Chat.js";

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
  const conversation = new Conversation(transport);
  // An empty height removes the property: the stylesheet decides.
  const height = () => el.style.setProperty("--squid-height", model.get("height") || null);
  el.classList.add("squid-host");
  height();
  model.on("change:height", height);
  mount(h(Chat, { conversation, host: hostOf(el, new NotebookHost(el)) }), el);
  return () => {
    model.off("change:height", height);
    mount(null, el);
    conversation.dispose();
    lifetime.abort();
  };
}

export default { render };
