"""Bytes become text in whatever encoding they are, or are told to be no text at all."""

from __future__ import annotations

import codecs

__all__ = ["decode", "image_type"]

_SAMPLE = 65536
_BINARY_SHARE = 0.02
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32 first: its little-endian mark begins with the one of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DOCUMENTS = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x7fELF")
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_PLAIN_CONTROLS = frozenset(b"\t\n\r\f\x1b\b")


def decode(data: bytes) -> tuple[str, str] | None:
    """The text and the name of its encoding; None for binary data."""
    if data.startswith(_DOCUMENTS):
        return None
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _try(data, encoding)
    if b"\0" in data[:_SAMPLE]:
        return _wide(data)
    if _control_share(data[:_SAMPLE]) > _BINARY_SHARE:
        return None
    return _try(data, "utf-8") or _try(data, "cp1252") or _try(data, "latin-1")


def image_type(data: bytes) -> str | None:
    """The MIME type of a raster image by its first bytes, whatever its name says."""
    for signature, mime_type in _IMAGES:
        if data.startswith(signature):
            return mime_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def _try(data: bytes, encoding: str) -> tuple[str, str] | None:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> tuple[str, str] | None:
    """UTF-16 without a byte-order mark: mostly Latin text has its zero bytes all on one side."""
    sample = data[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if len(data) % 2 == 0 and zeros > len(sample) // 4 and not others:
            return _try(data, encoding)
    return None


def _control_share(sample: bytes) -> float:
    if not sample:
        return 0.0
    return sum(byte < 32 and byte not in _PLAIN_CONTROLS for byte in sample) / len(sample)
