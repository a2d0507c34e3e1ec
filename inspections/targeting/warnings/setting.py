"""Setting a detector's thresholds: tried on the past year first, kept with the reason and what the trial gave."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import require
from ...db import new_id
from ...errors import Invalid, NotFound, say
from ...registry.people import Person
from .detectors import Detector, WarningSetting, read_values
from .material import read_material

if TYPE_CHECKING:
    from .detecting import Trial

LONGEST = 300


def detector_of(code: str) -> Detector:
    """Raises NotFound."""
    found = next((each for each in Detector if each == code), None)
    if found is None:
        raise NotFound
    return found


def trial(session: Session, person: Person, detector: Detector, form: Mapping[str, str], now: datetime) -> "Trial":
    """What the thresholds of a form would have warned of in the past year. Raises Forbidden, Invalid."""
    from .detecting import read_names, try_out  # statistics load slowly

    require(person, "warning.set")
    values = read_values(detector, form)
    material = read_material(session, person.county, now)
    return try_out(material, detector, values, read_names(session, person.county))


def set_thresholds(
    session: Session, person: Person, detector: Detector, form: Mapping[str, str], now: datetime
) -> WarningSetting:
    """Keep new thresholds, with a reason and the trial of the same numbers. Raises Forbidden, Invalid."""
    require(person, "warning.set")
    reason = form.get("reason", "").strip()[:LONGEST]
    values = read_values(detector, form)
    if not reason:
        raise Invalid({"reason": say("请写明为什么这样调整")})
    tried = trial(session, person, detector, form, now)
    row = WarningSetting(
        county=person.county,
        id=new_id(),
        detector=detector,
        thresholds=values,
        is_on=form.get("is_on") == "1",
        reason=reason,
        trial=_kept(tried),
        set_by_id=person.id,
        set_at=now,
    )
    session.add(row)
    session.flush()
    events.record(session, person, "set", row, reason=reason, detector=detector.value)
    return row


def _kept(tried: "Trial") -> dict[str, Any]:
    first = tried.first.isoformat() if tried.first else None
    return {"first": first, "last": tried.last.isoformat(), "warned": tried.warned}


def versions(session: Session, person: Person, detector: Detector) -> list[tuple[WarningSetting, str]]:
    """Every setting of a detector with who made it, the newest first."""
    require(person, "warning.see")
    query = (
        select(WarningSetting, Person.name)
        .join(Person, (Person.county == WarningSetting.county) & (Person.id == WarningSetting.set_by_id))
        .where(WarningSetting.county == person.county, WarningSetting.detector == detector)
        .order_by(WarningSetting.set_at.desc(), WarningSetting.id.desc())
    )
    return [(row, name) for row, name in session.execute(query)]
