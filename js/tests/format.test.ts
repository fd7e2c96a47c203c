import { expect, test } from "vitest";
import { cost, duration, isLocal, spent, tokens, usageTokens } from "../src/format.js";
import type { Usage } from "../src/wire.js";

test.each([
  [null, "in process", "free, runs locally"],
  [null, "http://127.0.0.1:8080", "free, runs locally"],
  [null, "http://localhost:11434", "free, runs locally"],
  [null, "http://[::1]:11434", "free, runs locally"],
  [null, "https://localhost.evil.example", "cost unknown"],
  [null, "https://api.example.com", "cost unknown"],
  [0, "https://api.example.com", "free"],
  [0.000_000_4, "https://api.example.com", "< $0.000001"],
  [0.000_001_5, "https://api.example.com", "$0.0000015"],
  [0.000_412, "https://api.example.com", "$0.00041"],
  [0.0312, "https://api.example.com", "$0.031"],
  [1.5, "https://api.example.com", "$1.50"],
])("a cost of %s at %s is %s", (usd, host, text) => expect(cost(usd, host)).toBe(text));

test.each([
  ["in process", true],
  ["http://localhost:11434", true],
  ["http://app.localhost", true],
  ["http://127.9.9.9", true],
  ["http://[::1]:1", true],
  ["http://0.0.0.0:1", true],
  ["http://localhost.example.com", false],
  ["http://127.0.0.1.example.com", false],
  ["http://10.0.0.1", false],
  ["", false],
])("%s is on this machine: %s", (host, local) => expect(isLocal(host)).toBe(local));

test("a session's cost is said as in the answers", () => {
  expect(spent({ cost_usd: null, unpriced: 0 })).toBe("free, runs locally");
  expect(spent({ cost_usd: null, unpriced: 2 })).toBe("cost unknown");
  expect(spent({ cost_usd: 1.5, unpriced: 0 })).toBe("$1.50");
  expect(spent({ cost_usd: 1.5, unpriced: 1 })).toBe("$1.50 + unknown cost");
});

test("unknown tokens are said to be unknown, estimates have a tilde", () => {
  const usage = (fields: Partial<Usage>) => usageTokens(fields as Usage);
  expect(usage({ input_tokens: null, output_tokens: null, method: "unknown" })).toBe("tokens unknown");
  expect(usage({ input_tokens: 12, output_tokens: 3400, method: "measured" })).toBe("12 in, 3.4k out");
  expect(usage({ input_tokens: 12, output_tokens: null, method: "estimated" })).toBe("~12 in, ? out");
});

test("numbers are short", () => {
  expect([999, 1000, 8192, 131_072].map(tokens)).toEqual(["999", "1k", "8.2k", "131k"]);
  expect([0.2, 180, 2310, 12_600, 119_600].map(duration)).toEqual([
    "1 ms",
    "180 ms",
    "2.3 s",
    "13 s",
    "2 min 0 s",
  ]);
});
