"""Every error the package raises on purpose.

Each carries one sentence that says what happened and a hint that says what to do next. Doors translate
them once: magics to a `UsageError`, the CLI to an exit code, widgets to a `Failed` event.

::

    SquidError
    ├── InvalidInput            what the person gave cannot be used (a verb, an option, a value)
    ├── ConfigError             a setting is unknown or has a bad value
    ├── NotFound                no such session, message or file
    ├── AccessDenied            it exists, but not for this user
    ├── BudgetExceeded          a hard cap of `[budget]` is reached, and nothing was sent
    ├── SourceError             an attachment cannot be read or is over a limit
    ├── SearchError             the search index cannot be built or read
    ├── TransferError           a file of an export or a backup cannot be written, or cannot be trusted
    │   └── Cancelled           the person stopped it, and nothing was written
    ├── StoreError
    │   ├── StoreBusy           another process holds the database for longer than `lock_timeout_s`
    │   ├── StoreNewer          the file was written by a newer squid_nb
    │   └── StoreDamaged        the file cannot be opened as a DuckDB database
    └── ProviderError
        ├── ProviderMissing     the optional package behind a provider is not installed
        ├── WeightsMissing      no weights in the cache and none could be fetched
        ├── Unreachable         refused, timed out, no such host
        ├── KeyRefused          401 or 403
        ├── ModelNotFound       404, or the endpoint does not offer this model
        ├── RateLimited         429 after the allowed retries
        ├── ContextExceeded     the question does not fit the model's context
        └── BadStream           the answer broke off, stalled or was not an answer at all
"""

from __future__ import annotations

__all__ = [
    "AccessDenied",
    "BadStream",
    "BudgetExceeded",
    "Cancelled",
    "ConfigError",
    "ContextExceeded",
    "InvalidInput",
    "KeyRefused",
    "ModelNotFound",
    "NotFound",
    "ProviderError",
    "ProviderMissing",
    "RateLimited",
    "SearchError",
    "SourceError",
    "SquidError",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreNewer",
    "TransferError",
    "Unreachable",
    "WeightsMissing",
]


class SquidError(Exception):
    """What happened, in one sentence, and what to do next.

    Parameters
    ----------
    message
        One sentence, safe to show: no secrets, no traceback.
    hint
        What the reader can do about it; empty when there is nothing to do.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(SquidError):
    """What the person gave cannot be used."""


class ConfigError(SquidError):
    """A setting is unknown or has a bad value."""


class NotFound(SquidError):
    """No such session, message or file."""


class AccessDenied(SquidError):
    """It exists, but not for this user."""


class BudgetExceeded(SquidError):
    """A hard cap of `[budget]` is reached, and nothing was sent."""


class SourceError(SquidError):
    """An attachment cannot be read or is over a limit."""


class SearchError(SquidError):
    """The search index cannot be built or read."""


class TransferError(SquidError):
    """A file of an export or a backup cannot be written, or cannot be trusted."""


class Cancelled(TransferError):
    """The person stopped it, and nothing was written."""


class StoreError(SquidError):
    """The database cannot do what was asked."""


class StoreBusy(StoreError):
    """Another process holds the database for longer than `database.lock_timeout_s`."""


class StoreNewer(StoreError):
    """The file was written by a newer squid_nb than this one."""


class StoreDamaged(StoreError):
    """The file cannot be opened as a DuckDB database."""


class ProviderError(SquidError):
    """The model gave no answer, or only a part of one."""


class ProviderMissing(ProviderError):
    """The optional package behind a provider is not installed."""


class WeightsMissing(ProviderError):
    """No weights are cached and none could be fetched."""


class Unreachable(ProviderError):
    """The endpoint refused, timed out or does not exist."""


class KeyRefused(ProviderError):
    """The endpoint does not accept the key (401 or 403)."""


class ModelNotFound(ProviderError):
    """The endpoint does not offer this model."""


class RateLimited(ProviderError):
    """The endpoint still answers 429 after the allowed retries."""


class ContextExceeded(ProviderError):
    """The question does not fit the model's context."""


class BadStream(ProviderError):
    """The answer broke off, stalled, or was not an answer at all."""
