"""A file or an upload becomes a source: limits, a trustworthy name, a MIME type and the text a model can read.

Everything that cannot be attached ends in one `SourceError` sentence; a name is never trusted, because it comes from
whoever made the file.
"""

from __future__ import annotations

import math
import mimetypes
import stat
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SourceError
from ..records import NewSource
from .decode import decode, image_type
from .delimited import cut_table
from .notebook import notebook_text

if TYPE_CHECKING:
    from ..config import Config

__all__ = ["from_bytes", "from_path"]

_MB = 1024 * 1024
_NAME_LENGTH = 200
_CHARACTERS_A_TOKEN = 4
_TABLES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
# Without the files of the operating system, so that a type does not depend on the machine.
_TYPES = mimetypes.MimeTypes()
for _type, _suffix in (("text/markdown", ".md"), ("application/toml", ".toml"), ("application/yaml", ".yaml")):
    _TYPES.add_type(_type, _suffix)
_LOADERS = {
    ".parquet": "pandas.read_parquet",
    ".feather": "pandas.read_feather",
    ".xlsx": "pandas.read_excel",
    ".xls": "pandas.read_excel",
    ".pkl": "pandas.read_pickle",
    ".h5": "pandas.read_hdf",
    ".npy": "numpy.load",
}


def from_path(path: str | Path, *, config: Config) -> NewSource:
    """Read a file of this machine.

    Raises
    ------
    SourceError
        When it does not exist, is no regular file, may not be read, is over `files.max_file_size_mb` or is binary.
    """
    file = Path(path).expanduser()
    name = clean_name(file.name or str(file))
    limit = _limit_bytes(config)
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(f"{name} is a directory.", "Attach the files in it one by one.")
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{name} is not a regular file.", "Only regular files can be attached.")
        _check_size(name, status.st_size, config)
        with file.open("rb") as stream:
            # A file may grow between the two calls: never read more than one byte over the limit.
            data = stream.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # ValueError: a NUL in the path.
        raise SourceError(f"There is no file {clean_name(str(path), keep_folders=True)}.", "Check the path.") from None
    except PermissionError:
        raise SourceError(f"{name} may not be read.", "Check its permissions.") from None
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror or 'input/output error'}.") from None
    return from_bytes(name, data, config=config, path=file)


def from_bytes(name: str, data: bytes, *, config: Config, path: Path | None = None) -> NewSource:
    """Make a source of an upload, or of a file's bytes when `path` says where they came from.

    Raises
    ------
    SourceError
        When it is over `files.max_file_size_mb`, or is neither text nor an image.
    """
    name = clean_name(name)
    _check_size(name, len(data), config)
    detail: dict[str, Any] = {"path": str(path.absolute())} if path is not None else {}
    picture = image_type(data)
    if picture is not None:
        return NewSource(kind="file", name=name, mime_type=picture, data=data, text=None, detail=detail)
    decoded = decode(data)
    if decoded is None:
        raise SourceError(f"{name} is a binary file.", _binary_hint(name))
    text, encoding = decoded
    detail["encoding"] = encoding
    suffix = Path(name).suffix.lower()
    if suffix == ".ipynb":
        text = notebook_text(name, text)
    elif suffix in _TABLES:
        text = cut_table(name, text, delimiter=_TABLES[suffix], budget=_table_budget(config), size=len(data))
    return NewSource(kind="file", name=name, mime_type=_text_type(name), data=data, text=text, detail=detail)


def clean_name(name: str, *, keep_folders: bool = False) -> str:
    """A file name that is safe to show: no folders, no control or direction-changing characters, bounded."""
    if not keep_folders:
        name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(" " if char.isspace() else char for char in name if char in "\t\n" or _is_printed(char))
    shown = " ".join(shown.split())
    if len(shown) > _NAME_LENGTH:
        keep = _NAME_LENGTH // 2 - 1
        shown = f"{shown[:keep]}…{shown[-keep:]}"
    return shown or "unnamed"


def size_text(size: int) -> str:
    """A size for people, rounded up, so that a file just over a limit never reads as the limit itself."""
    if size < 1024:
        return f"{size} bytes"
    unit, name = (1024, "KB") if size < _MB else (_MB, "MB")
    return f"{math.ceil(size / unit * 10) / 10:,.1f} {name}"


def _is_printed(char: str) -> bool:
    # Category C: control, format (right-to-left overrides, zero width), surrogates, unassigned.
    return not unicodedata.category(char).startswith("C")


def _limit_bytes(config: Config) -> int:
    return round(config.files.max_file_size_mb * _MB)


def _check_size(name: str, size: int, config: Config) -> None:
    if size > _limit_bytes(config):
        limit = f"{config.files.max_file_size_mb:g}"
        raise SourceError(
            f"{name} is {size_text(size)}; the limit is {limit} MB (files.max_file_size_mb).",
            "Attach a part of it, or raise the limit.",
        )


def _binary_hint(name: str) -> str:
    loader = _LOADERS.get(Path(name).suffix.lower())
    if loader is not None:
        return f"Load it with {loader}(…) and attach the variable with @name."
    return "Text, CSV, notebooks and images can be attached."


def _table_budget(config: Config) -> int:
    """Characters for a table: a quarter of the window, so that the conversation still fits beside it."""
    return max(1000, config.context.max_tokens * _CHARACTERS_A_TOKEN // 4)


def _text_type(name: str) -> str:
    suffix = Path(name).suffix.lower()
    if suffix == ".ipynb":
        return "application/x-ipynb+json"
    guessed, _ = _TYPES.guess_type(name)
    # Text under a name like `app.ts` is TypeScript, not an MPEG stream.
    if guessed is None or (guessed.startswith(("video/", "audio/", "image/")) and guessed != "image/svg+xml"):
        return "text/plain"
    return guessed
