"""Where a wheel lies, by the package indexes that pip is set up with.

Only indexes over HTTP(S) without credentials are asked, through the proxy and with the certificates that pip is told to
use. For everything else, and whenever anything is unclear, the answer is None, and pip itself fetches the wheel.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

__all__ = ["Source", "find"]

_DEFAULT = "https://pypi.org/simple"
_SECTIONS = ("global", "download", ":env:")
"""Of pip's settings, those that come later win."""
_ASKED_S = 30.0


@dataclass(frozen=True, slots=True)
class Source:
    """A wheel's address, and what a client needs to reach it."""

    url: str
    proxy: str | None
    certificates: str | None

    def client(self, *, timeout_s: float) -> httpx.AsyncClient:
        """An HTTP client with pip's settings."""
        return httpx.AsyncClient(
            proxy=self.proxy, verify=_verify(self.certificates), timeout=timeout_s, follow_redirects=True
        )


def find(requirement: str, *, sha256: str) -> Source | None:
    """The address of the wheel `name==version`, or None when pip has to be asked itself."""
    settings = _settings()
    if settings is None or settings.get("no-index", "false").lower() not in ("false", "0", "no", "off"):
        return None
    addresses = f"{settings.get('index-url') or _DEFAULT} {settings.get('extra-index-url', '')}".split()
    proxy, certificates = settings.get("proxy"), settings.get("cert")
    name, _, version = requirement.partition("==")
    try:
        with httpx.Client(proxy=proxy, verify=_verify(certificates), timeout=_ASKED_S, follow_redirects=True) as client:
            for address in filter(_is_plain, addresses):
                page = f"{address.rstrip('/')}/{re.sub(r'[-_.]+', '-', name).lower()}/"
                for link in _links(client, page):
                    if _is_meant(link, name, version, sha256):
                        return Source(urldefrag(link).url, proxy, certificates)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        pass  # pip has its own ways, and its own words for what is wrong
    return None


def _verify(certificates: str | None) -> ssl.SSLContext | bool:
    return ssl.create_default_context(cafile=certificates) if certificates else True


def _settings() -> dict[str, str] | None:
    """What `pip config list` says, the files and the environment together."""
    if importlib.util.find_spec("pip") is None:
        return None
    command = [sys.executable, "-m", "pip", "config", "list"]
    # A pip that is told to be quiet would not answer at all.
    loud = {**os.environ, "PIP_QUIET": "0"}
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=_ASKED_S, check=True, env=loud)
    except (OSError, subprocess.SubprocessError):
        return None
    found: dict[str, dict[str, str]] = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        try:
            found.setdefault(section, {})[option] = str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            continue
    return {option: value for section in _SECTIONS for option, value in found.get(section, {}).items()}


def _is_plain(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and "@" not in parts.netloc


def _links(client: httpx.Client, page: str) -> Iterator[str]:
    """The links of an index's page, whole."""
    response = client.get(page, headers={"Accept": "application/vnd.pypi.simple.v1+html, text/html;q=0.5"})
    if response.status_code != httpx.codes.OK:
        return
    parser = _Links()
    parser.feed(response.text)
    for link in parser.found:
        yield urljoin(str(response.url), link)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)


def _is_meant(link: str, name: str, version: str, sha256: str) -> bool:
    url, fragment = urldefrag(link)
    if fragment.startswith("sha256=") and fragment != f"sha256={sha256}":
        return False
    file_name = urlsplit(url).path.rpartition("/")[2].lower()
    stem = f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}-"
    return _is_plain(url) and file_name.endswith(".whl") and file_name.startswith(stem)
