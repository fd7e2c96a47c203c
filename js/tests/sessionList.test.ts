import { beforeEach, describe, expect, test } from "vitest";
import { SessionList } from "../src/sessionList.js";
import type { SessionView, SessionWindow } from "../src/sessionsWire.js";
import { type Push, type Transport, TransportError } from "../src/transport.js";
import type { Session } from "../src/wire.js";

type Args = { view: SessionView; offset: number; limit: number | null; ids: string[]; title: string };

const session = (number: number): Session => ({
  id: `s${number}`,
  owner_id: "me",
  title: `Session ${number}`,
  model: null,
  system: null,
  notebook: null,
  head_id: null,
  created_at: "",
  updated_at: "",
  tags: [],
  pinned: false,
  archived: false,
  messages: 2,
  input_tokens: 0,
  output_tokens: 0,
  cost_usd: null,
  unpriced: 0,
});

/** A kernel with as many sessions as wanted, of which those with an odd number are found by any word. */
class Kernel {
  all = Array.from({ length: 1000 }, (_, number) => session(number));
  readonly calls: { verb: string; args: Args }[] = [];
  failing: string | null = null;
  /** How many sessions a search of this reach finds. */
  reached: ((reach: number) => number) | null = null;
  push: (push: Push) => void = () => undefined;

  readonly transport = {
    call: async (verb: string, args: Args) => {
      this.calls.push({ verb, args });
      await Promise.resolve();
      if (this.failing !== null) throw new TransportError({ message: this.failing, hint: "" });
      return this.#answer(verb, args);
    },
    subscribe: (listener: (push: Push) => void) => {
      this.push = listener;
      return () => undefined;
    },
  } as unknown as Transport;

  count(verb: string): number {
    return this.calls.filter((call) => call.verb === verb).length;
  }

  #answer(verb: string, args: Args): unknown {
    const shown = this.all.filter((_, number) => args.view?.words === "" || number % 2 === 1);
    if (verb === "sessions.browse") return this.#window(shown, args);
    if (verb === "sessions.ids")
      return shown
        .slice(args.offset, args.limit === null ? undefined : args.offset + args.limit)
        .map(({ id }) => id);
    if (verb === "sessions.delete") {
      this.all = this.all.filter(({ id }) => !args.ids.includes(id));
      return { ids: args.ids };
    }
    if (verb === "sessions.restore") {
      this.all = [...args.ids.map((id) => session(Number(id.slice(1)))), ...this.all];
      return { count: args.ids.length };
    }
    if (verb === "sessions.rename") return { ...session(0), title: args.title };
    return { tags: [], models: [], count: 1 };
  }

  #window(all: Session[], { view, offset, limit }: Args): SessionWindow {
    const shown = this.reached === null ? all : all.slice(0, this.reached(view.reach));
    return {
      items: shown.slice(offset, offset + (limit ?? 0)),
      offset,
      total: shown.length,
      groups: [{ key: "rest", count: shown.length }],
      answering: {},
      found: {},
      more: this.reached !== null && view.reach < 4,
    };
  }
}

const settled = async () => {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
};

describe("a list of sessions", () => {
  let kernel: Kernel;
  let list: SessionList;
  let selected: string[];
  let opened: string[];

  beforeEach(async () => {
    kernel = new Kernel();
    selected = [];
    opened = [];
    list = new SessionList(kernel.transport, {
      open: (id, message) => opened.push(`${id} ${message}`),
      select: (ids) => {
        selected = ids;
      },
    });
    await list.connect();
    await settled();
  });

  test("fetches a window, not the list", () => {
    expect(list.total.value).toBe(1000);
    expect(list.rows.value.size).toBe(80);
    expect(kernel.count("sessions.browse")).toBe(1);
  });

  test("fetches what comes into view, once", async () => {
    list.need(500, 520);
    await settled();
    list.need(505, 540);
    await settled();
    expect(list.rows.value.get(510)?.id).toBe("s510");
    expect(kernel.count("sessions.browse")).toBe(2);
  });

  test("a search looks farther when somebody comes to the end of it, and anew for other words", async () => {
    kernel.reached = (reach) => 50 * reach;
    list.show({ words: "duck" });
    await settled();
    list.need(0, 20);
    await settled();
    expect([list.total.value, list.more.value, list.view.value.reach]).toEqual([50, true, 1]);
    list.need(30, 49);
    await settled();
    expect([list.total.value, list.more.value, list.view.value.reach]).toEqual([100, true, 2]);
    expect(list.rows.value.get(60)?.id).toBe("s121");
    list.need(80, 99);
    await settled();
    expect([list.total.value, list.more.value, list.view.value.reach]).toEqual([200, false, 4]);
    list.need(180, 199);
    await settled();
    list.show({ words: "goose" });
    expect(list.view.value.reach).toBe(1);
  });

  test("what a search has found is opened where it was found", async () => {
    const [first, second] = [session(1), session(2)];
    list.found.value = { s1: { snippet: "x", message_id: "m1", kind: "message", hits: 1 } };
    list.open(first);
    list.open(second);
    expect(opened).toEqual(["s1 m1", "s2 null"]);
  });

  test("a search that finds nothing that fits looks farther by itself", async () => {
    kernel.reached = (reach) => (reach < 4 ? 0 : 7);
    list.show({ words: "duck", pinned: true });
    await settled();
    expect([list.total.value, list.more.value]).toEqual([7, false]);
  });

  test("a search begins anew with the best match first, and its end brings the order back", async () => {
    list.show({ sort: "title" });
    list.show({ words: "duck" });
    expect(list.view.value.sort).toBe("match");
    await settled();
    expect([list.total.value, list.rows.value.get(0)?.id, list.active.value]).toEqual([500, "s1", 0]);
    list.show({ words: "" });
    expect(list.view.value.sort).toBe("title");
  });

  test("a late answer to an earlier search is dropped", async () => {
    list.show({ words: "a" });
    list.show({ words: "" });
    await settled();
    expect(list.total.value).toBe(1000);
  });

  test("a change elsewhere is read again, and the keyboard stays on its session", async () => {
    list.goTo(3);
    kernel.all = [session(5000), ...kernel.all];
    kernel.push({ kind: "change", session_id: "", what: "sessions" });
    await settled();
    expect(list.rows.value.get(0)?.id).toBe("s5000");
    expect(list.active.value).toBe(4);
  });

  test("an empty list notices its first session", async () => {
    kernel.all = [];
    list.show({});
    await settled();
    expect(list.total.value).toBe(0);
    kernel.all = [session(7)];
    kernel.push({ kind: "change", session_id: "", what: "sessions" });
    await settled();
    expect(list.rows.value.get(0)?.id).toBe("s7");
  });

  test("rows do not move while a title is typed", async () => {
    list.beginRename(session(0));
    kernel.push({ kind: "change", session_id: "", what: "sessions" });
    await settled();
    expect(kernel.count("sessions.browse")).toBe(1);
    await list.rename(session(0), "Better");
    await settled();
    expect(kernel.count("sessions.rename")).toBe(1);
    expect(kernel.count("sessions.browse")).toBe(2);
  });

  test("selections are told to the host: one, a range beyond what is loaded, and all", async () => {
    list.selected.toggle(2);
    expect(selected).toEqual(["s2"]);
    await list.extendTo(200);
    expect([selected.length, selected[0], selected.at(-1)]).toEqual([199, "s2", "s200"]);
    await list.selected.all();
    expect(selected.length).toBe(1000);
    list.selected.clear();
    expect(selected).toEqual([]);
  });

  test("deleting can be undone", async () => {
    list.selected.toggle(0);
    await list.remove(["s0"]);
    await settled();
    expect([list.total.value, selected, list.notice.value?.text]).toEqual([999, [], "Deleted “Session 0”."]);
    list.notice.value?.undo?.();
    await settled();
    expect([list.total.value, list.rows.value.get(0)?.id]).toEqual([1000, "s0"]);
  });

  test("opening marks the session and tells the host", () => {
    list.open(session(4));
    expect([list.current.value, opened]).toEqual(["s4", ["s4 null"]]);
  });

  test("an error is a sentence, and what was shown stays", async () => {
    kernel.failing = "The database is busy.";
    kernel.push({ kind: "change", session_id: "", what: "sessions" });
    await settled();
    expect(list.problem.value?.message).toBe("The database is busy.");
    expect(list.rows.value.size).toBe(80);
    kernel.failing = null;
    await list.connect();
    expect(list.problem.value).toBeNull();
  });
});
