"""Types of answers that are not records themselves, for the routes and their description."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

__all__ = ["BatchResult", "Done", "Health", "Listed", "Setting", "UsageRow"]

T = TypeVar("T")


class Listed(BaseModel, Generic[T]):
    """A page; `cursor` leads to the next one and is null on the last."""

    items: list[T]
    cursor: str | None


class Health(BaseModel):
    """The server is there, and what it is doing."""

    status: Literal["ok"]
    version: str
    uptime_s: float
    answering: int
    jobs: int
    views: int


class Setting(BaseModel):
    """A setting; a secret is never shown."""

    key: str
    value: str
    origin: str


class UsageRow(BaseModel):
    """What model calls took, for one day, model or whatever was asked for; unknown costs are null."""

    key: str | datetime | None
    calls: int
    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    estimated: int


class Done(BaseModel):
    """How many there were, and which."""

    count: int
    ids: list[str]


class BatchResult(BaseModel):
    """What one operation of a batch came to."""

    status: int
    body: Any
