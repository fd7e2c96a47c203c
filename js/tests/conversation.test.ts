import { describe, expect, test } from "vitest";
import { TransportError } from "../src/transport.js";
import type { AnswerEvent } from "../src/wire.js";
import {
  answer,
  finished,
  helloOf,
  open,
  question,
  script,
  sessionOf,
  settled,
  started,
  turn,
  USED,
} from "./scripted.js";

test("what was deleted above the newest page by another door goes, also when it has been scrolled to", async () => {
  const old = ["q1", "q2", "q3"].flatMap((id) => [question(id, id), answer(`a${id}`, id, { parent_id: id })]);
  const page = [question("q9", "Nine"), answer("a9", "Ninth", { parent_id: "q9" })];
  const { transport, conversation } = await open(page, { page: { items: page, cursor: "q9" } });
  transport.replies.messages = { items: old, cursor: null };
  await conversation.loadEarlier();
  const kept = conversation.entries.value.at(-1)?.key;
  transport.replies.messages = { items: old.slice(2), cursor: null };
  transport.push({ kind: "change", session_id: "s", what: "messages" });
  await settled();
  expect(conversation.entries.value).toHaveLength(8);
  transport.push({ kind: "change", session_id: "s", what: "rewritten" });
  await settled();
  expect(conversation.entries.value.map(({ key }) => key)).toEqual(["q2", "aq2", "q3", "aq3", "q9", "a9"]);
  expect(conversation.entries.value.at(-1)?.key).toBe(kept);
  expect(conversation.earlier.value).toBeNull();
});

describe("an answer", () => {
  test("grows from its events and ends with its numbers", async () => {
    const { transport, conversation } = await open();
    conversation.send("Why?");
    expect(script(conversation)).toEqual(["user: Why? (complete)", "assistant:  (streaming)"]);
    expect(conversation.busy.value).toBe(true);
    const { listener } = transport.last();
    listener(started("q1", "a1", { omitted_messages: 2 }));
    listener({ type: "titled", session_id: "s", title: "Reasons" });
    listener({ type: "notice", text: "Repaired the address." });
    listener({ type: "progress", text: "Loading", fraction: 0.5 });
    expect(turn(conversation.entries.value[1]).progress.value?.fraction).toBe(0.5);
    listener({ type: "reasoning", text: "hm" });
    listener({ type: "delta", text: "Be" });
    listener({ type: "delta", text: "cause." });
    listener(USED);
    listener(finished("a1"));
    const [asked, given] = conversation.entries.value.map(turn);
    expect(asked?.message.id).toBe("q1");
    expect(given?.message).toMatchObject({
      id: "a1",
      parent_id: "q1",
      content: "Because.",
      reasoning: "hm",
      status: "complete",
    });
    expect(given?.message.usage).toMatchObject({
      input_tokens: 12,
      output_tokens: 3,
      duration_ms: 50,
      host: "in process",
    });
    expect(given).toMatchObject({ omitted: 2, notices: ["Repaired the address."] });
    expect(given?.progress.value).toBeNull();
    expect(conversation.sessionId.value).toBe("s");
    expect(conversation.title.value).toBe("Reasons");
    expect(conversation.context.value).toEqual({ tokens: 15, limit: 8192 });
    expect(conversation.busy.value).toBe(false);
  });

  test("keeps what had arrived when it fails or is stopped", async () => {
    const { transport, conversation } = await open();
    conversation.send("One");
    transport.last().listener(started("q1", "a1"));
    transport.last().listener({ type: "delta", text: "Half" });
    transport.last().listener({
      type: "failed",
      message: "The host hung up.",
      hint: "Retry.",
      error: "StreamError",
      session_id: "s",
      message_id: "a1",
    });
    conversation.send("Two");
    transport.last().listener(started("q2", "a2"));
    transport.last().listener({ type: "delta", text: "Par" });
    conversation.stop();
    expect(transport.stopped).toEqual([{ ask: "ask2", message_id: "a2" }]);
    transport.last().listener(finished("a2", "stopped"));
    expect(script(conversation)).toEqual([
      "user: One (complete)",
      "assistant: Half (failed)",
      "user: Two (complete)",
      "assistant: Par (stopped)",
    ]);
    expect(turn(conversation.entries.value[1]).message).toMatchObject({
      error: "The host hung up.",
      hint: "Retry.",
    });
  });

  test("that ends without a last word was interrupted", async () => {
    const { transport, conversation } = await open();
    conversation.send("One");
    transport.last().listener(started("q1", "a1"));
    transport.last().listener({ type: "delta", text: "Half" });
    transport.last().end();
    await settled();
    expect(script(conversation)[1]).toBe("assistant: Half (interrupted)");
    expect(conversation.busy.value).toBe(false);
  });

  test("is shown once when its page was read before it was announced", async () => {
    const { transport, conversation } = await open([question("q1", "One"), answer("a1", "First")]);
    conversation.send("Two");
    const early = [question("q2", "Two"), answer("a2", "", { status: "streaming", parent_id: "q2" })];
    transport.hello = helloOf([question("q1", "One"), answer("a1", "First"), ...early]);
    transport.push({ kind: "change", session_id: "s", what: "messages" });
    await settled();
    transport.last().listener(started("q2", "a2"));
    transport.last().listener({ type: "delta", text: "Second" });
    expect(script(conversation).slice(2)).toEqual(["user: Two (complete)", "assistant: Second (streaming)"]);
  });

  test("of another process does not keep this page from asking", async () => {
    const { conversation } = await open([question("q1", "One"), answer("a1", "Fi", { status: "streaming" })]);
    expect(conversation.busy.value).toBe(false);
  });

  test("goes on after a reload where it was", async () => {
    const live = [{ session_id: "s", message_id: "a1", text: "Once upon", reasoning: "", ask: "old" }];
    const stored = [question("q1", "A story"), answer("a1", "Once", { status: "streaming" })];
    const { transport, conversation } = await open(stored, { live });
    const event: AnswerEvent = { type: "delta", text: " a time" };
    transport.push({ kind: "live", session_id: "s", message_id: "a1", event, ask: "old" });
    expect(script(conversation)).toEqual([
      "user: A story (complete)",
      "assistant: Once upon a time (streaming)",
    ]);
    conversation.stop();
    expect(transport.stopped).toEqual([{ ask: "old", message_id: "a1" }]);
  });
});

describe("retry", () => {
  test("asks the same question again and puts the answer in the old one's place", async () => {
    const failed = answer("a1", "", { status: "failed", parent_id: "q1", error: "Refused." });
    const { transport, conversation } = await open([question("q1", "Why?"), failed]);
    conversation.retry(turn(conversation.entries.value[1]));
    expect(transport.last().args).toMatchObject({ again: "q1", session_id: "s", attachments: [] });
    transport.last().listener(started("q1", "a2"));
    transport.last().listener({ type: "delta", text: "So." });
    transport.last().listener(finished("a2"));
    expect(script(conversation)).toEqual(["user: Why? (complete)", "assistant: So. (complete)"]);
    expect(turn(conversation.entries.value[1]).message).toMatchObject({
      id: "a2",
      parent_id: "q1",
      siblings: 2,
    });
  });

  test("of a question that was never stored sends it anew", async () => {
    const { transport, conversation } = await open();
    conversation.send("Why?");
    const failure = {
      message: "The database is busy.",
      hint: "",
      error: "Busy",
      session_id: null,
      message_id: null,
    };
    transport.last().listener({ type: "failed", ...failure });
    conversation.retry(turn(conversation.entries.value[1]));
    expect(transport.last().args).toMatchObject({ again: null, prompt: "Why?" });
    expect(script(conversation)).toEqual(["user: Why? (complete)", "assistant:  (streaming)"]);
  });
});

describe("two widgets on one session", () => {
  test("the one shows what the other asks, with the question, while it streams", async () => {
    const before = [question("q1", "One"), answer("a1", "First")];
    const { transport, conversation } = await open(before);
    const tell = (event: AnswerEvent) =>
      transport.push({ kind: "live", session_id: "s", message_id: "a2", event, ask: null });
    transport.hello = helloOf([...before, question("q2", "Two"), answer("a2", "", { status: "streaming" })]);
    tell(started("q2", "a2"));
    tell({ type: "delta", text: "Sec" });
    await settled();
    tell({ type: "delta", text: "ond" });
    tell(finished("a2"));
    expect(script(conversation)).toEqual([
      "user: One (complete)",
      "assistant: First (complete)",
      "user: Two (complete)",
      "assistant: Second (complete)",
    ]);
  });

  test("a retry of the other replaces the answer here", async () => {
    const failed = answer("a1", "", { status: "failed", parent_id: "q1" });
    const { transport, conversation } = await open([question("q1", "One"), failed]);
    transport.hello = helloOf([
      question("q1", "One"),
      answer("a2", "", { status: "streaming", parent_id: "q1" }),
    ]);
    const event = started("q1", "a2");
    transport.push({ kind: "live", session_id: "s", message_id: "a2", event, ask: null });
    await settled();
    expect(script(conversation)).toEqual(["user: One (complete)", "assistant:  (streaming)"]);
  });

  test("other sessions are none of its business", async () => {
    const { transport, conversation } = await open([question("q1", "One")]);
    const event = started("q9", "a9", { session_id: "other" });
    transport.push({ kind: "live", session_id: "other", message_id: "a9", event, ask: null });
    transport.push({ kind: "change", session_id: "other", what: "messages" });
    await settled();
    expect(script(conversation)).toEqual(["user: One (complete)"]);
    expect(transport.called.map(({ verb }) => verb)).toEqual(["hello"]);
  });

  test("a change reads the page again and keeps what is on it", async () => {
    const { transport, conversation } = await open([question("q1", "One"), answer("a1", "First")]);
    conversation.say("a note");
    const kept = turn(conversation.entries.value[1]);
    transport.hello = helloOf([question("q1", "One"), answer("a1", "First"), question("q2", "Two")]);
    transport.push({ kind: "change", session_id: "s", what: "messages" });
    await settled();
    expect(script(conversation)).toEqual([
      "user: One (complete)",
      "assistant: First (complete)",
      "note: a note",
      "user: Two (complete)",
    ]);
    expect(turn(conversation.entries.value[1]).body).toBe(kept.body);
  });

  test("the kernel can turn the widget to another session and to none", async () => {
    const { transport, conversation } = await open([question("q1", "One")]);
    transport.hello = helloOf([question("x1", "Elsewhere")], { session: sessionOf("t", "Other") });
    transport.push({ kind: "open", session_id: "t" });
    await settled();
    expect(script(conversation)).toEqual(["user: Elsewhere (complete)"]);
    expect(conversation.title.value).toBe("Other");
    transport.push({ kind: "open", session_id: null });
    expect(script(conversation)).toEqual([]);
  });

  test("the session that the kernel makes for a first question does not disturb it", async () => {
    const { transport, conversation } = await open();
    conversation.send("Why?");
    transport.push({ kind: "open", session_id: "s" });
    transport.last().listener(started("q1", "a1"));
    await settled();
    expect(script(conversation)).toEqual(["user: Why? (complete)", "assistant:  (streaming)"]);
    expect(transport.called.map(({ verb }) => verb)).toEqual(["hello"]);
  });
});

describe("pages", () => {
  test("earlier messages come above, once, until the top", async () => {
    const { transport, conversation } = await open([question("q3", "Three")]);
    conversation.earlier.value = "q3";
    transport.replies.messages = { items: [question("q2", "Two")], cursor: "q2" };
    await Promise.all([conversation.loadEarlier(), conversation.loadEarlier()]);
    transport.replies.messages = { items: [question("q1", "One"), question("q2", "Two")], cursor: null };
    await conversation.loadEarlier();
    await conversation.loadEarlier();
    expect(script(conversation)).toEqual([
      "user: One (complete)",
      "user: Two (complete)",
      "user: Three (complete)",
    ]);
    const calls = transport.called.filter(({ verb }) => verb === "messages").map(({ args }) => args);
    expect(calls).toEqual([
      { session_id: "s", before: "q3" },
      { session_id: "s", before: "q2" },
    ]);
  });

  test("reading the newest page again keeps the earlier ones and the cursor", async () => {
    const { transport, conversation } = await open([question("q2", "Two")]);
    conversation.earlier.value = "q2";
    transport.replies.messages = { items: [question("q1", "One")], cursor: "q1" };
    await conversation.loadEarlier();
    transport.hello = helloOf([question("q2", "Two"), question("q3", "Three")]);
    transport.push({ kind: "change", session_id: "s", what: "messages" });
    await settled();
    expect(script(conversation)).toEqual([
      "user: One (complete)",
      "user: Two (complete)",
      "user: Three (complete)",
    ]);
    expect(conversation.earlier.value).toBe("q1");
  });
});

describe("when something goes wrong", () => {
  test("a refused call is a sentence, and nothing else changes", async () => {
    const { transport, conversation } = await open([question("q1", "One")]);
    transport.replies["session.rename"] = new TransportError({
      message: "The database is busy.",
      hint: "Try again.",
    });
    await conversation.rename("New title");
    expect(conversation.problem.value).toEqual({ message: "The database is busy.", hint: "Try again." });
    expect(conversation.title.value).toBe("Ducks");
  });

  test("a gone kernel leaves the transcript, and hello is said when it is back", async () => {
    const { transport, conversation } = await open([question("q1", "One")]);
    transport.push({ kind: "connection", state: "gone" });
    expect(script(conversation)).toEqual(["user: One (complete)"]);
    transport.hello = helloOf([question("q1", "One"), answer("a1", "Meanwhile")]);
    transport.push({ kind: "connection", state: "live" });
    await settled();
    expect(script(conversation)).toEqual(["user: One (complete)", "assistant: Meanwhile (complete)"]);
  });
});

test("a command's result is a note, and the session it opened is shown", async () => {
  const { transport, conversation } = await open([question("q1", "One")]);
  transport.replies.command = { markdown: "Opened **Other**.", moved: true };
  transport.hello = helloOf([question("x1", "Elsewhere")], { session: sessionOf("t", "Other") });
  await conversation.command("/open other");
  expect(script(conversation)).toEqual(["user: Elsewhere (complete)", "note: Opened **Other**."]);
});

test("the last question is edited, but not while Squid answers, and not in another chat", async () => {
  const { conversation } = await open([question("q1", "One"), answer("a1", "First"), question("q2", "Two")]);
  conversation.send("Three");
  conversation.editLast();
  expect(conversation.editing.value).toBeNull();
  conversation.entries.value = conversation.entries.value.slice(0, 3);
  conversation.editLast();
  expect(conversation.editing.value).toBe("q2");
  conversation.clear();
  conversation.editLast();
  expect(conversation.editing.value).toBeNull();
});

test("who has the database is told while somebody waits, and forgotten with the connection", async () => {
  const { transport, conversation } = await open();
  transport.push({ kind: "waiting", message: "The history is in use by python (process 7)." });
  expect(conversation.waiting.value).toContain("process 7");
  transport.push({ kind: "waiting", message: "" });
  expect(conversation.waiting.value).toBe("");
  transport.push({ kind: "waiting", message: "The history is in use by python (process 7)." });
  transport.push({ kind: "connection", state: "silent" });
  expect(conversation.waiting.value).toBe("");
});

test("how far a command is is shown until it is over, and it can be cancelled", async () => {
  const { transport, conversation } = await open();
  const far = { kind: "work", call: "c1", text: "Importing, 2 sessions", fraction: 0.5 } as const;
  transport.push(far);
  expect(conversation.work.value).toEqual(far);
  conversation.cancelWork();
  expect(transport.stopped).toEqual([{ ask: "c1", message_id: null }]);
  transport.push({ kind: "work", call: "c1", text: "", fraction: null });
  expect(conversation.work.value).toBeNull();
  transport.push(far);
  transport.push({ kind: "connection", state: "connecting" });
  expect(conversation.work.value).toBeNull();
});
