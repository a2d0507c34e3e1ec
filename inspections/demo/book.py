"""The rows of the demo county, gathered in memory and written in the order their keys ask for."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ..db import Model
from . import names
from .chance import Chance

LOCAL = ZoneInfo("Asia/Shanghai")
Row = dict[str, Any]


class Book:
    """Rows by table. `until` is the moment the story ends: the first of `today` in local time.

    The rows of one table have the same columns, so that each table is one bulk insert.
    """

    def __init__(self, chance: Chance, today: date):
        self.chance = chance
        self.today = today
        self.until = datetime.combine(today, time(), LOCAL).astimezone(UTC)
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
        """Insert the gathered rows of these tables, in this order, and forget them."""
        for model in models:
            if rows := self.rows.pop(model, None):
                session.execute(insert(model), rows)


def moment(day: date, hour: float) -> datetime:
    """The moment in UTC of a local hour, 20.5 being half past eight in the evening."""
    return (datetime.combine(day, time(), LOCAL) + timedelta(hours=hour)).astimezone(UTC)


def local(at: datetime) -> datetime:
    return at.astimezone(LOCAL)
