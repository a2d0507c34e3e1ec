"""The rows of the demo county, gathered in memory and written in the order their keys ask for."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from ..days import CHINA
from ..db import Model
from ..vocabulary import Choice
from . import names
from .chance import Chance

Row = dict[str, Any]


class Book:
    """Rows by table. `until` is the moment the story ends: the first of `today` in local time.

    The rows of one table have the same columns.
    """

    def __init__(self, chance: Chance, today: date):
        self.chance = chance
        self.today = today
        self.until = datetime.combine(today, time(), CHINA).astimezone(UTC)
        self.rows: dict[type[Model], list[Row]] = {}
        self._ids = chance.stream("ids")

    def new_id(self, at: datetime) -> UUID:
        return self._ids.id(at)

    def add(self, model: type[Model], **values: Any) -> Row:
        row = {"county": names.COUNTY_CODE, **values}
        self.rows.setdefault(model, []).append(row)
        return row

    def days_ago(self, days: float) -> datetime:
        return self.until - timedelta(days=days)

    def of(self, model: type[Model], where: Callable[[Row], bool] = lambda _: True) -> list[Row]:
        return [row for row in self.rows.get(model, []) if where(row)]

    def write(self, session: Session, *models: type[Model]) -> None:
        """Copy the gathered rows into these tables, in this order, and forget them.

        COPY, since forty thousand answers take seconds by INSERT. Only the owner of the tables may: it is refused
        behind row-level security.
        """
        for model in models:
            if rows := self.rows.pop(model, None):
                _copy(session, model, rows)


def _copy(session: Session, model: type[Model], rows: list[Row]) -> None:
    columns = list(rows[0])
    target = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(model.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    driver: Any = session.connection().connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(target) as copy:
        for row in rows:
            if row.keys() != rows[0].keys():
                raise ValueError(f"rows of {model.__tablename__} differ in their columns")
            copy.write_row([_value(row[column]) for column in columns])


def _value(value: Any) -> Any:
    """As the driver takes it: a word of a closed list is text, a list or mapping is JSON."""
    if isinstance(value, Choice):
        return value.value
    return Jsonb(value) if isinstance(value, list | dict) else value


def moment(day: date, hour: float) -> datetime:
    """The moment in UTC of a local hour, 20.5 being half past eight in the evening."""
    return (datetime.combine(day, time(), CHINA) + timedelta(hours=hour)).astimezone(UTC)


def local(at: datetime) -> datetime:
    return at.astimezone(CHINA)
