"""Histories with everything in them, for what goes out and comes in again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from squid_nb.records import File, Message, Provenance, Session, Source, Usage
from squid_nb.store import Store, new_id
from squid_nb.store.transcripts import Transcript

BEGAN = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636460f8cf00000301010018dd8db0"
    "0000000049454e44ae426082"
)

HOSTILE = (
    "<script>window.hit = 1</script> <img src=x onerror='window.hit = 2'> </script><script>window.hit = 3</script>\n\n"
    "[a](javascript:window.hit=4) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>window.hit=5</script>)\n\n"
    "![track](https://tracker.example/pixel.png) ![x](//tracker.example/y.png) <iframe src=https://evil.example></iframe>"
)


class Talk:
    """A session that is put together message by message."""

    def __init__(self, title: str = "Talk", **facts: Any) -> None:
        self.id = new_id()
        self.title = title
        self.facts = facts
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        self.calls: list[Usage] = []
        self.head: str | None = None

    def say(self, role: str, content: str, *, parent: str | None = "head", **facts: Any) -> str:
        """A message below the head, or below another one; it becomes the head."""
        message_id = new_id()
        above = self.head if parent == "head" else parent
        at = BEGAN + timedelta(seconds=len(self.messages))
        given = facts.pop("sources", ())
        message = Message(
            id=message_id, session_id=self.id, parent_id=above, role=role, content=content,
            status=facts.pop("status", "complete"), created_at=at, **facts,
        )  # fmt: skip
        sources = tuple(self._source(message, *source) for source in given)
        self.messages.append(Message(**{**_fields(message), "sources": sources}))
        self.head = message_id
        return message_id

    def spend(self, message_id: str, user_id: str, **facts: Any) -> None:
        """A row of the ledger for a message."""
        numbers = {
            "input_tokens": 10,
            "output_tokens": 5,
            "reasoning_tokens": None,
            "cached_tokens": 0,
            "cost_usd": 1e-4,
        }
        self.calls.append(
            Usage(
                id=new_id(),
                session_id=self.id,
                message_id=message_id,
                user_id=user_id,
                provider="openai",
                model="m",
                host="h",
                door="magic",
                method="measured",
                first_token_ms=12.5,
                duration_ms=99.25,
                created_at=BEGAN,
                **{**numbers, **facts},
            )
        )

    def transcript(self) -> Transcript:
        session = Session(
            id=self.id, owner_id="", title=self.title, model=self.facts.get("model"), system=self.facts.get("system"),
            notebook=self.facts.get("notebook"), head_id=self.head, created_at=BEGAN,
            updated_at=BEGAN + timedelta(minutes=5), tags=tuple(self.facts.get("tags", ())),
            pinned=self.facts.get("pinned", False), archived=self.facts.get("archived", False),
        )  # fmt: skip
        return Transcript(session, tuple(self.messages), tuple(self.files.values()), tuple(self.calls))

    def put(self, store: Store, owner_id: str) -> str:
        """Store it; returns its id."""
        store.readmission.take([self.transcript()], owner_id=owner_id, load=self.files.get)
        return self.id

    def _source(self, message: Message, kind: str, name: str, data: bytes, text: str | None) -> Source:
        sha256 = hashlib.sha256(data).hexdigest()
        mime_type = "image/png" if data == PNG else "text/plain"
        self.files[sha256] = File(sha256, len(data), mime_type, BEGAN, text=text, data=data)
        return Source(
            new_id(),
            self.id,
            message.id,
            kind,
            name,
            sha256,
            mime_type,
            len(data),
            BEGAN,
            {"path": "a/ü.txt", "n": 1.5},
        )


def full_talk(user_id: str, title: str = "Pandas & <b>groupby</b>") -> Talk:
    """Branches, siblings, sources, reasoning, statuses, a ledger, and text that is hard to carry."""
    talk = Talk(title, model="m", system="Be brief.\0", notebook="a/b.ipynb", tags=("work", "日本"), pinned=True)
    question = talk.say(
        "user", "Why?\0 </script> \u2028 🦑", sources=[("file", "n.txt", b"abc", "abc"), ("page", "p.png", PNG, None)],
        provenance=Provenance("magic", "a/b.ipynb", "cell-1", 7),
    )  # fmt: skip
    first = talk.say("assistant", "Old answer", status="stopped", model="m", provider="openai", host="h")
    talk.say("user", "Off the path")
    talk.say("assistant", "Also off", reasoning="thinking\n\n" * 2, status="interrupted")
    answer = talk.say("assistant", "```python\nprint('<hi>')\n```\nDone.", parent=question, reasoning="**So**")
    talk.say(
        "user", "And?", sources=[("variable", "df", b"\xff\x00raw", "text of df"), ("file", "n2.txt", b"abc", "abc")]
    )
    talk.say("assistant", "", status="failed", error="It broke.", hint="Try again.")
    talk.spend(first, user_id)
    talk.spend(answer, user_id, cost_usd=None, reasoning_tokens=3)
    return talk


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of a history that an export promises to carry, as rows."""
    columns = {
        "sessions": "id, title, model, system, notebook, head_id, tags, pinned, archived, created_at, updated_at",
        "messages": "* exclude (writer_host, writer_pid, writer_started, heartbeat_at, revision)",
        "sources": "*",
        "files": "*",
        "usage": "* exclude (user_id)",
    }
    with store.database.lease() as connection:
        return {
            table: connection.execute(f"select {chosen} from {table} order by all").fetchall()
            for table, chosen in columns.items()
        }


def _fields(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__dataclass_fields__}
