"""`app()`: the list of conversations and the chat, side by side where there is room and stacked where there is not."""

from __future__ import annotations

from typing import Any

import ipywidgets

from ..sessions import SessionRef
from ..squid import Squid
from .chat_widget import ChatWidget
from .sessions_widget import SessionsWidget

__all__ = ["App", "app"]

_HEIGHT = "620px"


class App(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets has no type information
    """Both widgets in one output; what is opened in one is shown in the other."""

    def __init__(self, sessions: SessionsWidget, chat: ChatWidget) -> None:
        self.sessions = sessions
        self.chat = chat
        # Items that wrap when their least widths do not fit: no media query knows the width of an output.
        sessions.layout.flex, sessions.layout.min_width = "1 1 300px", "0"
        chat.layout.flex, chat.layout.min_width = "2.2 1 440px", "0"
        layout = {"display": "flex", "flex_flow": "row wrap", "align_items": "stretch", "width": "100%"}
        super().__init__(children=[sessions, chat], layout={**layout, "grid_gap": "8px"})
        self.add_class("squid-app")  # the stylesheet makes the list lower where it is above the chat

    def close(self) -> None:
        """Take both away."""
        self.sessions.close()
        self.chat.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        shown = self.chat._repr_mimebundle_(**kwargs)
        if bundle is None or shown is None:
            return bundle
        # What is readable where widgets cannot be shown: the conversation.
        readable = {kind: text for kind, text in shown[0].items() if kind.startswith("text/")}
        return {**bundle, **readable}


def app(session: SessionRef | None = None, *, height: str | int | None = None, squid: Squid | None = None) -> App:
    """The sessions and a chat, linked: click a conversation to open it.

    Parameters
    ----------
    session
        The session to begin with: a `Session`, its id or its title; as `ChatWidget` when None.
    height
        Height of each half, in pixels or as a CSS length; stacked, the list is lower.
    squid
        Whose history; the process's shared one when None.
    """
    chat = ChatWidget(session, height=height or _HEIGHT, squid=squid)
    return App(SessionsWidget(chat, height=height or _HEIGHT), chat)
