"""A Jupyter server with the extension, in a thread of the test's process, and views that speak to it."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from jupyter_server.serverapp import ServerApp
from traitlets.config import Config
from websockets.sync.client import ClientConnection, connect

from squid_nb.server.state import State

TOKEN = "a-token-for-tests"
ORIGIN = {"Authorization": f"token {TOKEN}"}
WAIT_S = 20


class Jupyter:
    """The server. `settings` are Jupyter Server's own, such as an Authorizer."""

    def __init__(self, directory: Path, *, base_url: str = "/a%40b/", **settings: Any) -> None:
        self._directory = directory
        self._base_url = base_url
        self._settings = settings
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self.app: Any = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(WAIT_S)
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End as Jupyter Server ends."""
        if self._thread.is_alive():
            self.app.io_loop.add_callback(self.app.stop)
            self._thread.join(WAIT_S)
            assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        """Of the extension's routes."""
        return f"http://127.0.0.1:{self.app.port}{self._base_url}squid/api"

    @property
    def state(self) -> State:
        """What the extension keeps."""
        found: State = self.app.extension_manager.extension_apps["squid_nb"].copy().pop().state
        return found

    def client(self, **more: Any) -> httpx.Client:
        """Somebody with the server's token."""
        return httpx.Client(base_url=self.url, headers={**ORIGIN, **more}, timeout=WAIT_S, trust_env=False)

    def view(self, client: str = "view-00001", *, after: int = 0, **headers: str) -> View:
        """A view on the WebSocket."""
        query = urlencode({"client": client, "after": after})
        url = f"{self.url.replace('http', 'ws', 1)}/ws?{query}"
        return View(connect(url, additional_headers={**ORIGIN, **headers}, proxy=None, max_size=None))

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            config = Config(
                {"ServerApp": {"jpserver_extensions": {"squid_nb": True, "jupyterlab": False}}, **self._settings}
            )
            config.setdefault("IdentityProvider", Config()).setdefault("token", TOKEN)
            self.app = ServerApp(
                config=config, port=0, ip="127.0.0.1", open_browser=False, allow_root=True, base_url=self._base_url,
                root_dir=str(self._directory), log_level="ERROR",
            )  # fmt: skip
            self.app.init_signal = lambda: None

            async def begin() -> None:
                self.app.initialize(argv=[])

            loop.run_until_complete(begin())
            loop.call_soon(self._ready.set)
            self.app.start_app()
            self.app.start_ioloop()
            # What a process that ends does not need to do.
            loop.run_until_complete(self.app.http_server.close_all_connections())
            loop.run_until_complete(loop.shutdown_default_executor())
        except BaseException as error:  # noqa: BLE001 - told to the test
            self._error = error
            self._ready.set()
        finally:
            loop.close()


class View:
    """A page's side of the WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.last = 0
        self.welcome = self.next()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye."""
        self._socket.close()

    def cut(self) -> None:
        """Be gone without a word, as behind a dead network."""
        self._socket.socket.close()

    def send(self, kind: str, *, again: str | None = None, **rest: Any) -> str:
        """Send a frame, or one with the id of another again; return its id."""
        name = again or uuid.uuid4().hex
        self._socket.send(json.dumps({"id": name, "kind": kind, **rest}))
        return name

    def raw(self, message: str | bytes) -> None:
        """Send whatever."""
        self._socket.send(message)

    def next(self) -> dict[str, Any]:
        """The next frame."""
        frame: dict[str, Any] = json.loads(self._socket.recv(WAIT_S))
        self.last = frame.get("n", self.last)
        return frame

    def until(self, last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Everything that comes, up to and with the first frame for which `last` holds."""
        seen = [self.next()]
        while not last(seen[-1]):
            seen.append(self.next())
        return seen

    def call(self, verb: str, **args: Any) -> dict[str, Any]:
        """Call and wait for the reply."""
        name = self.send("call", verb=verb, args=args)
        return self.until(lambda frame: frame.get("id") == name)[-1]

    def ask(self, prompt: str, **args: Any) -> list[dict[str, Any]]:
        """Ask and wait for the end; the events."""
        name = self.send("ask", args={"prompt": prompt, **args})
        frames = self.until(lambda frame: frame.get("id") == name and frame["kind"] == "end")
        return [frame["event"] for frame in frames if frame["kind"] == "event" and frame["id"] == name]
