"""What a phone needs to work without a signal: read in a handful of queries, however large the county is."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import can
from ..canvass.bundle_cells import cell_parts
from ..canvass.visits import VisitOutcome
from ..errors import Message, NotFound
from ..intake.field_tips import own_tips
from ..intake.tips import TipState
from ..registry import areas
from ..registry.counties import County, find_county
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person, PersonRole
from ..registry.sites import CATEGORIES, Premises, SiteKind, SiteState
from ..registry.time_bands import TimeBand
from ..rules.facts import BOUNDS, ENTERED_UNITS, Fact, entered
from ..rules.limits import describe
from ..rules.observing import EARLIEST, LONGEST_ABOUT, MOST_OF_A_CHECK
from ..rules.rules import Rule, read_book
from ..rules.subjects import Subject, subjects_at
from ..vocabulary import Choice
from .bundle_problems import open_problems, photos_before
from .checklists import Checklist, county_of, find_checklist, list_checklists
from .checks import CheckKind, Verdict
from .standing import OFFICERS
from .tasks import list_open_tasks

Labels = list[tuple[str, Message]]
LONGEST_WORDS = 60  # of a tip in a list


def make_bundle(session: Session, person: Person, today: date) -> dict[str, Any]:
    """What the person needs in the field, part by part, without the sites (`bundle_sites`).

    Labels are `Message`s, still to be translated.
    """
    problems = open_problems(session, person)
    return {
        "county": _county(session, person.county),
        "person": _person(person, today),
        "officers": _officers(session, person, today),
        "checklists": _checklists(session, person.county, today),
        "facts": fact_forms(Subject if can(person, "fact.record") else ()),
        "rules": [_rule(rule) for rule in read_book(session, person.county).on(today)],
        "vocabulary": vocabulary(),
        "tasks": _tasks(session, person),
        "townships": [outline._asdict() for outline in areas.list_outlines(session, person.county)],
        "problems": problems,
        "photos_before": photos_before(session, person, problems),
        "own_tips": _own_tips(session, person) if can(person, "tip.send") else [],
        **cell_parts(session, person, today),
    }


def vocabulary() -> dict[str, Labels | dict[str, Labels]]:
    return {
        "check_kinds": _labels(CheckKind),
        "site_kinds": _labels(SiteKind),
        "site_categories": {kind.value: _labels(words) for kind, words in CATEGORIES.items()},
        "site_states": _labels(SiteState),
        "verdicts": _labels(Verdict),
        "premises": _labels(Premises),
        "time_bands": _labels(TimeBand),
        "visit_outcomes": _labels(VisitOutcome),
        "tip_states": _labels(TipState),
        "departments": _labels(DepartmentKind),
    }


def fact_forms(subjects: Iterable[Subject]) -> dict[str, Any]:
    """What can be recorded of each, field by field, with the limits that a phone can hold it against."""
    return {
        "earliest": EARLIEST,
        "longest_about": LONGEST_ABOUT,
        "most": MOST_OF_A_CHECK,
        "subjects": [_fact_form(subject) for subject in subjects],
    }


def _fact_form(subject: Subject) -> dict[str, Any]:
    return {
        "subject": subject.value,
        "label": subject.label,
        "site_kinds": [kind.value for kind in SiteKind if subject in subjects_at(kind)],
        "fields": [_fact_field(fact) for fact in entered(subject)],
        "bounds": [bound._asdict() for bound in BOUNDS.get(subject, ())],
    }


def _fact_field(fact: Fact) -> dict[str, Any]:
    field: dict[str, Any] = {"name": fact.name, "label": fact.label, "kind": fact.kind.value}
    if fact.high:
        field |= {"low": fact.low, "high": fact.high, "unit": ENTERED_UNITS.get(fact.unit, "")}
    return field | ({"words": _labels(fact.words)} if fact.words else {})


def _county(session: Session, code: str) -> dict[str, Any]:
    county: County | None = find_county(session, code)
    box = areas.county_box(session, code)
    return {
        "code": code,
        "name": county and county.name,
        "is_demonstration": bool(county and county.is_demonstration),
        "boundary_box": box and [round(side, 6) for side in box.as_tuple()],
    }


def _person(person: Person, today: date) -> dict[str, Any]:
    certificate = person.certificate_on(today)
    return {
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "role_names": [role.label for role in sorted(person.roles)],
        "certificate": certificate and {"number": certificate.number, "valid_until": certificate.valid_until},
        "township_id": person.township_id,
        "language": person.language,
        "theme": person.theme,
    }


def _officers(session: Session, person: Person, today: date) -> list[dict[str, Any]]:
    """Who may come along as the second officer."""
    are_officers = select(PersonRole.person_id).where(
        PersonRole.county == person.county, PersonRole.role.in_(OFFICERS)
    )
    rows = session.execute(
        select(Person, Department.name)
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(Person.county == person.county, Person.is_active, Person.id.in_(are_officers))
        .where(Person.id != person.id)
        .order_by(Person.name, Person.id)
    )
    return [
        {
            "id": officer.id,
            "name": officer.name,
            "department": department,
            "certificate_number": getattr(officer.certificate_on(today), "number", None),
        }
        for officer, department in rows
    ]


def read_list(session: Session, person: Person, code: str, version: int) -> dict[str, Any]:
    """A version that drafts on phones may still need, though it is no longer offered. Raises NotFound."""
    found = find_checklist(session, code, version) if county_of(code) in (None, person.county) else None
    if found is None or not found.is_settled:
        raise NotFound
    return _list(found)


def _checklists(session: Session, county: str, today: date) -> list[dict[str, Any]]:
    return [_list(checklist) for checklist in list_checklists(session, county, today)]


def _list(checklist: Checklist) -> dict[str, Any]:
    columns = ("code", "version", "title", "title_en", "site_kinds", "check_kinds")
    item_columns = (
        "code", "position", "section", "section_en", "text", "text_en", "kinds", "proof", "proof_en", "department",
    )  # fmt: skip
    return {
        **{name: getattr(checklist, name) for name in columns},
        "is_own": not checklist.is_national,
        "items": [{name: getattr(item, name) for name in item_columns} for item in checklist.items],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    """What a rule demands, in words, and where that is written. `item_code` is the item of a list it is about."""
    names = ("code", "title", "title_en", "item_code", "valid_from", "source", "clause", "quote")
    lines = [line for case in rule.limit.cases for line in describe(rule.subject, case)]
    return {"subject": rule.subject.label, "lines": lines} | {name: getattr(rule, name) for name in names}


def _tasks(session: Session, person: Person) -> list[dict[str, Any]]:
    names = ("id", "site_id", "kind", "due_on", "reason")
    return [{name: getattr(task, name) for name in names} for task in list_open_tasks(session, person)]


def _own_tips(session: Session, person: Person) -> list[dict[str, Any]]:
    names = ("id", "code", "state", "received_at")
    return [
        {name: getattr(tip, name) for name in names} | {"text": tip.text[:LONGEST_WORDS], "answer": answer}
        for tip, answer in own_tips(session, person)
    ]


def _labels(words: Iterable[Choice]) -> Labels:
    return [(word.value, word.label) for word in words]
