import { describe, expect, test } from "vitest";
import type { AskArgs } from "../src/transport.js";
import { TransportError } from "../src/transport.js";
import {
  answer,
  finished,
  helloOf,
  open,
  question,
  script,
  settled,
  started,
  turn,
  USED,
} from "./scripted.js";

const TALK = [
  question("q1", "One"),
  answer("a1", "First", { parent_id: "q1" }),
  question("q2", "Two"),
  answer("a2", "Second", { parent_id: "q2" }),
];

describe("editing", () => {
  test("asks beside the question, which ends the conversation there, and reads it again", async () => {
    const { transport, conversation } = await open(TALK);
    conversation.edit(turn(conversation.entries.value[0]), "One, better");
    expect(script(conversation)).toEqual(["user: One, better (complete)", "assistant:  (streaming)"]);
    expect(turn(conversation.entries.value[0]).message).toMatchObject({ siblings: 2, version: 2 });
    expect(transport.last().args).toMatchObject({ prompt: "One, better", edit: "q1", keep: [], again: null });
    transport.last().listener(started("q1b", "a1b"));
    transport.last().listener({ type: "delta", text: "Better" });
    transport.last().listener(finished("a1b"));
    const page = [question("q1b", "One, better"), answer("a1b", "Better", { parent_id: "q1b" })];
    transport.hello = helloOf(page, { hidden: 4 });
    transport.last().end();
    await settled();
    expect(conversation.hidden.value).toBe(4);
    expect(script(conversation)).toEqual(["user: One, better (complete)", "assistant: Better (complete)"]);
  });

  test("sends the sources that it keeps, and no others", async () => {
    const blank = { session_id: "s", message_id: "q1", sha256: "x", created_at: "", detail: {}, text: null };
    const source = (id: string) =>
      ({ ...blank, id, kind: "file", name: id, mime_type: "text/plain", size_bytes: 1 }) as const;
    const asked = { ...question("q1", "One"), sources: [source("f1"), source("f2")] };
    const { transport, conversation } = await open([asked, answer("a1", "First")]);
    conversation.edit(turn(conversation.entries.value[0]), "One", [source("f2")]);
    expect(transport.last().args.keep).toEqual(["f2"]);
    expect(turn(conversation.entries.value[0]).message.sources.map(({ id }) => id)).toEqual(["f2"]);
  });
});

describe("an answer asked for again", () => {
  test("ends the conversation as a further version", async () => {
    const { transport, conversation } = await open(TALK);
    conversation.retry(turn(conversation.entries.value[1]));
    expect(script(conversation)).toEqual(["user: One (complete)", "assistant:  (streaming)"]);
    expect(turn(conversation.entries.value[1]).message).toMatchObject({ siblings: 2, version: 2 });
    expect(transport.last().args).toMatchObject({ again: "q1" });
  });

  test("by another model is for this answer alone", async () => {
    const { transport, conversation } = await open(TALK);
    const { current, host } = conversation.models;
    const before = [current.value, host.value];
    const model = { id: "big", provider: "openai", host: "http://b", context_tokens: null, loaded: null };
    conversation.retryWith(turn(conversation.entries.value[3]), model);
    expect(transport.last().args).toMatchObject({ again: "q2", model: "big", host: "http://b" });
    expect([current.value, host.value]).toEqual(before);
    expect(transport.called.map(({ verb }) => verb)).not.toContain("model.set");
    transport.last().end();
    conversation.send("And now?");
    expect(transport.last().args).toMatchObject({ model: null });
    expect(transport.last().args).not.toHaveProperty("host");
  });
});

test("going on keeps what follows and begins with what had arrived", async () => {
  const stopped = answer("a1", "Once", { parent_id: "q1", status: "stopped" });
  const { transport, conversation } = await open(
    [TALK[0], stopped, TALK[2], TALK[3]].flatMap((one) => one ?? []),
  );
  conversation.goOn(turn(conversation.entries.value[1]));
  expect(transport.last().args).toMatchObject({ go_on: "a1", again: null, prompt: "" });
  transport.last().listener(started("q1", "a1b"));
  transport.last().listener({ type: "delta", text: "Once" });
  transport.last().listener({ type: "delta", text: " upon" });
  transport.last().listener(USED);
  transport.last().listener(finished("a1b"));
  expect(script(conversation)).toEqual([
    "user: One (complete)",
    "assistant: Once upon (complete)",
    "user: Two (complete)",
    "assistant: Second (complete)",
  ]);
});

test("a question that was never stored is retried with its files", async () => {
  const { transport, conversation } = await open();
  const file = { name: "a.txt", mime_type: "text/plain", data: new ArrayBuffer(3) };
  conversation.send("Why?", [file]);
  const nowhere = { session_id: null, message_id: null };
  transport.last().listener({ type: "failed", message: "Busy.", hint: "", error: "Busy", ...nowhere });
  conversation.retry(turn(conversation.entries.value[1]));
  expect(transport.last().args satisfies AskArgs).toMatchObject({ prompt: "Why?", attachments: [file] });
});

test("what was asked for again is read after a reading that began before it", async () => {
  const { transport, conversation } = await open(TALK.slice(0, 2));
  transport.push({ kind: "change", session_id: "s", what: "messages" });
  conversation.retry(turn(conversation.entries.value[1]));
  transport.last().listener(started("q1", "a1b"));
  transport.last().listener({ type: "delta", text: "Again" });
  transport.last().listener(finished("a1b"));
  transport.last().end();
  transport.hello = helloOf([question("q1", "One"), answer("a1b", "Again", { parent_id: "q1" })]);
  await settled();
  expect(script(conversation)).toEqual(["user: One (complete)", "assistant: Again (complete)"]);
  expect(transport.called.filter(({ verb }) => verb === "session.open")).toHaveLength(2);
});

describe("versions", () => {
  test("are switched, read anew and brought into view", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["message.switch"] = { session_id: "s", message_id: "a1b" };
    const other = answer("a1b", "Another", { parent_id: "q1", siblings: 2, version: 2 });
    transport.hello = helloOf([question("q1", "One"), other], { hidden: 3 });
    await conversation.revisions.turnTo(turn(conversation.entries.value[1]), 1);
    expect(script(conversation)).toEqual(["user: One (complete)", "assistant: Another (complete)"]);
    expect(conversation.target.value).toEqual({ id: "a1b" });
    expect(conversation.hidden.value).toBe(3);
  });
});

describe("deleting", () => {
  test("takes a question out with its answer, also far above the newest page, and offers to undo it", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["message.delete"] = { removal_id: "r1", messages: 2 };
    transport.hello = helloOf(TALK.slice(2));
    await conversation.revisions.remove(turn(conversation.entries.value[0]));
    expect(script(conversation)).toEqual(["user: Two (complete)", "assistant: Second (complete)"]);
    expect(conversation.done.value?.text).toBe("Question deleted with its answer.");
    transport.hello = helloOf(TALK);
    conversation.done.value?.undo();
    await settled();
    expect(transport.called.find(({ verb }) => verb === "message.restore")?.args).toEqual({
      removal_id: "r1",
    });
    expect(script(conversation)).toHaveLength(4);
    expect(conversation.done.value).toBeNull();
  });

  test("that is refused changes nothing", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["message.delete"] = new TransportError({ message: "Busy.", hint: "" });
    await conversation.revisions.remove(turn(conversation.entries.value[0]));
    expect(script(conversation)).toHaveLength(4);
    expect(conversation.problem.value?.message).toBe("Busy.");
  });
});

describe("finding", () => {
  test("begins with the newest, loads what is not there yet, and goes round", async () => {
    const { transport, conversation } = await open(TALK.slice(2), {
      page: { items: TALK.slice(2), cursor: "q2" },
    });
    transport.replies["messages.find"] = { ids: ["q1", "a2"] };
    transport.replies.messages = { items: TALK.slice(0, 2), cursor: null };
    const { finding } = conversation;
    finding.show();
    await finding.look("o");
    expect([finding.at.value, conversation.target.value]).toEqual([1, { id: "a2" }]);
    await finding.go(1);
    expect(transport.called.at(-1)?.args).toEqual({ session_id: "s", before: "q2", limit: 500 });
    expect([finding.current.value, conversation.target.value]).toEqual(["q1", { id: "q1" }]);
    await finding.go(-1);
    expect(finding.current.value).toBe("a2");
    finding.hide();
    expect(finding.current.value).toBeNull();
  });

  test("finds nothing without complaint", async () => {
    const { transport, conversation } = await open(TALK);
    transport.replies["messages.find"] = { ids: [] };
    await conversation.finding.look("unicorn");
    await conversation.finding.go(1);
    expect(conversation.finding.ids.value).toEqual([]);
    expect(conversation.target.value).toBeNull();
  });
});

test("models of one name are told apart by their host", async () => {
  const model = (host: string) => ({ id: "m", provider: "openai", host, context_tokens: null, loaded: null });
  const { conversation } = await open([], {
    models: [model("http://a"), model("http://b")],
    host: "http://b",
  });
  expect(conversation.models.chosen?.host).toBe("http://b");
});
