import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GONE, type KernelModel, KernelTransport } from "../src/kernelTransport.js";
import { type AskArgs, type Push, TransportError } from "../src/transport.js";
import type { AnswerEvent, Started } from "../src/wire.js";

interface Sent {
  content: { id: string; kind: string; verb?: string; args: Record<string, unknown> };
  buffers: ArrayBuffer[] | undefined;
}

/** An anywidget model whose kernel is the test. */
class FakeModel implements KernelModel {
  readonly sent: Sent[] = [];
  readonly listeners = new Map<string, Set<(...args: never[]) => void>>();
  sessionId: string | null = null;

  get(): string | null {
    return this.sessionId;
  }

  send(content: unknown, _callbacks?: unknown, buffers?: ArrayBuffer[]): void {
    this.sent.push({ content: content as Sent["content"], buffers });
  }

  on(name: string, listener: (...args: never[]) => void): void {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: (...args: never[]) => void): void {
    this.listeners.get(name)?.delete(listener);
  }

  emit(name: string, ...args: unknown[]): void {
    for (const listener of this.listeners.get(name) ?? []) listener(...(args as never[]));
  }

  last(): Sent {
    const sent = this.sent.at(-1);
    if (sent === undefined) throw new Error("nothing was sent");
    return sent;
  }

  receive(content: unknown): void {
    this.emit("msg:custom", content, []);
  }
}

const ASK: AskArgs = { prompt: "Hi", session_id: null, model: null, again: null, attachments: [] };
const STARTED: Started = {
  type: "started",
  session_id: "s",
  question_id: "q",
  message_id: "a",
  provider: "embedded",
  model: "m",
  host: "in process",
  context_tokens: 1,
  context_limit: 2,
  omitted_messages: 0,
};

function setUp() {
  const model = new FakeModel();
  const lifetime = new AbortController();
  const transport = new KernelTransport(model, lifetime.signal, { silent: 5000, gone: 2000 });
  const pushes: Push[] = [];
  transport.subscribe((push) => pushes.push(push));
  const states = () => pushes.flatMap((push) => (push.kind === "connection" ? [push.state] : []));
  return { model, lifetime, transport, pushes, states };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("calls", () => {
  test("each reply settles its own call, in whatever order they come", async () => {
    const { model, transport } = setUp();
    const first = transport.call("complete", { text: "/ne", cursor: 3 });
    const second = transport.call("models", {});
    const [one, two] = model.sent;
    expect(one?.content).toMatchObject({ kind: "call", verb: "complete", args: { text: "/ne", cursor: 3 } });
    model.receive({ id: two?.content.id, kind: "reply", ok: true, result: [] });
    model.receive({
      id: one?.content.id,
      kind: "reply",
      ok: true,
      result: { start: 0, end: 3, matches: [] },
    });
    expect(await second).toEqual([]);
    expect(await first).toEqual({ start: 0, end: 3, matches: [] });
  });

  test("an error keeps its sentence and its hint", async () => {
    const { model, transport } = setUp();
    const call = transport.call("command", { line: "/opne" });
    const error = { message: "There is no /opne.", hint: "Did you mean /open?" };
    model.receive({ id: model.last().content.id, kind: "reply", ok: false, error });
    await expect(call).rejects.toMatchObject(error);
    await expect(call).rejects.toBeInstanceOf(TransportError);
  });

  test("what this version does not understand is ignored", async () => {
    const { model, transport, pushes } = setUp();
    const call = transport.call("models", {});
    const { id } = model.last().content;
    for (const odd of [
      null,
      7,
      "x",
      {},
      { kind: "reply" },
      { kind: "reply", id: 4, ok: true },
      { kind: "party", id },
    ]) {
      model.receive(odd);
    }
    model.receive({ id, kind: "event", seq: 0, event: { type: "from the future" } });
    model.receive({ id, kind: "reply", ok: true, result: ["m"] });
    expect(await call).toEqual(["m"]);
    expect(pushes.filter((push) => push.kind !== "connection")).toEqual([]);
  });
});

describe("asking", () => {
  test("files travel as buffers, their names in the message", () => {
    const { model, transport } = setUp();
    const data = new TextEncoder().encode("a,b").buffer;
    transport.ask({ ...ASK, attachments: [{ name: "t.csv", mime_type: "text/csv", data }] }, () => {});
    const { content, buffers } = model.last();
    expect(content.args.attachments).toEqual([{ name: "t.csv", mime_type: "text/csv" }]);
    expect(buffers).toEqual([data]);
  });

  test("events arrive in order and once, until the end", async () => {
    const { model, transport, pushes } = setUp();
    const events: AnswerEvent[] = [];
    const { id, done } = transport.ask(ASK, (event) => events.push(event));
    const deliver = (seq: number, event: AnswerEvent) => model.receive({ id, kind: "event", seq, event });
    deliver(0, STARTED);
    deliver(1, { type: "delta", text: "a" });
    deliver(1, { type: "delta", text: "a" });
    deliver(0, STARTED);
    deliver(2, { type: "delta", text: "b" });
    model.receive({ id, kind: "end" });
    await done;
    deliver(3, { type: "delta", text: "late" });
    expect(events).toEqual([STARTED, { type: "delta", text: "a" }, { type: "delta", text: "b" }]);
    expect(pushes.filter((push) => push.kind === "live")).toEqual([]);
  });

  test("two answers at once do not mix", () => {
    const { model, transport } = setUp();
    const texts: string[] = ["", ""];
    const asks = [0, 1].map((index) =>
      transport.ask(ASK, (event) => {
        if (event.type === "delta") texts[index] += event.text;
      }),
    );
    for (const [seq, text] of ["x", "y", "z"].entries()) {
      for (const [index, { id }] of asks.entries()) {
        model.receive({ id, kind: "event", seq, event: { type: "delta", text: `${text}${index}` } });
      }
    }
    expect(texts).toEqual(["x0y0z0", "x1y1z1"]);
  });

  test("stop names the ask, or the message when somebody else asked", () => {
    const { model, transport } = setUp();
    transport.stop({ ask: "i", message_id: null });
    expect(model.last().content).toMatchObject({ kind: "stop", args: { ask: "i", message_id: null } });
  });
});

describe("answers that this view did not ask for", () => {
  test("another view of the same widget is followed from its start", () => {
    const { model, pushes } = setUp();
    model.receive({
      id: "theirs",
      kind: "event",
      seq: 4,
      event: { type: "delta", text: "middle of something" },
    });
    model.receive({ id: "theirs", kind: "event", seq: 5, event: STARTED });
    model.receive({ id: "theirs", kind: "event", seq: 6, event: { type: "delta", text: "a" } });
    const live = pushes.filter((push) => push.kind === "live");
    expect(live.map((push) => push.event.type)).toEqual(["started", "delta"]);
    expect(live[1]).toMatchObject({ session_id: "s", message_id: "a", ask: "theirs" });
  });

  test("after a page reload an answer under way goes on", async () => {
    const { model, transport, pushes } = setUp();
    const hello = transport.call("hello", {});
    const live = [{ session_id: "s", message_id: "a", text: "Once", reasoning: "", ask: "before" }];
    model.receive({ id: model.last().content.id, kind: "reply", ok: true, result: { live } });
    await hello;
    model.receive({ id: "before", kind: "event", seq: 9, event: { type: "delta", text: " upon" } });
    expect(pushes.at(-1)).toMatchObject({
      kind: "live",
      message_id: "a",
      event: { text: " upon" },
      ask: "before",
    });
  });

  test("changes and live events of others are passed on", () => {
    const { model, pushes } = setUp();
    const event = { type: "delta", text: "x" };
    model.receive({ kind: "change", session_id: "s", what: "messages" });
    model.receive({ kind: "live", session_id: "s", message_id: "a", event, origin: "magic" });
    expect(pushes.slice(1)).toEqual([
      { kind: "change", session_id: "s", what: "messages" },
      expect.objectContaining({ kind: "live", session_id: "s", message_id: "a", event, ask: null }),
    ]);
  });

  test("the session trait tells which session to show", () => {
    const { model, pushes } = setUp();
    model.sessionId = "other";
    model.emit("change:session_id");
    expect(pushes).toEqual([{ kind: "open", session_id: "other" }]);
  });
});

describe("is anybody there", () => {
  test("a kernel that is busy is silent, not gone, and its late answer counts", async () => {
    const { model, transport, states } = setUp();
    const call = transport.call("hello", {});
    vi.advanceTimersByTime(60_000);
    expect(states()).toEqual(["silent"]);
    model.receive({ id: model.last().content.id, kind: "reply", ok: true, result: { live: [] } });
    expect(await call).toEqual({ live: [] });
    expect(states()).toEqual(["silent", "live"]);
  });

  test("a closed comm that stays mute is gone: calls fail, answers end", async () => {
    const { model, transport, states } = setUp();
    const events: AnswerEvent[] = [];
    const { id, done } = transport.ask(ASK, (event) => events.push(event));
    model.receive({ id, kind: "event", seq: 0, event: STARTED });
    model.emit("comm_live_update");
    const call = transport.call("hello", {});
    vi.advanceTimersByTime(2000);
    await done;
    await expect(call).rejects.toMatchObject(GONE);
    expect(events).toEqual([STARTED]);
    expect(states()).toEqual(["live", "connecting", "gone"]);
  });

  test("a comm that refuses to send is gone at once", async () => {
    const { model, transport, states } = setUp();
    model.send = () => {
      throw new Error("Cannot send");
    };
    const { done } = transport.ask(ASK, () => {});
    await expect(transport.call("hello", {})).rejects.toMatchObject(GONE);
    await done;
    expect(states()).toEqual(["gone"]);
  });

  test("a comm that was only moved is live again with the first answer", async () => {
    const { model, transport, states } = setUp();
    model.emit("comm_live_update");
    const call = transport.call("hello", {});
    model.receive({ id: model.last().content.id, kind: "reply", ok: true, result: { live: [] } });
    await call;
    vi.advanceTimersByTime(60_000);
    expect(states()).toEqual(["connecting", "live"]);
  });

  test("a view that is gone listens no more", () => {
    const { model, lifetime, pushes } = setUp();
    lifetime.abort();
    model.receive({ kind: "change", session_id: "s", what: "messages" });
    vi.advanceTimersByTime(60_000);
    expect(pushes).toEqual([]);
    expect([...model.listeners.values()].every((listeners) => listeners.size === 0)).toBe(true);
  });
});
