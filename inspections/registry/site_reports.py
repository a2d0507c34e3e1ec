"""Reports of a suspected site, as someone in the field makes them: the first thing known of a new site."""

import hashlib
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.coordinates import LonLat

from .. import events
from ..errors import Conflict, Invalid, Message, say
from ..events import Event
from ..incoming import Line, Part, Text, clean, parse_json, read
from ..intake.clues import GivenClue, add_clues
from .areas import is_outside, township_at
from .given_places import GivenLocation, place_of
from .people import Person
from .sites import CATEGORIES, Premises, Site, SiteCategory, SiteKind, SiteState

HEARD = "heard"  # the source of a place that nobody has been to
Bit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class SiteReport(Part):
    """`location` may be missing where only an address is known; where somebody only heard of the site, its source
    is "heard" and its accuracy the circle in which it lies. `clues` are by what it can be known again.
    """

    id: UUID
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    kind: SiteKind = SiteKind.SUSPECTED
    category: SiteCategory
    premises: Premises | None = None
    address: Line | None = None
    remark: Text | None = None
    location: GivenLocation | None = None
    person_in_charge: Line | None = None
    device_id: Line | None = None
    compound: Bit | None = None
    building: Bit | None = None
    unit: Bit | None = None
    floor: Bit | None = None
    room: Bit | None = None
    clues: Annotated[tuple[GivenClue, ...], Field(max_length=20)] = ()

    @property
    def digest(self) -> str:
        """Of what it says. What it leaves out is not part of it: a report of an earlier version stays the same."""
        empty = {name for name in LATER if not getattr(self, name)}
        return hashlib.sha256(self.model_dump_json(exclude={"device_id", *empty}).encode()).hexdigest()

    @property
    def where(self) -> str | None:
        """The address, or what was said of the building and the room."""
        parts = (self.compound, self.building, self.unit, self.floor, self.room)
        return self.address or " ".join(part for part in parts if part) or None


LATER = ("compound", "building", "unit", "floor", "room", "clues")


class Reported(NamedTuple):
    """`outside_county`: the place lies beyond the county's boundary, which a person should look at."""

    site: Site
    is_new: bool
    outside_county: bool


def report_site(session: Session, person: Person, content: bytes) -> Reported | Conflict:
    """Put a suspected site on the map as reported, its township found by its position.

    Idempotent by id: the same content gives the same site, even after someone has edited it. Other content is
    noted in the site's history and answered with a `Conflict`, which is returned since the note must be committed.
    A place outside the county is accepted, because the observer stands there, and flagged. Raises `Malformed`,
    `Invalid`, `Forbidden`.
    """
    from ..access import require  # access knows this module's table

    require(person, "site.create")
    tree, _ = clean(parse_json(content))
    report = read(SiteReport, tree)
    _require_suspected(report)
    place = place_of(report.location)
    lock = {"key": f"site {person.county} {report.id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), lock)
    known = session.get(Site, (person.county, report.id))
    if known is not None:
        return _again(session, person, known, report)
    outside = place is not None and is_outside(session, person.county, place)
    site = _new_site(session, person, report, place)
    add_clues(session, person.county, report.clues, site=site, at=session.scalars(select(func.now())).one())
    how = {"is_hearsay": True} if report.location and report.location.source == HEARD else {}
    events.record(session, person, "report", site, content_sha256=report.digest, outside_county=outside, **how)
    return Reported(site, is_new=True, outside_county=outside)


def _again(session: Session, person: Person, site: Site, report: SiteReport) -> Reported | Conflict:
    first = session.scalars(
        select(Event.detail)
        .where(Event.county == site.county, Event.subject_id == site.id, Event.verb == "report")
        .order_by(Event.at)
        .limit(1)
    ).one_or_none()
    if first and first["content_sha256"] == report.digest:
        return Reported(site, is_new=False, outside_county=first["outside_county"])
    events.record(session, person, "conflict", site, other=report.model_dump(mode="json"))
    return Conflict()


def _require_suspected(report: SiteReport) -> None:
    problems: dict[str, Message] = {}
    if report.kind is not SiteKind.SUSPECTED:
        problems["kind"] = say("手机上只能新增疑似违规办学点，学校和机构请由专班录入")
    if report.category not in CATEGORIES[SiteKind.SUSPECTED]:
        problems["category"] = say("请选择疑似办学点的类型")
    if report.location is None and not report.where:
        problems["location"] = say("请在地图上点选位置，或填写地址")
    if problems:
        raise Invalid(problems)


def _new_site(session: Session, person: Person, report: SiteReport, place: LonLat | None) -> Site:
    given: dict[str, Any] = report.model_dump(
        include={"id", "name", "kind", "category", "premises", "remark", "person_in_charge"}
    )
    rooms = {name: getattr(report, name) or None for name in LATER if name != "clues"}

    site = Site(
        county=person.county,
        state=SiteState.REPORTED,
        location=lonlat(*place) if place else None,
        location_datum=report.location and report.location.datum,
        location_accuracy_m=report.location and report.location.accuracy_m,
        township_id=township_at(session, person.county, place) if place else None,
        created_by_id=person.id,
        address=report.where,
        **given,
        **rooms,
    )
    session.add(site)
    session.flush()
    return site
