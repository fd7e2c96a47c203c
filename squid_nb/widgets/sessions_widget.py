"""`SessionsWidget`: the list of all conversations in a notebook's output.

Rows travel as messages, never as traits: traits are saved into the notebook. The only content in the widget's state is
the id of the session that was opened.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from ..conversing import SessionsBridge
from ..conversing.browsing import look, python_of
from ..errors import SquidError
from ..links import Link
from ..records import Session
from ..squid import Squid, shared
from .chat_widget import ChatWidget
from .static_files import static
from .subshell import stay_on_subshell

__all__ = ["SessionsWidget"]

_FALLBACK_SESSIONS = 20
_EMPTY = "Squid sessions. There are no conversations yet."


class SessionsWidget(anywidget.AnyWidget):
    """Search, sort, filter, select, tag, archive, delete and export conversations.

    Parameters
    ----------
    chat
        The `ChatWidget` in which a clicked session opens, and whose session is marked in the list. Without one, a
        click makes the session the kernel's current one, with which `%squid` goes on.
    height
        Height of the widget as a CSS length, such as `"30rem"`.
    squid
        Whose history; that of `chat`, or else the process's shared one, when None.
    """

    # Declared here, because anywidget makes traits only of what it finds on the class.
    _esm = traitlets.Unicode("").tag(sync=True)
    _css = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Unicode("").tag(sync=True)
    session_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(
        self, chat: ChatWidget | None = None, *, height: str | int | None = None, squid: Squid | None = None
    ) -> None:
        self._squid = squid or (chat.squid if chat is not None else shared())
        super().__init__(
            height=f"{height}px" if isinstance(height, int) else (height or ""),
            session_id=chat.session if chat is not None else None,
            _esm=static("sessions.js"),
            _css=static("sessions.css"),
        )
        self._chat = chat
        self._link = traitlets.link((chat, "session_id"), (self, "session_id")) if chat is not None else None
        self._bridge = SessionsBridge(self._squid, self.send, self._open)
        self._bridge.connect()
        stay_on_subshell(self)
        self.on_msg(self._on_msg)

    @property
    def selection(self) -> Any:
        """The selected sessions as a pandas DataFrame, one row each, with the columns of `squid.history.sessions()`."""
        frame = self._squid.history.sessions()
        return frame[frame["session_id"].isin(self._bridge.selected)].reset_index(drop=True)

    @property
    def sql(self) -> str:
        """The query behind what the list shows, for `squid.history.sql`."""
        return look(self._squid, self._bridge.view).view.sql()

    @property
    def python(self) -> str:
        """Code that gets the rows of the list as a DataFrame."""
        return python_of(self.sql)

    def close(self) -> None:
        """Take the widget away."""
        self._bridge.disconnect()
        link, self._link = self._link, None  # ipywidgets closes once more when it forgets a widget
        if link is not None:
            link.unlink()
        super().close()

    def _open(self, session_id: str, message_id: str | None) -> None:
        self._squid.current = session_id
        self.session_id = session_id
        if self._chat is not None and message_id is not None:
            self._chat.follow(Link("message", message_id))

    def _on_msg(self, _: Any, content: Any, _buffers: list[Any]) -> None:
        self._bridge.receive(content)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        sessions = self._newest()
        titles = [f"- {session.title or 'Untitled'} ({session.updated_at:%Y-%m-%d})" for session in sessions]
        data["text/plain"] = "\n".join(["Squid sessions:", *titles]) if titles else _EMPTY
        data["text/markdown"] = "\n".join(["#### Squid sessions", "", *titles]) if titles else _EMPTY
        return data, metadata

    def _newest(self) -> tuple[Session, ...]:
        try:
            return self._squid.sessions.list(limit=_FALLBACK_SESSIONS).items
        except SquidError:
            return ()  # a busy database must not keep the widget from being shown
