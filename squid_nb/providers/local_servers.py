"""The model servers people run on their own machine: their usual port and how each is started."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["LOCAL_SERVERS", "LocalServer", "how_to_start"]


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A program that serves models on a loopback port."""

    name: str
    port: int
    start: str


LOCAL_SERVERS = (
    LocalServer("Ollama", 11434, "`ollama serve`"),
    LocalServer("LM Studio", 1234, "`lms server start`"),
    LocalServer("vLLM", 8000, "`vllm serve MODEL`"),
    LocalServer("llama.cpp", 8080, "`llama-server -m MODEL.gguf`"),
)


def how_to_start(url: str) -> str:
    """What to run when nothing answers at this loopback URL."""
    port = urlsplit(url).port
    for server in LOCAL_SERVERS:
        if server.port == port:
            return f"Start {server.name} with {server.start}, or correct model.base_url."
    return "Start the model server there, or correct model.base_url."
