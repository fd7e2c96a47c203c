import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as markdown from "../src/markdown.js";
import { StreamingMarkdown } from "../src/streamingMarkdown.js";

const TEXTS: Record<string, string> = {
  prose: "First *paragraph*\nwith two lines.\n\nSecond **bold** one.\n\n\n\nThird.",
  headings: "# One\ntext\n\nTitle\n=====\n\nAnother\n---\n\n---\n\n## Two ##\n",
  lists:
    "Intro:\n- a\n- b\n  - c\n\n  more of b\n\n- d\n\n1. one\n\n2. two\n\n   ```py\n   x = 1\n   ```\n\n10. ten\n\nend\n\n* star\n+ plus",
  numbers: "1. one\n\n2. two\n\n3. three\n\n2\n\n4. four",
  fences:
    "```python\ndef f():\n\n    return 1\n```\nafter\n\n~~~\n```\n~~~\n\n````md\n```\ninner\n```\n````\n\n```js\nopen",
  indented: "para\n\n    code\n\n    more code\n\nback\n    lazy",
  quotes: "> one\nlazy\n\n> two\n>\n> - item\n>\n> > nested\n\nend",
  tables: "| a | b |\n|---|--:|\n| 1 | `|` |\n| 2 | **x** |\nnot a row\n\n| lone |\n",
  html: "<div>\ntext\n\n**md**\n</div>\n\n<!-- a\n\ncomment --> after\n\nx<br>y\n\n<script>\n\nalert(1)\n</script>\n\nend",
  maths:
    "Let $x$ and $$y$$:\n\n$$\n- a\n= b\n$$\n\ntext\n$$\nz\n$$\n\n\\[\n\\frac{1}{2}\n\\]\n\n$$ never closed\n- item\n\nend $5",
  references:
    "See [the docs] and [more][m].\n\n- [the docs]\n\n[the docs]: https://duckdb.org\n\n[m]: https://example.org 'More'\n\nAgain [m].",
  images: "![a](https://example.org/a.png)\n\n[![b](https://example.org/b.png)](https://example.org)\n",
  crlf: "one\r\ntwo\r\n\r\n- a\r\n- b\r\n\r\n```\r\ncode\r\n```\r\nend\r\n",
  escapes: "\\*not\\* \\`x\\` &amp; &lt; a\\\nb  \nc\n\n* * *\n\n***bold* both**",
  unicode: "Größe 👩‍👩‍👧 «ок»\n\n- 日本語\n- עברית\n",
};

function container(): HTMLDivElement {
  return document.createElement("div");
}

function whole(source: string): string {
  const element = container();
  element.append(markdown.renderMarkdown(source));
  return element.innerHTML;
}

/** Small, seeded, good enough to choose where to cut. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function* cut(source: string, next: () => number): Generator<string> {
  const longest = 1 + Math.floor(next() * 12);
  for (let at = 0; at < source.length; ) {
    const length = 1 + Math.floor(next() * longest);
    yield source.slice(at, at + length);
    at += length;
  }
}

function streamed(source: string, pieces: Iterable<string>): string {
  const element = container();
  const streaming = new StreamingMarkdown(element);
  for (const piece of pieces) {
    streaming.append(piece);
    streaming.flush();
  }
  streaming.finish("", () => source);
  streaming.flush();
  return element.innerHTML;
}

describe("streaming gives the same DOM as rendering the whole", () => {
  test.each(Object.entries(TEXTS))("%s, letter by letter", (_, source) => {
    expect(streamed(source, source)).toBe(whole(source));
  });

  test.each(Array.from({ length: 24 }, (_, seed) => seed))("shuffled and cut anywhere, seed %i", (seed) => {
    const next = random(seed + 1);
    const texts = Object.values(TEXTS)
      .sort(() => next() - 0.5)
      .slice(0, 3);
    const source = texts.join(next() < 0.5 ? "\n\n" : "\n");
    expect(streamed(source, cut(source, next))).toBe(whole(source));
  });

  test("what is on the page in the middle of an answer is what that much text says", () => {
    const source = TEXTS.lists ?? "";
    const element = container();
    const streaming = new StreamingMarkdown(element);
    for (let end = 1; end <= source.length; end += 1) {
      streaming.append(source.slice(end - 1, end));
      streaming.flush();
      expect(element.textContent?.trim()).toBe(textOf(source.slice(0, end)));
    }
  });
});

function textOf(source: string): string | undefined {
  const element = container();
  element.append(markdown.renderMarkdown(source));
  return element.textContent?.trim();
}

describe("each block is rendered once", () => {
  test("finished blocks keep their nodes", () => {
    const element = container();
    const streaming = new StreamingMarkdown(element);
    streaming.append("one\n\n- two\n\nthree\n\n");
    streaming.flush();
    const [first, second] = element.children;
    streaming.append("```py\nx = 1\n```\n\nmore\n\n");
    streaming.flush();
    streaming.finish("end", () => "");
    streaming.flush();
    expect(element.children[0]).toBe(first);
    expect(element.children[1]).toBe(second);
    expect(element.children).toHaveLength(6);
  });

  test("the parser sees each character of a long answer a bounded number of times", () => {
    const render = vi.spyOn(markdown, "render");
    const paragraph = "Some words that fill a line of the answer.\n\n";
    const lexed = (count: number) => {
      const source = paragraph.repeat(count);
      let parsed = 0;
      const streaming = new StreamingMarkdown(container());
      for (let at = 0; at < source.length; at += 8) {
        streaming.append(source.slice(at, at + 8));
        streaming.flush();
        for (const [blocks] of render.mock.calls)
          parsed += blocks.reduce((sum, block) => sum + block.raw.length, 0);
        render.mockClear();
      }
      return parsed / source.length;
    };
    expect(lexed(200)).toBeLessThan(lexed(20) * 1.2);
    render.mockRestore();
  });

  test("a backlog in one block is parsed a bounded number of times, however long it is", () => {
    const render = vi.spyOn(markdown, "render");
    const parsed = (count: number) => {
      const source = "- one more item of the same list\n".repeat(count);
      const streaming = new StreamingMarkdown(container());
      streaming.append(source);
      streaming.flush();
      const sizes = render.mock.calls.map(([blocks]) => blocks.reduce((sum, { raw }) => sum + raw.length, 0));
      render.mockClear();
      return sizes.reduce((sum, size) => sum + size, 0) / source.length;
    };
    expect(parsed(3000)).toBeLessThan(5);
    render.mockRestore();
  });

  test("an open block of code grows by what is new to it", () => {
    const element = container();
    const streaming = new StreamingMarkdown(element);
    streaming.append("```\n");
    streaming.append("line\n".repeat(3000));
    streaming.flush();
    const code = element.querySelector("code");
    streaming.append("the last line\n");
    streaming.flush();
    expect(element.querySelector("code")).toBe(code);
    expect(code?.textContent?.endsWith("line\nthe last line")).toBe(true);
  });
});

describe("a backlog", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is rendered in slices with pauses between them, and all of it in the end", () => {
    const element = container();
    const source = "A paragraph of some length, again and again.\n\n".repeat(600);
    new StreamingMarkdown(element).finish(source, () => source);
    expect(element.children.length).toBeGreaterThan(50);
    expect(element.children.length).toBeLessThan(300);
    vi.runAllTimers();
    expect(element.innerHTML).toBe(whole(source));
  });
});
