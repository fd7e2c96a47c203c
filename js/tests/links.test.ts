import { describe, expect, test } from "vitest";
import { isLink, linkAt, linkTo, pieces } from "../src/links.js";
import { renderMarkdown } from "../src/markdown.js";
import { TransportError } from "../src/transport.js";
import { answer, helloOf, open, question, sessionOf, settled } from "./scripted.js";

const ID = "0190b0c2-7a4b-7000-8000-000000000001";

test.each([
  [`squid:session/${ID}`, true],
  [`SQUID:message/${ID.slice(0, 6)}`, true],
  ["squid:session/01", false],
  ["squid:file/0190b0c2", false],
  [`squid:session/${ID}?x=1`, false],
  [`squid:session/${ID}\njavascript:alert(1)`, false],
  ["javascript:squid:session/0190b0c2", false],
])("%s", (uri, is) => {
  expect(isLink(uri)).toBe(is);
});

test("a copied link is Markdown with plain words", () => {
  expect(linkTo("session", ID, "Why `x[0]` is *not*\n$5")).toBe(`[Why x 0 is not 5](squid:session/${ID})`);
  expect(linkTo("message", ID, "word ".repeat(40))).toMatch(/^\[(word )+word…\]\(squid:message\//);
  const element = document.createElement("div");
  element.append(renderMarkdown(linkTo("session", ID, "a](https://evil.example) [b")));
  expect([...element.querySelectorAll("a")].map((one) => one.getAttribute("href"))).toEqual([
    `squid:session/${ID}`,
  ]);
});

test("a question is text with its links in it", () => {
  expect(
    pieces(`See [our talk](squid:session/${ID}), <squid:message/${ID}> or squid:session/0190b0c2.`),
  ).toEqual([
    { text: "See ", uri: null },
    { text: "our talk", uri: `squid:session/${ID}` },
    { text: ", ", uri: null },
    { text: `squid:message/${ID}`, uri: `squid:message/${ID}` },
    { text: " or ", uri: null },
    { text: "squid:session/0190b0c2", uri: "squid:session/0190b0c2" },
    { text: ".", uri: null },
  ]);
  expect(pieces("[x](https://squid:session/0190b0c2)")).toHaveLength(1);
  expect(pieces("")).toEqual([{ text: "", uri: null }]);
});

test("a click is followed from whatever is inside the link, and no other one is", () => {
  document.body.innerHTML = `<a href=" squid:session/${ID} "><b>in</b></a><a href="squid:nothing">bad</a><a href="https://a.example">x</a>`;
  const seen: (string | null)[] = [];
  const listener = (event: Event) => {
    event.preventDefault();
    seen.push(linkAt(event)?.uri ?? null);
  };
  document.body.addEventListener("click", listener);
  document.querySelector("b")?.click();
  for (const anchor of document.querySelectorAll("a")) anchor.click();
  document.body.removeEventListener("click", listener);
  expect(seen).toEqual([`squid:session/${ID}`, `squid:session/${ID}`, "squid:nothing", null]);
});

describe("following a link", () => {
  const TALK = [question("q1", "One"), answer("a1", "First", { parent_id: "q1" })];

  test("opens its session at its message", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["link.follow"] = { session_id: "t", message_id: "a9" };
    const page = [question("q9", "Nine"), answer("a9", "Ninth", { parent_id: "q9" })];
    transport.hello = helloOf(page, { session: sessionOf("t", "Geese") });
    await conversation.follow(`squid:message/${ID}`);
    expect(transport.called.slice(1)).toEqual([
      { verb: "link.follow", args: { uri: `squid:message/${ID}` } },
      { verb: "session.open", args: { session_id: "t" } },
    ]);
    expect(conversation.target.value).toEqual({ id: "a9", linked: true });
    expect(conversation.status.value).toBe("Opened “Geese”.");
  });

  test("of the session that is open shows the version that the message is in", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["link.follow"] = { session_id: "s", message_id: "a1b" };
    transport.hello = helloOf([question("q1", "One"), answer("a1b", "Other", { parent_id: "q1" })]);
    await conversation.follow("squid:message/a1b0000");
    expect(conversation.entries.value.map((entry) => entry.key)).toEqual(["q1", "a1b"]);
    expect(conversation.target.value).toEqual({ id: "a1b", linked: true });
  });

  test("that leads nowhere says so and changes nothing", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["link.follow"] = new TransportError({ message: "Not in this history.", hint: "" });
    await conversation.follow(`squid:session/${ID}`);
    expect(conversation.problem.value?.message).toBe("Not in this history.");
    expect(conversation.sessionId.value).toBe("s");
    expect(conversation.entries.value).toHaveLength(2);
  });

  test("is also asked for by the kernel", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["link.follow"] = { session_id: "s", message_id: "q1" };
    transport.push({ kind: "follow", uri: `squid:message/${ID}` });
    await settled();
    expect(conversation.target.value).toEqual({ id: "q1", linked: true });
  });

  test("before there is a conversation waits for it", async () => {
    const { transport, conversation } = await open(TALK);
    conversation.ready.value = false;
    transport.replies["link.follow"] = { session_id: "t", message_id: null };
    void conversation.follow(`squid:session/${ID}`);
    await settled();
    expect(transport.called).toHaveLength(1);
    await conversation.connect();
    await settled();
    expect(transport.called.map(({ verb }) => verb)).toEqual([
      "hello",
      "hello",
      "link.follow",
      "session.open",
    ]);
  });
});
