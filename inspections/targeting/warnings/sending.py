"""预警通报: the words of a warning, frozen when it is sent out, and never changed after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ... import events
from ...access import require
from ...days import day_of
from ...errors import Conflict, Invalid, say
from ...registry.counties import find_county
from ...registry.imports.previews import message_from_json
from ...registry.people import Person
from .handling import held
from .warning_file import addressee_of, title_of
from .warnings import EarlyWarning

LONGEST = {"to": 100, "text": 1000}
KIND = "warning"  # of its document


def usual_words(session: Session, row: EarlyWarning) -> dict[str, str]:
    """What the form of a notice begins with."""
    to = addressee_of(session, row)
    return {
        "to": "、".join(to) or "各镇街，各有关部门",
        "text": "请立即组织核查，发现问题依法依规处置，并于时限前书面反馈核查情况。",
    }


def send(
    session: Session, person: Person, warning_id: UUID, form: Mapping[str, str], now: datetime
) -> EarlyWarning:
    """Freeze the words and send them out, once. Raises Forbidden, NotFound, Invalid, Conflict."""
    from ...reporting.documents.making import remember  # papers know many records; a warning is read without

    require(person, "warning.send")
    row = held(session, person, warning_id)
    if row.sent_at is not None:
        raise Conflict(say("这条预警的通报已经发出，不能重复发"))
    given = {name: form.get(name, "").strip()[:most] for name, most in LONGEST.items()}
    missing = {name: say("请填写") for name, text in given.items() if not text}
    if missing:
        raise Invalid(missing)
    row.content = _content(session, person, row, given, now)
    row.sent_at = now
    session.flush()
    remember(session, person, KIND, row.id, now, str(row.content["title"]))
    events.record(session, person, "send", row, to=given["to"])
    return row


def _content(
    session: Session, person: Person, row: EarlyWarning, given: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    home = find_county(session, row.county)
    series = row.evidence["series"] or {}
    return {
        "format": "mingcha-warning/1",
        "bureau": home.bureau if home else "",
        "organisation": home.bureau if home else "",
        "title": f"关于“{title_of(row)}”的预警通报",
        "to": given["to"],
        "severity": str(row.severity.label),
        "detector": str(row.detector.label),
        "day": row.evidence["day"],
        "words": [str(message_from_json(each)) for each in row.words],
        "recent": list(series.get("counts", []))[-7:],
        "step_days": int(series.get("step_days", 1)),
        "text": given["text"],
        "due_on": day_of(row.due_at).isoformat(),
        "contact": person.name,
        "telephone": person.phone or "",
        "issued_on": day_of(now).isoformat(),
    }
