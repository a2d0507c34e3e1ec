"""A day's visits as a workbook for who leads the teams. Whoever saves it stands in the history."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from ... import events
from ...access import require
from ...errors import Message, NotFound, say
from ...registry.people import Person
from ...reporting.sheets import xlsx_table
from .reading import ListFile, read_list

HEAD = (
    say("小组"), say("次序"), say("点位"), say("地址"), say("镇街"), say("建议时段"), say("预计分钟"), say("来由"),
    say("理由"), say("承办人"),
)  # fmt: skip


def day_sheet(
    session: Session, person: Person, list_id: UUID, day: date, today: date, translate: Callable[[Message], str]
) -> bytes:
    """The workbook. Raises NotFound for a day without visits. What a person typed is text in it."""
    require(person, "target.plan")
    file = read_list(session, person, list_id, today)
    rows = list(_rows(file, day, translate))
    if not rows:
        raise NotFound
    events.record(session, person, "export", file.found, day=day.isoformat(), rows=len(rows))
    return xlsx_table(day.isoformat(), [translate(each) for each in HEAD], rows)


def _rows(file: ListFile, day: date, translate: Callable[[Message], str]) -> list[list[object]]:
    return [
        [
            row.entry.team,
            row.entry.stop,
            row.site.name,
            row.site.address or "",
            row.township or "",
            _window(row.entry.window),
            row.entry.minutes,
            translate(row.entry.part.label),
            "；".join(translate(words) for _, words in row.reasons),
            row.assignee or "",
        ]
        for group in file.groups
        if group.day == day
        for row in group.rows
    ]


def _window(window: dict[str, object]) -> str:
    return f"{window['start']}:00–{window['end']}:00" if "start" in window else ""
