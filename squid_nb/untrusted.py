"""Markdown that a model wrote, made safe to show: no remote image loads by itself, raw HTML is only text.

A notebook renders Markdown wherever it is opened, and an image's address can carry away what the conversation holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

__all__ = ["safe_html", "safe_markdown"]

_BLOCKS_OF_CODE = {"fence", "code_block"}
_MATH = re.compile(r"\$\$.+?\$\$|\$(?!\s)[^$\n]+?(?<!\s)\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
_IMAGE = re.compile(r"!\[")
_TAG = re.compile(r"(\\*)<(?=[A-Za-z/!?])(?!https?://[^\s<>]*>)")


def safe_markdown(text: str) -> str:
    """The same Markdown with images turned into links and HTML into text; code is left as it is."""
    if "![" not in text and "<" not in text:
        return text
    lines = text.split("\n")
    code = _lines_of_code(text)
    return "\n".join(line if number in code else _disarm(line) for number, line in enumerate(lines))


def safe_html(text: str) -> str:
    """Markdown as HTML: raw HTML escaped, images as links, formulas left for the page to typeset."""
    return str(_html_parser().render(text))


def _lines_of_code(text: str) -> set[int]:
    """The lines inside code blocks, as CommonMark reads them; their fences cannot hold an image or a tag."""
    code: set[int] = set()
    for token in _parser().parse(text):
        if token.type in _BLOCKS_OF_CODE and token.map:
            first, end = token.map
            code.update(range(first + (token.type == "fence"), end))
    return code


def _disarm(line: str) -> str:
    # `\<` breaks a formula and `\lt` is one.
    parts = []
    place = 0
    for match in _MATH.finditer(line):
        parts += [_disarm_words(line[place : match.start()]), _TAG.sub(r"\1\\lt ", _IMAGE.sub("! [", match.group()))]
        place = match.end()
    return "".join([*parts, _disarm_words(line[place:])])


def _disarm_words(words: str) -> str:
    # The bracket is escaped, not the mark: a backslash before the mark would escape ours.
    words = _IMAGE.sub(r"!\\[", words)
    return _TAG.sub(lambda match: match.group() if len(match[1]) % 2 else f"{match[1]}\\<", words)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


@lru_cache(maxsize=1)
def _html_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.inline.ruler.before("escape", "math", _math_rule)
    parser.add_render_rule("math", _render_math)
    parser.add_render_rule("image", _render_image)
    return parser


def _math_rule(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of the parser's rules
    match = _MATH.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("math", "", 0).content = match.group()
    state.pos = match.end()
    return True


def _render_math(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return escape(tokens[index].content)


def _render_image(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    token = tokens[index]
    source = escape(str(token.attrGet("src") or ""))
    return f'<a href="{source}" rel="noreferrer noopener">{escape(token.content or source)}</a>'
