"""llama.cpp's own HTTP server in this process, with the real weights: what an endpoint really does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["MODEL", "llama_server"]

MODEL = "smollm2"


@contextmanager
def llama_server(weights: Path, *, key: str | None = None) -> Iterator[str]:
    """Serve the weights on a free loopback port; yields `http://127.0.0.1:port`."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.model_alias = {MODEL}
    parameters.n_ctx = 4096
    parameters.n_parallel = 2
    parameters.verbosity = -1
    parameters.warmup = False
    parameters.endpoint_metrics = True
    if key is not None:
        parameters.api_keys = [key]
    server = xllamacpp.Server(parameters)
    server.handle_metrics()  # its loop runs now, so that it can be ended
    yield server.listening_address
