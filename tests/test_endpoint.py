"""Base URLs as people type them, and what leaves this machine."""

from __future__ import annotations

import re

import pytest

from squid_nb.endpoint import LOOPBACK, clean_base_url, host_of, is_loopback


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" http://localhost:11434/v1/ ", "http://localhost:11434/v1"),
        ("localhost:11434", "http://localhost:11434"),
        ("127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("https://api.example.com/v1/chat/completions", "https://api.example.com/v1"),
        ("https://api.example.com/v1/models/", "https://api.example.com/v1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_base_urls_as_people_type_them(typed: str, meant: str) -> None:
    assert clean_base_url(typed) == meant
    assert clean_base_url(meant) == meant


@pytest.mark.parametrize(
    "typed", ["", "ftp://x", "http://", "http://x:port", "https://a:b@x", "https://x?k=v", "http://[::1"]
)
def test_what_is_no_base_url(typed: str) -> None:
    with pytest.raises(ValueError, match="must"):
        clean_base_url(typed)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1", True),
        ("http://app.localhost", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:1", True),
        ("http://0.0.0.0:1", True),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
        ("http://localhost@example.com", False),
        ("in process", False),
    ],
)
def test_what_stays_on_this_machine(url: str, local: bool) -> None:
    assert is_loopback(url) is local
    assert bool(re.search(LOOPBACK, host_of(url))) is local


def test_a_host_has_no_path_and_no_password() -> None:
    assert host_of("https://me:pw@api.example.com:1/v1") == "https://api.example.com:1"
