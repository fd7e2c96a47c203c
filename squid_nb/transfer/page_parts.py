"""The frame of an exported page, and the policy that lets nothing on it run but its own script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib import resources

from .._version import __version__

__all__ = ["closing", "opening"]


def opening(title: str) -> str:
    """Everything before the first session."""
    name = escape(" ".join(title.split()))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="squid_nb {escape(__version__)}">
<title>{name}</title>
<style>{_part("page.css")}</style>
</head>
<body>
<header class="bar">
<h1 dir="auto">{name}</h1>
<label class="hidden" for="search">Search</label>
<input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false">
<button id="theme" type="button" aria-label="Light or dark" title="Light or dark">◐</button>
<output id="found" for="search" aria-live="polite"></output>
</header>
<div class="page">
<nav aria-label="Sessions" hidden></nav>
<main>
"""


def closing() -> str:
    """Everything after the last session."""
    return f"</main>\n</div>\n<script>{_part('page.js')}</script>\n</body>\n</html>\n"


@cache
def _part(name: str) -> str:
    return resources.files(__package__).joinpath("page", name).read_text("utf-8")


def _policy() -> str:
    return "; ".join(
        [
            "default-src 'none'",
            "img-src data:",
            f"style-src '{_hash(_part('page.css'))}'",
            f"script-src '{_hash(_part('page.js'))}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
