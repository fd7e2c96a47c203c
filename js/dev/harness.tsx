/**
 * The chat without a kernel: `?sample=empty|chat|failed|long|progress&width=700&height=640&tokens=20000&kind=code
 * &delay=0&theme=dark`. It records long tasks in `window.longTasks`.
 */

import "../src/theme.css";
import { render } from "preact";
import { Conversation } from "../src/conversation.js";
import { NotebookHost } from "../src/notebookHost.js";
import { Chat } from "../src/views/Chat.js";
import { FakeTransport } from "./fakeTransport.js";

const query = new URLSearchParams(location.search);
const number = (name: string, fallback: number) => Number(query.get(name) ?? fallback);

const transport = new FakeTransport({
  sample: query.get("sample") ?? "empty",
  tokens: number("tokens", 0),
  delay: number("delay", 15),
  kind: query.get("kind") ?? "mixed",
});
const conversation = new Conversation(transport);
const root = document.getElementById("root");
if (root !== null) {
  document.documentElement.style.colorScheme = query.get("theme") ?? "light dark";
  document.body.style.background = "var(--jp-layout-color0, Canvas)";
  root.style.width = query.has("width") ? `${query.get("width")}px` : "auto";
  if (query.get("height") !== "auto") root.style.setProperty("--squid-height", `${number("height", 640)}px`);
  render(<Chat conversation={conversation} host={new NotebookHost(root)} />, root);
}

const longTasks: number[] = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) longTasks.push(entry.duration);
}).observe({ type: "longtask", buffered: true });

Object.assign(window, { longTasks, conversation, transport });
