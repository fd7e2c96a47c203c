"""`ChatWidget`: a conversation in a notebook's output.

Tokens travel as messages, never as traits: traits are saved into the notebook. The only content in the widget's state
is the session's id.
"""

from __future__ import annotations

import sys
from typing import Any

import anywidget
import traitlets

from .. import running_cell
from ..conversing import Bridge, FileWatch
from ..errors import SquidError
from ..links import Link
from ..records import Page
from ..sessions import SessionRef
from ..squid import Squid, shared
from . import transcript
from .static_files import static
from .subshell import stay_on_subshell

__all__ = ["ChatWidget"]

_FALLBACK_MESSAGES = 40


class ChatWidget(anywidget.AnyWidget):
    """A chat in the cell's output, on the same history as every other door.

    Parameters
    ----------
    session
        The session to show: a `Session`, its id or its title. When None, the one this cell last showed, else a new one.
    model
        Name of the model to ask; the configured one when None.
    height
        Height of the widget as a CSS length, such as `"30rem"`; it grows with the conversation up to a bound when None.
    squid
        Whose history; the process's shared one when None.
    """

    # Declared here, because anywidget makes traits only of what it finds on the class.
    _esm = traitlets.Unicode("").tag(sync=True)
    _css = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Unicode("").tag(sync=True)
    session_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        session: SessionRef | None = None,
        model: str | None = None,
        height: str | int | None = None,
        *,
        squid: Squid | None = None,
    ) -> None:
        self._squid = squid if squid is not None else shared()
        provenance = running_cell.here("widget")
        found = self._find(session, provenance.notebook, provenance.cell_id)
        super().__init__(
            height=f"{height}px" if isinstance(height, int) else (height or ""),
            session_id=found,
            _esm=static("chat.js"),
            _css=static("chat.css"),
        )
        self._bridge = Bridge(
            self._squid,
            self.send,
            provenance,
            session_id=found,
            model=model,
            namespace=_namespace(),
            on_session=self._follow,
        )
        self._bridge.connect()
        stay_on_subshell(self)
        self._watch = FileWatch(self._squid.store.path, lambda: self._bridge.announce_change())
        self._watch.start()
        self.on_msg(self._on_msg)
        self.observe(self._session_set, names="session_id")

    @property
    def squid(self) -> Squid:
        """Whose history is shown and added to."""
        return self._squid

    @property
    def session(self) -> str | None:
        """Id of the session that is shown; None while the chat is empty."""
        return self._bridge.session_id

    def follow(self, link: Link | str) -> None:
        """Turn to what a `squid:` link leads to, where the widget is shown."""
        self.send({"kind": "follow", "uri": str(link)})

    def close(self) -> None:
        """Take the widget away; answers under way go on and are stored."""
        self._watch.stop()
        self._bridge.disconnect()
        super().close()

    def _on_msg(self, _: Any, content: Any, buffers: list[Any]) -> None:
        self._bridge.receive(content, buffers)

    def _follow(self, session_id: str | None) -> None:
        self.session_id = session_id

    def _session_set(self, change: Any) -> None:
        """`widget.session_id = …` in a cell opens another session."""
        self._bridge.session_id = change["new"]

    def _find(self, session: SessionRef | None, notebook: str | None, cell_id: str | None) -> str | None:
        if session is not None:
            return self._squid.sessions.get(session).id
        if notebook and cell_id:
            squid = self._squid
            found = squid.store.sessions.latest(owner_id=squid.user.id, notebook=notebook, cell_id=cell_id)
            return found.id if found else None
        return None

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        title, page = self._shown()
        data["text/plain"] = transcript.as_text(title, page.items)
        data["text/markdown"] = transcript.as_markdown(title, page.items)
        return data, metadata

    def _shown(self) -> tuple[str, Page]:
        if self._bridge.session_id is None:
            return "", Page(())
        try:
            session = self._squid.sessions.get(self._bridge.session_id)
            return session.title, self._squid.messages(session, limit=_FALLBACK_MESSAGES)
        except SquidError:
            return "", Page(())  # a busy database must not keep the widget from being shown


def _namespace() -> dict[str, Any]:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell.user_ns if shell is not None else {}
