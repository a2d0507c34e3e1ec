"""What a record says of problems that were known before it: read as far as it can be, never a reason to refuse it.

The phone may have been away for days, and a problem may be another's by now. What can't be used is flagged, and
stays in the bytes of the record.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import BeforeValidator, ValidationError
from sqlalchemy.orm import Session

from .. import events
from ..casework.findings import FindingState
from ..casework.rechecks import Recheck, RecheckOutcome
from ..db import new_id
from ..incoming import Part
from ..registry.people import Person
from .record import MAX_RECHECKS, Record
from .surroundings import Facts

LONGEST_NOTE = 2_000


def _cut(value: Any) -> str:
    return value.strip()[:LONGEST_NOTE] if isinstance(value, str) else ""


class GivenRecheck(Part):
    finding_id: UUID
    outcome: RecheckOutcome
    note: Annotated[str, BeforeValidator(_cut)] = ""


class Link(NamedTuple):
    """The known problem that a photo shows, and the earlier photo of the same view."""

    finding_id: UUID | None
    before_id: UUID | None


NO_LINK = Link(None, None)


@dataclass(frozen=True)
class KnownProblems:
    """`links` are by the ids of photos. Flags are in words in `webapp.desk.flags`."""

    rechecks: Sequence[GivenRecheck] = ()
    links: dict[UUID, Link] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def known_problems_of(record: Record, facts: Facts) -> KnownProblems:
    """What of it is about problems of that very site that were not rejected."""
    flags: dict[str, None] = {}
    rechecks: dict[UUID, GivenRecheck] = {}
    for given in record.rechecks:
        read = _read(given) if len(rechecks) < MAX_RECHECKS else None
        if read is None or read.finding_id in rechecks:
            flags["recheck_unread"] = None
        elif not _is_known(read.finding_id, record, facts):
            flags["recheck_unknown"] = None
        else:
            rechecks[read.finding_id] = read
    links = dict(_links(record, facts))
    if any(links.get(file.id, NO_LINK) != (file.finding_id, file.before_id) for file in record.files):
        flags["photo_unlinked"] = None
    if _unproven(record, rechecks.values()):
        flags["recheck_without_photo"] = None
    return KnownProblems(list(rechecks.values()), links, list(flags))


def write_rechecks(session: Session, person: Person, check_id: UUID, known: KnownProblems) -> None:
    for each in known.rechecks:
        row = Recheck(county=person.county, id=new_id(), check_id=check_id, **dict(each))
        session.add(row)
        said = {"finding_id": str(each.finding_id), "outcome": each.outcome.value}
        events.record(session, person, "recheck", row, check_id=str(check_id), **said)


def _read(given: Any) -> GivenRecheck | None:
    try:
        return GivenRecheck.model_validate(given)
    except ValidationError:
        return None


def _is_known(finding_id: UUID, record: Record, facts: Facts) -> bool:
    problem = facts.problems.get(finding_id)
    return problem is not None and problem.site_id == record.site_id and problem.state != FindingState.REJECTED


def _links(record: Record, facts: Facts) -> Iterator[tuple[UUID, Link]]:
    for file in record.files:
        about = file.finding_id
        finding_id = about if about and _is_known(about, record, facts) else None
        before = file.before_id
        before_id = before if before and facts.before.get(before) == record.site_id else None
        if finding_id or before_id:
            yield file.id, Link(finding_id, before_id)


def _unproven(record: Record, rechecks: Iterable[GivenRecheck]) -> bool:
    shown = {file.finding_id for file in record.files if file.shows_something}
    return any(each.outcome is RecheckOutcome.FIXED and each.finding_id not in shown for each in rechecks)
