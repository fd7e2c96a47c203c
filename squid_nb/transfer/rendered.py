"""What a model wrote, as HTML that can do nothing: Markdown without raw HTML, highlighted code, no remote images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

__all__ = ["Rendered"]

_LONGEST_MARKDOWN = 200_000
_LONGEST_CODE = 40_000
"""Beyond these, text is shown as it is: nobody reads it, and rendering it takes long."""
_SCHEMES = frozenset({"http", "https", "mailto"})
_OWN_IMAGE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=]+")


class Rendered:
    """Turns text into HTML; make one for a whole page."""

    def __init__(self) -> None:
        self._formatter = HtmlFormatter(nowrap=True)
        # js-default has tables and strike-through; raw HTML stays text.
        self._markdown = MarkdownIt("js-default", {"html": False, "highlight": self._highlighted})
        self._markdown.add_render_rule("image", _image)
        self._markdown.add_render_rule("link_open", _link)
        self._markdown.add_render_rule("th_open", _cell)
        self._markdown.add_render_rule("td_open", _cell)

    def markdown(self, text: str) -> str:
        """Markdown as HTML."""
        if len(text) > _LONGEST_MARKDOWN:
            return self.plain(text)
        html: str = self._markdown.render(text)
        return f'<div class="content" dir="auto">{html}</div>'

    def plain(self, text: str) -> str:
        """Text as it was typed."""
        return f'<div class="content plain" dir="auto">{escape(text)}</div>'

    def _highlighted(self, code: str, language: str, _: str) -> str:
        if not language or len(code) > _LONGEST_CODE:
            return escape(code)
        try:
            lexer = get_lexer_by_name(language, stripnl=False)
        except ClassNotFound:
            return escape(code)
        html: str = highlight(code, lexer, self._formatter)
        return html


def _image(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    """A picture that is in the text itself; of any other only what it shows, since loading it would tell its host."""
    source = str(tokens[index].attrs.get("src", ""))
    words = escape(tokens[index].content)
    if _OWN_IMAGE.fullmatch(source):
        return f'<img src="{source}" alt="{words}">'
    host = _split(source)[1]
    where = f" from {escape(host)}" if host else ""
    return f'<span class="image">Image{where}: {words or "without a description"}</span>'


def _link(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    target = str(tokens[index].attrs.get("href", ""))
    if _split(target)[0] not in _SCHEMES:
        return "<a>"
    return f'<a href="{escape(target)}" rel="noopener noreferrer nofollow" target="_blank">'


def _cell(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    """A cell of a table, whose alignment is a class: the page's policy forbids inline styles."""
    style = str(tokens[index].attrs.get("style", ""))
    side = style.removeprefix("text-align:")
    return f'<{tokens[index].tag} class="{side}">' if side in {"left", "center", "right"} else f"<{tokens[index].tag}>"


def _split(address: str) -> tuple[str, str]:
    """Scheme and host; empty when it is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.hostname or ""
