import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CUT, type OpenSocket, ServerTransport, TAKEN } from "../src/serverTransport.js";
import type { AskArgs, Push, Says } from "../src/transport.js";
import type { AnswerEvent, Started } from "../src/wire.js";

/** A socket whose server is the test. */
class FakeSocket {
  readonly sent: Record<string, unknown>[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly query: { client: string; after: number }) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.cut(1000);
  }

  cut(code = 1006): void {
    this.onclose?.({ code });
  }

  receive(frame: Record<string, unknown>): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  welcome(resumed: boolean, n = 0): void {
    this.receive({ kind: "welcome", resumed, n });
  }

  last(): Record<string, unknown> {
    const frame = this.sent.at(-1);
    if (frame === undefined) throw new Error("nothing was sent");
    return frame;
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
const HELLO = { session: null, live: [] };
const WAITS = { first: 100, longest: 1000, patience: 2000 };

let sockets: FakeSocket[];
let lifetime: AbortController;

function begin(
  session: string | null = null,
  why: () => Promise<Says | null> = async () => null,
): { transport: ServerTransport; pushes: Push[] } {
  const open: OpenSocket = (query) => {
    const socket = new FakeSocket(query);
    sockets.push(socket);
    return socket as unknown as WebSocket;
  };
  const transport = new ServerTransport(open, { signal: lifetime.signal, session, why, waits: WAITS });
  const pushes: Push[] = [];
  transport.subscribe((push) => pushes.push(push));
  return { transport, pushes };
}

function socket(number: number): FakeSocket {
  const found = sockets.at(number);
  if (found === undefined) throw new Error("no such socket was opened");
  return found;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  lifetime = new AbortController();
});
afterEach(() => {
  lifetime.abort();
  vi.useRealTimers();
});

describe("while the socket is there", () => {
  test("calls wait for the welcome and settle with their reply", async () => {
    const { transport } = begin();
    const models = transport.call("models", {});
    expect(socket(0).sent).toEqual([]);
    socket(0).welcome(false);
    const { id } = socket(0).last();
    socket(0).receive({ n: 1, id, kind: "reply", ok: true, result: [] });
    await expect(models).resolves.toEqual([]);
  });

  test("files travel in base64", () => {
    const { transport } = begin();
    socket(0).welcome(false);
    const data = new TextEncoder().encode("héllo").buffer as ArrayBuffer;
    const file = { name: "a.txt", mime_type: "text/plain" };
    const cell = { ...file, name: "cell-1.py", kind: "cell", detail: { cell: 1 } } as const;
    const attachments = [
      { ...file, data },
      { ...cell, data, mention: "@cell" },
    ];
    transport.ask({ ...ASK, attachments, notebook: "a.ipynb" }, () => {});
    expect(socket(0).last().args).toMatchObject({ notebook: "a.ipynb" });
    const args = socket(0).last().args as { attachments: unknown[] };
    expect(args.attachments).toEqual([
      { ...file, data_base64: "aMOpbGxv" },
      { ...cell, data_base64: "aMOpbGxv" },
    ]);
  });

  test("what is no frame is ignored", () => {
    const { pushes } = begin();
    socket(0).onmessage?.({ data: "{" });
    socket(0).receive({ kind: "unheard of" });
    expect(pushes).toEqual([]);
  });
});

describe("when the socket is cut", () => {
  test("it is opened again behind the last frame, later each time", () => {
    begin();
    socket(0).welcome(false);
    socket(0).receive({ n: 7, kind: "change", session_id: "s", what: "messages" });
    socket(0).cut();
    vi.advanceTimersByTime(200);
    expect(socket(1).query).toEqual({ client: socket(0).query.client, after: 7 });
    for (const _ of [1, 2, 3, 4, 5, 6]) {
      socket(-1).cut();
      vi.advanceTimersByTime(1000);
    }
    const count = sockets.length;
    socket(-1).cut();
    vi.advanceTimersByTime(499);
    expect(sockets.length).toBe(count);
    vi.advanceTimersByTime(501);
    expect(sockets.length).toBe(count + 1);
  });

  test("an answer goes on where it was, each event once", () => {
    const { transport } = begin();
    socket(0).welcome(false);
    const events: AnswerEvent[] = [];
    const { id } = transport.ask(ASK, (event) => events.push(event));
    socket(0).receive({ n: 1, id, kind: "event", seq: 0, event: STARTED });
    socket(0).cut();
    vi.advanceTimersByTime(200);
    socket(1).welcome(true, 1);
    expect(socket(1).sent).toEqual([]);
    socket(1).receive({ n: 2, id, kind: "event", seq: 1, event: { type: "delta", text: "on" } });
    socket(1).receive({ n: 3, id, kind: "event", seq: 1, event: { type: "delta", text: "on" } });
    expect(events.map(({ type }) => type)).toEqual(["started", "delta"]);
  });

  test("what was not confirmed is sent again under its id", () => {
    const { transport } = begin();
    socket(0).welcome(false);
    const { id } = transport.ask(ASK, () => {});
    socket(0).cut();
    vi.advanceTimersByTime(200);
    socket(1).welcome(true);
    expect(socket(1).sent.map((frame) => frame.id)).toEqual([id]);
  });

  test("people are told after a while, and not for a moment", async () => {
    const { pushes } = begin();
    socket(0).welcome(false);
    socket(0).cut();
    vi.advanceTimersByTime(200);
    socket(1).welcome(true);
    expect(pushes).toEqual([{ kind: "connection", state: "live" }]);
    socket(1).cut();
    await vi.advanceTimersByTimeAsync(2100);
    expect(pushes.at(-1)).toEqual({ kind: "connection", state: "silent", says: CUT });
    socket(-1).welcome(true);
    expect(pushes.at(-1)).toEqual({ kind: "connection", state: "live" });
  });

  test("people are told why where somebody knows it, but not when it is back meanwhile", async () => {
    const missing: Says = { message: "No Squid here.", hint: "Install it." };
    let know: (says: Says | null) => void = () => {};
    const { pushes } = begin(
      null,
      () =>
        new Promise((resolve) => {
          know = resolve;
        }),
    );
    await vi.advanceTimersByTimeAsync(2100);
    expect(pushes).toEqual([]);
    know(missing);
    await vi.advanceTimersByTimeAsync(0);
    expect(pushes).toEqual([{ kind: "connection", state: "silent", says: missing }]);
    socket(-1).welcome(true);
    socket(-1).cut();
    await vi.advanceTimersByTimeAsync(2100);
    socket(-1).welcome(true);
    know(missing);
    await vi.advanceTimersByTimeAsync(0);
    expect(pushes.at(-1)).toEqual({ kind: "connection", state: "live" });
  });

  test("a call hurries the next attempt", () => {
    const { transport } = begin();
    socket(0).cut();
    void transport.call("models", {});
    expect(sockets.length).toBe(2);
  });
});

describe("when the server has forgotten this view", () => {
  test("hello names the session that was open", async () => {
    const { transport } = begin("s1");
    socket(0).welcome(false);
    const hello = transport.call("hello", {});
    expect(socket(0).last()).toMatchObject({ verb: "session.open", args: { session_id: "s1" } });
    const error = { message: "No such session.", hint: "" };
    socket(0).receive({ n: 1, id: socket(0).last().id, kind: "reply", ok: false, error });
    await vi.advanceTimersByTimeAsync(0);
    expect(socket(0).last()).toMatchObject({ verb: "hello" });
    socket(0).receive({ n: 2, id: socket(0).last().id, kind: "reply", ok: true, result: HELLO });
    await expect(hello).resolves.toEqual(HELLO);
  });

  test("an answer that had begun ends here, and views say hello again", async () => {
    const { transport, pushes } = begin();
    socket(0).welcome(false);
    const asking = transport.ask(ASK, () => {});
    socket(0).receive({ n: 1, id: asking.id, kind: "event", seq: 0, event: STARTED });
    socket(0).cut();
    vi.advanceTimersByTime(200);
    socket(1).welcome(false);
    await asking.done;
    expect(pushes.slice(-2)).toEqual([
      { kind: "connection", state: "connecting" },
      { kind: "connection", state: "live" },
    ]);
  });

  test("a question that may have arrived is not asked twice; one that was never sent is", async () => {
    const { transport } = begin();
    socket(0).welcome(false);
    const arrived = transport.ask(ASK, () => {});
    socket(0).cut();
    const waiting = transport.ask(ASK, () => {});
    socket(1).welcome(false);
    await arrived.done;
    expect(socket(1).sent.map((frame) => frame.id)).toEqual([waiting.id]);
  });
});

test("another window takes over: the view does not fight for its place", async () => {
  const { transport, pushes } = begin();
  socket(0).welcome(false);
  const models = transport.call("models", {});
  const refused = expect(models).rejects.toMatchObject({ message: TAKEN.message });
  socket(0).cut(4001);
  vi.advanceTimersByTime(60_000);
  expect(sockets.length).toBe(1);
  expect(pushes.at(-1)).toEqual({ kind: "connection", state: "gone", says: TAKEN });
  await refused;
});
