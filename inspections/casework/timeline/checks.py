"""The check that found a problem, and those that looked at it again."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ...errors import say
from ...field.checks import Check
from ...registry.people import Person
from ..findings import Finding
from ..recheck_file import earlier_photos, rechecks_of_finding
from .entries import Entry, EntryKind, Fact, facts, people


def of_checks(session: Session, person: Person, finding: Finding) -> Iterator[Entry]:
    check = session.get(Check, (finding.county, finding.check_id)) if finding.check_id else None
    yield _found(session, person, finding, check)
    for row in rechecks_of_finding(session, person, finding):
        yield Entry(
            at=row.check.device_finished_at,
            kind=EntryKind.RECHECKED,
            title=say("复查：{outcome}", outcome=row.recheck.outcome.label),
            people=people(row.check.person_id, row.check.second_person_id),
            text=row.recheck.note,
            facts=_of_visit(row.check),
            photos=[] if row.pairs else row.earlier,
            pairs=row.pairs,
            subject=("checks", row.check.id),
        )


def _found(session: Session, person: Person, finding: Finding, check: Check | None) -> Entry:
    shown = earlier_photos(session, person, [finding.id]).get(finding.id, [])
    return Entry(
        at=finding.found_at,
        kind=EntryKind.FOUND,
        title=say("{kind}发现问题", kind=check.kind.label) if check else say("登记问题"),
        people=people(check.person_id, check.second_person_id) if check else (),
        text=finding.text,
        facts=_of_visit(check) if check else [],
        photos=[photo for photo in shown if check and photo.check_id == check.id],
        subject=("checks", check.id) if check else None,
    )


def _of_visit(check: Check) -> list[Fact]:
    return facts(
        (say("性质"), check.standing),
        (say("证件号"), "、".join(filter(None, (check.certificate_number, check.second_certificate_number)))),
        (say("出示证件"), check.certificates_shown_at),
        (say("定位"), check.fence),
    )
