import { h, render } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Chat } from "../src/views/Chat.js";
import { answer, open, question, settled } from "./scripted.js";

const ID = "0190b0c2-7a4b-7000-8000-000000000001";

class Watches {
  observe() {}
  unobserve() {}
  disconnect() {}
}

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", Watches);
  vi.stubGlobal("IntersectionObserver", Watches);
  vi.stubGlobal("CSS", { escape: (text: string) => text });
});

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

test("where nobody else does, the chat follows its links itself, and the page stays where it is", async () => {
  const { transport, conversation } = await open([
    question("q1", `See [one](squid:session/${ID})`),
    answer("a1", `and [two](squid:message/${ID}), [three](https://example.org).`, { parent_id: "q1" }),
  ]);
  const root = document.createElement("div");
  document.body.append(root);
  render(h(Chat, { conversation, host: { insertCode: () => Promise.resolve("nothing" as const) } }), root);
  await settled();
  const followed = vi.spyOn(conversation, "follow").mockResolvedValue();
  const above = vi.fn();
  document.body.addEventListener("click", above);
  const click = (type: string, words: string, button = 0) => {
    const link = [...root.querySelectorAll("a")].find(({ textContent }) => textContent === words);
    const event = new MouseEvent(type, { bubbles: true, cancelable: true, button });
    link?.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect([click("click", "one"), click("click", "two"), click("auxclick", "two", 1)]).toEqual([
    true,
    true,
    true,
  ]);
  expect(followed.mock.calls.flat()).toEqual([
    `squid:session/${ID}`,
    `squid:message/${ID}`,
    `squid:message/${ID}`,
  ]);
  expect(above).not.toHaveBeenCalled();
  expect(click("auxclick", "three", 1)).toBe(false);
  expect(transport.called.some(({ verb }) => verb === "link.follow")).toBe(false);
  render(null, root);
});
