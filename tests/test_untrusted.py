"""Markdown of a model: nothing in it loads or runs by itself, and what is harmless stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from squid_nb.untrusted import safe_html, safe_markdown

HARMLESS = (
    "Plain **bold** with `code`, a [link](https://x.y) and 1 < 2 > 0.",
    "```html\n<img src='http://far.away'>\n![x](http://far.away)\n```",
    "1. Step:\n\n   ```python\n   a <b> c\n   ```\n2. Next",
    "    <b>indented</b>",
    "$a < b$ and \\(x^2\\)",
    "<https://x.y/z>",
    "| a | b |\n|---|---|\n| 1 | 2 |",
)
HARMFUL = (
    "![x](http://far.away/x.png)",
    "![x][ref]\n\n[ref]: http://far.away/x.png",
    "[![x](http://far.away/x.png)](http://y)",
    "> - ![x](http://far.away/x.png)",
    "text\n    ```\n    ![x](http://far.away/x.png)",
    "- a\n\n      ```\n![x](http://far.away/x.png)",
    "`open ![x](http://far.away/x.png)",
    "<img src=http://far.away>",
    "<img\nsrc=http://far.away>",
    "a <b onclick=alert(1)>b</b>",
    "<script>alert(1)</script>",
    "<!-- x --><?php ?>",
    "<style>body{background:url(http://far.away)}</style>",
    "$<img src=http://far.away>$ and $![x](http://far.away)$",
    "```\nclosed\n```\n![x](http://far.away/x.png)",
    "~~~ <img src=x>\ncode\n~~~\n<img src=x>",
    "\\\\![x](http://far.away/x.png)",
    "\\<b>\\\\<b>x",
)


def dangers(markdown: str) -> list[str]:
    """Images and raw HTML that a renderer would obey."""

    def kinds(tokens: list[object]) -> list[str]:
        found = []
        for token in tokens:
            found.append(token.type)  # type: ignore[attr-defined]
            found += kinds(token.children or [])  # type: ignore[attr-defined]
        return found

    parsed = MarkdownIt("commonmark").parse(markdown)
    return [kind for kind in kinds(list(parsed)) if kind in {"image", "html_inline", "html_block"}]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert safe_markdown(text) == text


@pytest.mark.parametrize("text", HARMFUL)
def test_images_and_html_are_only_text(text: str) -> None:
    assert dangers(text)
    assert dangers(safe_markdown(text)) == []


@pytest.mark.parametrize("text", HARMFUL)
def test_html_holds_no_image_and_no_tag_of_the_model(text: str) -> None:
    html = safe_html(text)
    for tag in ("<img", "<script", "<style", "<b ", "<b>", "<!--", "<?"):
        assert tag not in html


def test_html_keeps_structure_code_links_tables_and_formulas() -> None:
    html = safe_html("# A\n\n**b** `c` [d](https://e.f)\n\n|x|y|\n|-|-|\n|1|2|\n\n$a_1 *b* c_1$ costs $5")
    for piece in ("<h1>A</h1>", "<strong>b</strong>", "<code>c</code>", '<a href="https://e.f">', "<td>1</td>"):
        assert piece in html
    assert "$a_1 *b* c_1$ costs $5" in html
    assert "javascript:" not in safe_html("[x](javascript:alert(1))").replace("[x](javascript:alert(1))", "")


images = ["![x](http://f)", "<img src=x>", "<b>", "!", "[", "[a]", "<"]
marks = ["`", "```", "~~~", "$", "\\", "- ", "> ", "1. ", "|"]
blanks = ["\n", "\n\n", "    ", "\t", " ", "word"]
pieces = st.sampled_from(images + marks + blanks)


@given(text=st.lists(pieces, max_size=25).map("".join))
def test_no_combination_gets_through(text: str) -> None:
    assert dangers(safe_markdown(text)) == []
    assert "<img" not in safe_html(text)
