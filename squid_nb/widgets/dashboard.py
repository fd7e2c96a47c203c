"""`squid_nb.dashboard()`: where tokens, money and time went, in a notebook's output.

Rows travel as messages, never as traits: traits are saved into the notebook.
"""

from __future__ import annotations

import sys
from typing import Any

import anywidget
import traitlets

from ..commands.shown import count
from ..conversing import DashboardBridge
from ..errors import SquidError
from ..squid import Squid, shared
from .static_files import static

__all__ = ["DashboardWidget", "dashboard"]

_EMPTY = "Squid dashboard. No model has been called yet."


class DashboardWidget(anywidget.AnyWidget):
    """Charts over the ledger: tokens and cost, the heaviest sessions, latency, files.

    Filters for dates and models apply to all of them. Each chart can be copied as SQL or Python that gives its numbers.

    Parameters
    ----------
    squid
        Whose history; the process's shared one when None.
    """

    # Declared here, because anywidget makes traits only of what it finds on the class.
    _esm = traitlets.Unicode("").tag(sync=True)
    _css = traitlets.Unicode("").tag(sync=True)

    def __init__(self, squid: Squid | None = None) -> None:
        self._squid = squid if squid is not None else shared()
        super().__init__(_esm=static("dashboard.js"), _css=static("dashboard.css"))
        self._bridge = DashboardBridge(self._squid, self.send, loaded=_magics_loaded)
        self.on_msg(self._on_msg)

    def _on_msg(self, _: Any, content: Any, _buffers: list[Any]) -> None:
        self._bridge.receive(content)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        data["text/plain"] = data["text/markdown"] = self._summary()
        return data, metadata

    def _summary(self) -> str:
        """The totals by model, for where the charts cannot be shown."""
        try:
            frame = self._squid.history.usage("model")
        except SquidError:
            return _EMPTY  # a busy database must not keep the widget from being shown
        if frame.empty:
            return _EMPTY
        known = frame.astype(object).where(frame.notna(), None)
        lines = [
            f"- {row['model']}: {row['calls']:,} call{'s' if row['calls'] > 1 else ''}, "
            f"{count(row['input_tokens'])} tokens in, {count(row['output_tokens'])} out"
            for row in known.to_dict("records")
        ]
        return "\n".join(["Squid dashboard:", "", *lines])


def _magics_loaded() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and shell.find_magic("squid") is not None


def dashboard(squid: Squid | None = None) -> DashboardWidget:
    """Show where tokens, money and time went.

    Parameters
    ----------
    squid
        Whose history; the process's shared one when None.
    """
    return DashboardWidget(squid)
