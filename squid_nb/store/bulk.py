"""Many sessions and messages in one statement each: how conversations from elsewhere come in."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Message, Session
from .revisions import NEXT
from .rows import Connection, now, run

__all__ = ["insert_messages", "insert_sessions", "update_heads"]


def insert_sessions(connection: Connection, sessions: Sequence[Session], *, owner_id: str) -> None:
    """Write new sessions, whoever owned them, for this owner."""
    if not sessions:
        return
    run(
        connection,
        f"""
        insert into sessions (
            id, owner_id, title, model, system, notebook, head_id, tags, pinned, archived, created_at, updated_at,
            revision
        )
        select
            unnest($ids::uuid[]), $owner::uuid, unnest($titles::varchar[]), unnest($models::varchar[]),
            unnest($systems::varchar[]), unnest($notebooks::varchar[]), unnest($heads::uuid[]),
            unnest($tags::varchar[][]), unnest($pinned::boolean[]), unnest($archived::boolean[]),
            unnest($created::timestamp[]), unnest($updated::timestamp[]), {NEXT}
        """,
        ids=[session.id for session in sessions],
        owner=owner_id,
        titles=[session.title for session in sessions],
        models=[session.model for session in sessions],
        systems=[session.system for session in sessions],
        notebooks=[session.notebook for session in sessions],
        heads=[session.head_id for session in sessions],
        tags=[list(session.tags) for session in sessions],
        pinned=[session.pinned for session in sessions],
        archived=[session.archived for session in sessions],
        created=[session.created_at for session in sessions],
        updated=[session.updated_at for session in sessions],
    )


def update_heads(connection: Connection, sessions: Sequence[Session]) -> None:
    """Write where the visible paths of sessions end now, and when that came to be."""
    if sessions:
        run(
            connection,
            """
            update sessions set head_id = new.head_id, updated_at = new.updated_at
            from (
                select
                    unnest($ids::uuid[]) as id, unnest($heads::uuid[]) as head_id,
                    unnest($updated::timestamp[]) as updated_at
            ) as new
            where sessions.id = new.id
            """,
            ids=[session.id for session in sessions],
            heads=[session.head_id for session in sessions],
            updated=[session.updated_at for session in sessions],
        )


def insert_messages(connection: Connection, messages: Sequence[Message]) -> None:
    """Write messages that are complete as they come: nobody is writing them any more."""
    if not messages:
        return
    run(
        connection,
        f"""
        insert into messages (
            id, session_id, parent_id, role, content, reasoning, status, error, hint, model, provider, host,
            door, notebook, cell_id, execution_count, writer_host, writer_pid, writer_started, heartbeat_at, created_at,
            revision
        )
        select
            unnest($ids::uuid[]), unnest($sessions::uuid[]), unnest($parents::uuid[]), unnest($roles::varchar[]),
            unnest($contents::varchar[]), unnest($reasonings::varchar[]), unnest($statuses::varchar[]),
            unnest($errors::varchar[]), unnest($hints::varchar[]), unnest($models::varchar[]),
            unnest($providers::varchar[]), unnest($hosts::varchar[]), unnest($doors::varchar[]),
            unnest($notebooks::varchar[]), unnest($cells::varchar[]), unnest($counts::integer[]),
            '', 0, 0, $at, unnest($created::timestamp[]), {NEXT}
        """,
        ids=[message.id for message in messages],
        sessions=[message.session_id for message in messages],
        parents=[message.parent_id for message in messages],
        roles=[message.role for message in messages],
        contents=[message.content for message in messages],
        reasonings=[message.reasoning for message in messages],
        statuses=[message.status for message in messages],
        errors=[message.error for message in messages],
        hints=[message.hint for message in messages],
        models=[message.model for message in messages],
        providers=[message.provider for message in messages],
        hosts=[message.host for message in messages],
        doors=[message.provenance.door for message in messages],
        notebooks=[message.provenance.notebook for message in messages],
        cells=[message.provenance.cell_id for message in messages],
        counts=[message.provenance.execution_count for message in messages],
        at=now(),
        created=[message.created_at for message in messages],
    )
