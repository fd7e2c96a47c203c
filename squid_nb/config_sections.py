"""What can be set: one frozen section a class, each setting with its default and its limits.

Where values come from is not known here; `config` puts the sections together.
"""

from __future__ import annotations

import getpass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from .endpoint import clean_base_url
from .places import data_dir

__all__ = [
    "BUILT_IN_PROVIDERS",
    "PROVIDERS_GROUP",
    "Budget",
    "Context",
    "Database",
    "Embedded",
    "Files",
    "Model",
    "Performance",
    "Server",
    "Session",
    "Ui",
    "User",
]

BUILT_IN_PROVIDERS = ("embedded", "openai")
PROVIDERS_GROUP = "squid_nb.providers"
"""Entry points of this group are providers too."""

Positive = Annotated[int, Field(ge=1)]
Dollars = Annotated[float, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Database(_Section):
    """The history's file, and how patiently it is shared."""

    path: Path = Field(default_factory=lambda: data_dir() / "squid.duckdb")
    lock_timeout_s: float = Field(default=20.0, ge=0)
    idle_hold_ms: int = Field(default=50, ge=0)

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()


class Model(_Section):
    """Who answers: `embedded`, `openai` (any OpenAI-compatible endpoint) or the name of a plugin."""

    provider: str = "embedded"
    name: str | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: Positive | None = None
    timeout_s: float = Field(default=60.0, gt=0)
    system: str | None = None

    @field_validator("provider")
    @classmethod
    def _offered(cls, name: str) -> str:
        if name not in BUILT_IN_PROVIDERS:
            offered = [*BUILT_IN_PROVIDERS, *(entry.name for entry in metadata.entry_points(group=PROVIDERS_GROUP))]
            if name not in offered:
                raise ValueError(f"it must be one of {', '.join(offered)}")
        return name

    @field_validator("base_url")
    @classmethod
    def _clean(cls, url: str | None) -> str | None:
        return clean_base_url(url) if url is not None else None


class Embedded(_Section):
    """The model in this process; without `model_path`, the default weights."""

    model_path: Path | None = None
    context_tokens: int = Field(default=8192, ge=256)
    threads: Positive | None = None

    @field_validator("model_path")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().absolute() if path is not None else None


class Session(_Section):
    """Titles and deleting; nothing is deleted by itself, unless asked."""

    undo_days: int = Field(default=7, ge=0, le=3650)
    """How long a deleted session can be restored before it is gone for good; 0 for not at all."""
    refine_titles: bool | None = None
    """Whether the model is asked once for a better title; None asks every model but the embedded one."""

    max_age_days: Positive | None = None
    max_sessions_per_user: Positive | None = None
    cleanup_interval_hours: Positive | None = None
    max_messages_per_session: Positive | None = None


class Budget(_Section):
    """Caps on what is spent; none is set by default. A soft one warns, a hard one refuses before the model is called.

    Days and months are those of the person's own clock. Local models cost nothing and use tokens.
    """

    soft_session_usd: Dollars | None = None
    soft_day_usd: Dollars | None = None
    soft_month_usd: Dollars | None = None
    soft_session_tokens: Positive | None = None
    soft_day_tokens: Positive | None = None
    soft_month_tokens: Positive | None = None
    hard_session_usd: Dollars | None = None
    hard_day_usd: Dollars | None = None
    hard_month_usd: Dollars | None = None
    hard_session_tokens: Positive | None = None
    hard_day_tokens: Positive | None = None
    hard_month_tokens: Positive | None = None


class Context(_Section):
    """What the model gets to see of a long conversation."""

    max_tokens: int = Field(default=8192, ge=256)
    summarize_threshold: float = Field(default=0.8, gt=0, le=1)
    keep_recent_messages: int = Field(default=10, ge=0)


class Files(_Section):
    """Limits for attachments."""

    max_file_size_mb: float = Field(default=10, gt=0)
    max_files_per_message: int = Field(default=5, ge=0)
    store_duplicates: bool = False


class Performance(_Section):
    """Sizes and rates of the server."""

    cache_size_mb: int = Field(default=100, ge=0)
    enable_compression: bool = True
    rate_limit_requests_per_minute: Positive = 1200
    """Of one person to the server; a panel that searches as one types stays far below."""


class Server(_Section):
    """How the Jupyter Server extension sees people."""

    user_from_identity: bool = False
    """Whether each identity of the server has its own history; only for servers that know real accounts."""


class Ui(_Section):
    """How the composer behaves."""

    send_key: Literal["enter", "shift-enter"] = "enter"


class User(_Section):
    """Whose history it is."""

    name: str = Field(default_factory=lambda: _login_name(), min_length=1)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):  # a container whose user id has no name
        return "user"
