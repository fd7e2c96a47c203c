"""What a base URL says: cleaned as people type it, its host, and whether it leaves this machine.

No requests are made here; repairing a missing `/v1` needs one and lives in `providers/`.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

__all__ = ["LOOPBACK", "clean_base_url", "host_of", "is_loopback"]

LOOPBACK = "://(([^/:]+[.])?localhost|127[.][0-9.]+|0[.]0[.]0[.]0|.::1?.)(:|/|$)"
"""`is_loopback` of a stored host, as a regular expression for SQL. It has no backslash, so that it can be pasted."""

_ENDINGS = ("/chat/completions", "/completions", "/models")


def clean_base_url(text: str) -> str:
    """The base URL a person meant: a scheme is added, a pasted request path and trailing slashes go.

    Raises
    ------
    ValueError
        When it is no http(s) URL, or holds a name and password or a query, which would be shown and stored.
    """
    url = text.strip()
    if "://" not in url:
        url = f"{'http' if is_loopback('http://' + url) else 'https'}://{url}"
    try:
        parts = urlsplit(url)
    except ValueError:  # an unclosed [ of an IPv6 address
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not _hostname(parts):
        raise ValueError("it must look like http://localhost:11434/v1")
    if parts.username or parts.password:
        raise ValueError("it must not hold a user name or password; put the key into OPENAI_API_KEY")
    if parts.query or parts.fragment:
        raise ValueError("it must end with the path, without ? or #; put the key into OPENAI_API_KEY")
    path = parts.path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending)
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def host_of(url: str) -> str:
    """`scheme://host:port`, without path, user name or password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_loopback(url: str) -> bool:
    """Whether requests to this URL stay on this machine."""
    try:
        host = _hostname(urlsplit(url))
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _hostname(parts: SplitResult) -> str:
    try:
        # A port that is not a number only shows when it is asked for.
        return (parts.hostname or "") if parts.port is None or parts.port else ""
    except ValueError:
        return ""
