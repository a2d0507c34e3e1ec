"""From signals to warnings: one for each condition, brought up to date while it lasts, ended when it is over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import Message, say
from ...intake.clues import Clue, ClueKind
from ...registry.departments import Department, DepartmentKind
from ...registry.imports.previews import messages_as_json
from ...registry.sites import Site
from ...registry.watching import System
from ..refreshing import step
from ..snapshots import keep
from .detectors import Detector, in_force
from .masking import masked
from .material import hashed, read_material
from .signals import Signal
from .warnings import VERSION, WITHIN, EarlyWarning, Severity, WarningState

KIND = "warnings"  # of the snapshots


@step("warnings")
def refresh(session: Session, county: str, now: datetime) -> None:
    """Look at all that is known, raise what is new, bring up to date what lasts, end what is over."""
    from .detecting import detect, read_names  # statistics load slowly, and only jobs need them

    material = read_material(session, county, now)
    signals = detect(material, in_force(session, county), read_names(session, county))
    live = _live(session, county)
    raised = [each for each in (_known(signal, live) for signal in signals) if each.key not in live]
    snapshot = keep(session, county, KIND, material.columns, now, now).id if raised else None
    seen = set()
    for signal in (_known(each, live) for each in signals):
        seen.add(signal.key)
        if signal.key in live:
            _go_on(session, live[signal.key], signal, now)
        elif snapshot is not None:
            live[signal.key] = _raise(session, county, signal, snapshot, now)
    _end(session, [row for key, row in live.items() if key not in seen], now)


def _live(session: Session, county: str) -> dict[str, EarlyWarning]:
    # Locked, so that a job and a person, or two jobs, don't work on the same condition
    query = (
        select(EarlyWarning)
        .where(EarlyWarning.county == county, EarlyWarning.ended_at.is_(None))
        .order_by(EarlyWarning.id)
        .with_for_update()
    )
    return {row.key: row for row in session.scalars(query)}


def _known(signal: Signal, live: Mapping[str, EarlyWarning]) -> Signal:
    """A cluster that moved over a little bears the key of the warning that shares a record with it."""
    if signal.detector is not Detector.NEAR_REPEAT or signal.key in live:
        return signal
    own = {key for _, key in signal.records}
    for key, row in sorted(live.items()):
        if row.detector is Detector.NEAR_REPEAT and own & {each[1] for each in row.evidence["records"]}:
            return replace(signal, key=key)
    return signal


def _raise(session: Session, county: str, signal: Signal, snapshot: UUID, now: datetime) -> EarlyWarning:
    from .surges import SEED

    township, department = addressee(session, county, signal)
    row = EarlyWarning(
        county=county,
        id=new_id(),
        detector=signal.detector,
        key=signal.key,
        severity=signal.severity,
        state=WarningState.NEW,
        raised_at=now,
        due_at=now + WITHIN[signal.severity],
        township_id=township,
        department_id=department,
        snapshot_id=snapshot,
        seed=SEED,
        version=VERSION,
        **_said(session, county, signal, now),
    )
    session.add(row)
    session.flush()
    events.record(session, System(county, row.id), "raise", row, severity=signal.severity.value)
    return row


def _go_on(session: Session, row: EarlyWarning, signal: Signal, now: datetime) -> None:
    """The same condition, with its newest numbers. One that grows worse is due sooner."""
    for name, value in _said(session, row.county, signal, now).items():
        setattr(row, name, value)
    if list(Severity).index(signal.severity) < list(Severity).index(row.severity):
        row.severity = signal.severity
        if row.is_open:
            row.due_at = min(row.due_at, now + WITHIN[signal.severity])
        events.record(session, System(row.county, row.id), "worsen", row, severity=signal.severity.value)


def _said(session: Session, county: str, signal: Signal, now: datetime) -> dict[str, Any]:
    return {
        "title": messages_as_json([_titled(session, county, signal)])[0],
        "words": messages_as_json(signal.words),
        "evidence": evidence_of(signal) | {"clue": _shown(session, county, signal)},
        "last_signal_at": now,
    }


def _titled(session: Session, county: str, signal: Signal) -> Message:
    """What is about one site bears its name."""
    site = session.get(Site, (county, UUID(signal.sites[0]))) if len(signal.sites) == 1 else None
    return signal.title if site is None else say("{site}：{what}", site=site.name, what=signal.title)


def evidence_of(signal: Signal) -> dict[str, Any]:
    """The numbers of a signal as they are kept: equal for an equal signal, to the last bit."""
    return {
        "day": signal.day.isoformat(),
        "value": round(signal.value, 9),
        "threshold": round(signal.threshold, 9),
        "records": [list(each) for each in signal.records],
        "sites": list(signal.sites),
        "series": signal.series.as_json() if signal.series else None,
        "also": [each.value for each in signal.also],
    }


def _shown(session: Session, county: str, signal: Signal) -> str:
    """The clue as far as it may be read: enough to know it by for who has it, too little to use it."""
    if not signal.clue:
        return ""
    kind = next(each for each in ClueKind if each == signal.clue.partition(":")[0])
    values = session.scalars(select(Clue.value).where(Clue.county == county, Clue.kind == kind).distinct())
    found = next((value for value in values if hashed(f"{kind.value}:{value}") == signal.clue), "")
    return masked(kind, found)


def addressee(session: Session, county: str, signal: Signal) -> tuple[UUID | None, UUID | None]:
    """Township and department that a signal goes to by rule: its township's office, else the education bureau."""
    departments = session.scalars(
        select(Department).where(Department.county == county).order_by(Department.name, Department.id)
    ).all()
    township = UUID(signal.about) if signal.about else None
    if township and signal.detector is not Detector.FEES:
        office = next((each for each in departments if each.township_id == township), None)
        return township, office.id if office else None
    bureau = next((each for each in departments if each.kind is DepartmentKind.EDUCATION), None)
    return township, bureau.id if bureau else None


def _end(session: Session, rows: list[EarlyWarning], now: datetime) -> None:
    from .detecting import OVER_AFTER

    for row in rows:
        if row.last_signal_at <= now - OVER_AFTER:
            row.ended_at = now
            events.record(session, System(row.county, row.id), "end", row)
    session.flush()
