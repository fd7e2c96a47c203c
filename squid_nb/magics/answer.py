"""What `%squid` returns: the answer's text, with everything that is known about it."""

from __future__ import annotations

from typing import Any

from ..commands import Result, code_in, json_in
from ..records import Answer, Usage
from ..untrusted import safe_html, safe_markdown

__all__ = ["NotebookAnswer", "Shown"]


class NotebookAnswer(str):
    """An answer as a string: it can be searched, sliced, written to a file, and shown as Markdown.

    Attributes
    ----------
    record
        The stored answer; None for one that was made by hand.
    """

    record: Answer | None
    _shown_in: int | None

    def __new__(cls, text: str, record: Answer | None = None, *, shown_in: int | None = None) -> NotebookAnswer:
        """`shown_in` is the execution count of the cell whose output already shows it."""
        answer = super().__new__(cls, text)
        answer.record = record
        answer._shown_in = shown_in
        return answer

    @property
    def text(self) -> str:
        """The answer as plain `str`."""
        return str.__str__(self)

    @property
    def code(self) -> str:
        """Its code blocks, a blank line between them."""
        return code_in(self)

    @property
    def json(self) -> Any:
        """The value of an answer that is JSON."""
        return json_in(self)

    @property
    def usage(self) -> Usage | None:
        """What the model call took; None for a stored answer without a ledger row."""
        return self.record.usage if self.record else None

    @property
    def session_id(self) -> str | None:
        """The conversation it belongs to."""
        return self.record.session_id if self.record else None

    @property
    def message_id(self) -> str | None:
        """The stored answer's id."""
        return self.record.message_id if self.record else None

    @property
    def model(self) -> str | None:
        """Who answered."""
        return self.record.model if self.record else None

    @property
    def reasoning(self) -> str:
        """What the model thought before it answered, where it told."""
        return self.record.reasoning if self.record else ""

    def is_shown_in(self, execution_count: int) -> bool:
        """Whether the output of this cell already shows it."""
        return self._shown_in == execution_count

    def _ipython_display_(self) -> None:
        """Show it, unless the output of this very cell already does."""
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        if shell is not None and not self.is_shown_in(shell.execution_count):
            shell.display_pub.publish(self._repr_mimebundle_())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Plain text, Markdown and HTML; nothing in them loads or runs by itself."""
        return {"text/plain": self.text, "text/markdown": safe_markdown(self), "text/html": safe_html(self)}


class Shown:
    """The result of a verb: what it shows, and its DataFrame where it has one."""

    def __init__(self, result: Result) -> None:
        self._result = result

    @property
    def text(self) -> str:
        """The result as plain text."""
        return self._result.text

    @property
    def frame(self) -> Any:
        """The DataFrame behind it; None where there is none."""
        return self._result.frame() if self._result.frame is not None else None

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text, "text/markdown": safe_markdown(self._result.markdown)}
