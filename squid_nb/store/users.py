"""Whose history it is."""

from __future__ import annotations

from ..errors import NotFound
from ..records import User
from .database import Database
from .ids import checked, new_id
from .rows import Row, aware, now, one, run

__all__ = ["Users"]


class Users:
    """The people of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, name: str) -> User:
        """The user of this name; made on first use."""
        with self._database.lease() as connection:
            row = one(connection, "select id::varchar as id, name, created_at from users where name = $name", name=name)
            if row is None:
                row = {"id": new_id(), "name": name, "at": now()}
                run(connection, "insert into users values ($id, $name, $at)", **row)
                return User(id=row["id"], name=name, created_at=row["at"])
        return _user(row)

    def get(self, user_id: str) -> User:
        """The user with this id.

        Raises
        ------
        NotFound
        """
        key = checked(user_id, "user")
        with self._database.lease() as connection:
            row = one(connection, "select id::varchar as id, name, created_at from users where id = $id", id=key)
        if row is None:
            raise NotFound(f"There is no user {user_id!r}.")
        return _user(row)


def _user(row: Row) -> User:
    return User(id=row["id"], name=row["name"], created_at=aware(row["created_at"]))
