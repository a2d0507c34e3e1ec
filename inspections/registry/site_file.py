"""Everything known about one site, as it is read at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from ..access import OFFICE, get, visible
from ..casework.findings import OPEN_STATES, Finding
from ..casework.orders import Order
from ..errors import Message, say
from ..events import Event
from ..field.checks import Check
from ..field.photos import Photo, PhotoPurpose, PhotoState
from ..field.tasks import Task, TaskState
from ..intake.tips import Tip
from .areas import Area
from .licences import Licence
from .people import Person, Role
from .sites import Site, SiteState
from .zones import Zone

SHOWN_CHECKS = 20
SHOWN_EVENTS = 50


class CheckRow(NamedTuple):
    check: Check
    officer: str
    photos: list[Photo]


class TaskRow(NamedTuple):
    task: Task
    assignee: str


class EventRow(NamedTuple):
    event: Event
    person: str | None


class NextDue(NamedTuple):
    """What has to happen next, and by when."""

    what: Message
    on: date


@dataclass(frozen=True)
class SiteFile:
    site: Site
    place: LonLat | None
    township: str | None
    village: str | None
    zone: str | None
    licences: Sequence[Licence]
    mismatches: list[Message]
    checks: list[CheckRow]
    check_count: int
    findings: Sequence[Finding]
    tips: Sequence[Tip]
    tasks: list[TaskRow]
    events: list[EventRow]
    next_due: NextDue | None


def read_site_file(session: Session, person: Person, site_id: UUID, today: date) -> SiteFile:
    """The file of a site that the person may see; tips only for those who may see them. Raises NotFound."""
    site = get(session, person, Site, site_id)
    licences = _at(session, person, Licence, site, Licence.kind, Licence.valid_until.desc())
    findings = _at(
        session, person, Finding, site, Finding.state.not_in(OPEN_STATES), Finding.due_on, Finding.found_at.desc()
    )
    tasks = _tasks(session, person, site)
    return SiteFile(
        site=site,
        place=place_of(session, site),
        township=_name(session, Area, site.county, site.township_id),
        village=_name(session, Area, site.county, site.village_id),
        zone=_name(session, Zone, site.county, site.zone_id),
        licences=licences,
        mismatches=mismatches(site, licences, today),
        checks=_checks(session, person, site),
        check_count=session.scalar(_count_of_checks(person, site)) or 0,
        findings=findings,
        tips=_at(session, person, Tip, site, Tip.received_at.desc()) if may_see_tips(person) else [],
        tasks=tasks,
        events=_events(session, site),
        next_due=next_due(site, findings, [row.task for row in tasks]),
    )


def may_see_tips(person: Person) -> bool:
    return not person.roles.isdisjoint(OFFICE | {Role.TOWNSHIP_ADMIN})


def mismatches(site: Site, licences: Sequence[Licence], today: date) -> list[Message]:
    """What the papers say against the site: each is worth a finding by itself (S2).

    Whether a licence is in force is a fact; whether a signboard may differ from a name is the officer's call.
    """
    found = [
        say("{number} 已于 {day} 到期", number=each.number, day=each.valid_until.isoformat())
        for each in licences
        if each.valid_until and each.valid_until < today
    ]
    if not any(each.is_valid_on(today) for each in licences):
        return found
    found += [
        say("登记名称“{holder}”与招牌“{name}”不一致", holder=each.holder, name=site.name)
        for each in licences
        if each.holder and not _agree(each.holder, site.name)
    ]
    found += [
        say("登记地址“{registered}”与现址“{actual}”不一致", registered=each.address, actual=site.address)
        for each in licences
        if each.address and site.address and not _agree(each.address, site.address)
    ]
    return list({str(message): message for message in found}.values())


def next_due(site: Site, findings: Sequence[Finding], tasks: Sequence[Task]) -> NextDue | None:
    """The earliest of an open task, an open finding's deadline and the end of a watch on a closed site."""
    dues = [NextDue(say("任务到期"), task.due_on) for task in tasks if task.state is TaskState.OPEN]
    dues += [
        NextDue(say("整改到期"), each.due_on) for each in findings if each.due_on and each.state in OPEN_STATES
    ]
    if site.state is SiteState.CLOSED and site.watched_until:
        dues.append(NextDue(say("取缔后回访"), site.watched_until))
    return min(dues, key=lambda due: due.on, default=None)


def place_of(session: Session, row: Any) -> LonLat | None:
    """Where a row with a `location` lies, in WGS-84 degrees."""
    if row.location is None:
        return None
    model = type(row)
    lon, lat = session.execute(
        select(func.ST_X(model.location), func.ST_Y(model.location)).where(
            model.county == row.county, model.id == row.id
        )
    ).one()
    return LonLat(lon, lat)


def photos_of(session: Session, county: str, check_ids: list[UUID]) -> dict[UUID, list[Photo]]:
    """The photos of some checks, in the order of their manifests; signatures are not among them."""
    found: dict[UUID, list[Photo]] = {check_id: [] for check_id in check_ids}
    for photo in session.scalars(
        select(Photo)
        .where(
            Photo.county == county,
            Photo.check_id.in_(check_ids),
            Photo.purpose != PhotoPurpose.SIGNATURE,
            Photo.state != PhotoState.REFUSED,
        )
        .order_by(Photo.check_id, Photo.position)
    ):
        found[photo.check_id].append(photo)
    return found


def _at(session: Session, person: Person, model: Any, site: Site, *order: Any) -> Sequence[Any]:
    return session.scalars(visible(person, model).where(model.site_id == site.id).order_by(*order)).all()


def _checks(session: Session, person: Person, site: Site) -> list[CheckRow]:
    query = (
        visible(person, Check)
        .where(Check.site_id == site.id)
        .order_by(Check.device_finished_at.desc(), Check.id)
        .limit(SHOWN_CHECKS)
    )
    checks = session.scalars(query).all()
    photos = photos_of(session, site.county, [check.id for check in checks])
    officers = _names(session, site.county, {check.person_id for check in checks})
    return [CheckRow(check, officers.get(check.person_id, ""), photos[check.id]) for check in checks]


def _count_of_checks(person: Person, site: Site) -> Any:
    return visible(person, Check).where(Check.site_id == site.id).with_only_columns(func.count())


def _tasks(session: Session, person: Person, site: Site) -> list[TaskRow]:
    query = visible(person, Task).where(Task.site_id == site.id).order_by(Task.state.desc(), Task.due_on).limit(20)
    tasks = session.scalars(query).all()
    names = _names(session, site.county, {task.assignee_id for task in tasks})
    return [TaskRow(task, names.get(task.assignee_id, "")) for task in tasks]


def _events(session: Session, site: Site) -> list[EventRow]:
    """History of the site itself and of what was found, checked and ordered there, the newest first."""
    inside = [
        select(model.id).where(model.county == site.county, model.site_id == site.id)
        for model in (Check, Finding, Task, Order)
    ]
    query = (
        select(Event, Person.name)
        .outerjoin(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(
            Event.county == site.county,
            Event.subject_id.in_(select(Site.id).where(Site.id == site.id).union(*inside)),
        )
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(SHOWN_EVENTS)
    )
    return [EventRow(event, name) for event, name in session.execute(query)]


def _name(session: Session, model: Any, county: str, row_id: UUID | None) -> str | None:
    return session.scalar(select(model.name).where(model.county == county, model.id == row_id)) if row_id else None


def _names(session: Session, county: str, ids: set[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.county == county, Person.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _agree(one: str, other: str) -> bool:
    """Whether one text holds the other: a registered name is usually the signboard's with more around it."""
    left, right = ("".join(text.split()).casefold() for text in (one, other))
    return left in right or right in left
