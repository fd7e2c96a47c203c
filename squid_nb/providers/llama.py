"""One model loaded by llama.cpp through xllamacpp: silent, reachable by this process only. Blocks; needs a thread."""

from __future__ import annotations

import ctypes
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import httpx

from ..errors import ProviderMissing, WeightsMissing

__all__ = ["Llama", "ModelFile"]

_MAGIC = b"GGUF"
# Between two batches of a prompt llama.cpp can be told to stop; larger ones are hardly faster on a CPU.
_BATCH = 128
_PROMPT_CACHE_MB = 256
_BLOCK = 1 << 23
_TOKENIZE_S = 2.0
_REMEMBERED_COUNTS = 4096


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file and how to load it."""

    path: Path
    alias: str
    context_tokens: int
    threads: int | None = None


class Llama:
    """A loaded model.

    Parameters
    ----------
    report
        Called with the fraction that has been read from the disk; an exception from it ends the loading.

    Raises
    ------
    ProviderMissing
        xllamacpp is not installed.
    WeightsMissing
        The file does not exist or cannot be loaded.
    """

    def __init__(self, file: ModelFile, *, report: Callable[[float], None] = lambda _: None) -> None:
        self.file = file
        _check(file.path)
        # llama.cpp loads with the interpreter lock held. With the file in the page cache that is a fraction of a
        # second instead of as long as the disk takes.
        _read_ahead(file.path, report)
        try:
            import xllamacpp
        except ImportError as error:
            raise ProviderMissing(
                f"The embedded model needs the package xllamacpp ({error}).",
                "Install with `pip install 'squid-nb[local]'`, or set model.base_url to an endpoint.",
            ) from None
        # llama.cpp's server also listens on a loopback port, which cannot be switched off. Nobody else knows the key.
        self._key = secrets.token_urlsafe(32)
        try:
            self._server = xllamacpp.Server(self._parameters(xllamacpp.CommonParams()))
        except RuntimeError:
            raise WeightsMissing(
                f"llama.cpp cannot load {file.path}.",
                "It may be damaged (then delete it; the default weights are fetched again), made for a newer "
                "llama.cpp, or too large for the memory.",
            ) from None
        # Freed before its loop runs, the server would wait for ever: an answered task proves that it runs.
        self._server.handle_metrics()
        self._http = httpx.Client(
            base_url=self._server.listening_address,
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=_TOKENIZE_S,
            trust_env=False,
        )
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def answer(self, body: dict[str, Any], take: Callable[[dict[str, Any]], bool]) -> None:
        """Answer, chunk by chunk, until the end or until `take` returns True."""
        self._server.handle_chat_completions(body, take)

    def count_tokens(self, text: str) -> int | None:
        """Tokens of a text by the model's own tokenizer; None when it cannot be asked."""
        key = blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
        if key in self._counts:
            return self._counts[key]
        try:
            response = self._http.post("/tokenize", json={"content": text})
            count = len(response.json()["tokens"])
        except (httpx.HTTPError, RuntimeError, ValueError, KeyError, TypeError):  # RuntimeError: closed meanwhile
            return None
        self._counts[key] = count
        if len(self._counts) > _REMEMBERED_COUNTS:
            self._counts.popitem(last=False)
        return count

    def close(self) -> None:
        """Close the connection to it; the memory goes with the last reference."""
        self._http.close()

    def abandon(self) -> None:
        """Never free this model: in a forked child that waits for threads of llama.cpp that are not there."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))

    def _parameters(self, parameters: Any) -> Any:
        parameters.model.path = str(self.file.path)
        parameters.model_alias = {self.file.alias}
        parameters.n_ctx = self.file.context_tokens
        parameters.n_parallel = 1
        parameters.n_batch = parameters.n_ubatch = _BATCH
        parameters.cache_ram_mib = _PROMPT_CACHE_MB
        parameters.verbosity = -1  # anything it prints would land in the notebook
        parameters.api_keys = [self._key]
        parameters.cors_origins = ""
        parameters.ui = False
        parameters.endpoint_metrics = True
        parameters.warmup = False  # the first prompt does as well, and without the interpreter lock
        if self.file.threads is not None:
            parameters.cpuparams.n_threads = self.file.threads
        return parameters


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise WeightsMissing(
            f"The model file {path} cannot be read ({error.strerror}).",
            "Correct embedded.model_path, or remove it to use the default weights.",
        ) from None
    if magic != _MAGIC:
        raise WeightsMissing(
            f"{path} is not a GGUF file.", "Set embedded.model_path to one, or remove it to use the default weights."
        )


def _read_ahead(path: Path, report: Callable[[float], None]) -> None:
    size = path.stat().st_size
    done = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            done += len(block)
            report(done / size)
