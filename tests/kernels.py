"""A real kernel for tests: cells are run as JupyterLab runs them, with the cell's id, and every output is seen."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

TESTS = Path(__file__).parent
TIMEOUT_S = 60.0


@dataclass
class Ran:
    """What one cell did."""

    reply: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Contents of the messages of a kind, in order."""
        return [message["content"] for message in self.messages if message["msg_type"] == kind]

    @property
    def outputs(self) -> list[dict[str, str]]:
        """What the cell shows in the end: displays as they were last updated, and results."""
        shown: dict[Any, dict[str, str]] = {}
        for number, message in enumerate(self.messages):
            content = message["content"]
            if message["msg_type"] in {"display_data", "update_display_data", "execute_result"}:
                shown[content.get("transient", {}).get("display_id") or number] = content["data"]
        return list(shown.values())

    @property
    def text(self) -> str:
        """What was printed."""
        return "".join(content["text"] for content in self.of("stream"))


class Kernel:
    """A running kernel."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def start(self, code: str, *, cell_id: str | None = None) -> str:
        """Send a cell and return the id of its message."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell_id} if cell_id else {}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def messages(self, message_id: str) -> Iterator[dict[str, Any]]:
        """What a cell says, until it is idle."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != message_id:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return
            yield message

    def finish(self, message_id: str) -> Ran:
        """Wait for a cell."""
        ran = Ran(messages=list(self.messages(message_id)))
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT_S)
            if reply["parent_header"].get("msg_id") == message_id:
                ran.reply = reply["content"]
                return ran

    def run(self, code: str, *, cell_id: str | None = None, fails: bool = False) -> Ran:
        """Run a cell; unless it is said to fail, it must not."""
        ran = self.finish(self.start(code, cell_id=cell_id))
        assert (ran.reply["status"] == "error") == fails, ran.reply.get("traceback") or ran.messages
        return ran

    def value(self, expression: str) -> Any:
        """The value of an expression that has a literal form."""
        import ast

        return ast.literal_eval(self.run(f"print(repr({expression}))").text.strip())


@contextmanager
def kernel(directory: Path, **environment: str) -> Iterator[Kernel]:
    """A kernel with its own history, working in `directory`."""
    manager = KernelManager(kernel_name="python3")
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)]),
        "SQUID_DATA_DIR": str(directory / "data"),
        "SQUID_CONFIG_DIR": str(directory / "config"),
        "IPYTHONDIR": str(directory / "ipython"),
        "JPY_SESSION_NAME": str(directory / "work.ipynb"),
        **environment,
    }
    manager.start_kernel(cwd=str(directory), env=env)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT_S)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
