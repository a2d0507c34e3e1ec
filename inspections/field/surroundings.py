"""What records are held against when they come in: fetched once for all that come together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from geo.coordinates import LonLat
from geo.fixes import Fix

from ..access import visible
from ..registry import areas
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from ..registry.zones import Zone
from .checklists import item_texts
from .checks import Check, CheckKind
from .photos import Photo
from .positions import EARLIER_RECORDS, Visit, earlier_fixes, visit_of
from .record import Record
from .tasks import Task


@dataclass
class Surroundings:
    """Rows by their ids. `accept` must be told of each record that is taken in, so that the next one sees it."""

    visits: dict[UUID, Visit]
    sites: dict[UUID, Site]
    people: dict[UUID, Person]
    tasks: dict[UUID, Task]
    zones: dict[UUID, Zone]
    checklists: dict[tuple[str, int], dict[str, str]]
    outside: set[UUID]
    sequences: set[tuple[str, int]]
    used_photos: set[UUID]
    earlier: list[Fix]
    places: dict[UUID, LonLat | None] = field(default_factory=dict)

    def place_of(self, site: Site) -> LonLat | None:
        if site.id not in self.places:
            self.places[site.id] = site.place
        return self.places[site.id]

    def accept(self, record: Record) -> None:
        self.sequences.add((record.device.id, record.device.sequence))
        self.used_photos.update(file.id for file in record.files)
        chosen = self.visits[record.id].chosen
        if chosen:
            stood = Fix(record.finished_at, chosen.lon, chosen.lat, chosen.accuracy_m)
            self.earlier = [stood, *self.earlier[: EARLIER_RECORDS - 1]]


def surroundings_of(session: Session, person: Person, records: Sequence[Record]) -> Surroundings:
    """Everything that deciding about these records needs, in as many queries for a hundred as for one."""
    county = person.county
    visits = {record.id: visit_of(record) for record in records}
    sites = {
        site.id: site
        for site in session.scalars(visible(person, Site).where(Site.id.in_({each.site_id for each in records})))
    }
    lists = {(each.checklist.code, each.checklist.version) for each in records if each.checklist}
    routine = {
        site.zone_id
        for record in records
        if record.kind is CheckKind.ROUTINE
        and (site := sites.get(record.site_id))
        and site.kind is SiteKind.SCHOOL
        and site.zone_id
    }
    outside, sequences, photos, earlier = _facts(session, person, records, visits)
    return Surroundings(
        visits,
        sites,
        _by_id(session, Person, county, (each.second_person_id for each in records)),
        _by_id(session, Task, county, (each.task_id for each in records)),
        _by_id(session, Zone, county, routine),
        {key: texts for key in lists if (texts := item_texts(session, *key)) is not None},
        outside,
        sequences,
        photos,
        earlier,
    )


def _facts(
    session: Session, person: Person, records: Sequence[Record], visits: dict[UUID, Visit]
) -> tuple[set[UUID], set[tuple[str, int]], set[UUID], list[Fix]]:
    """Which records lie outside the county, which device numbers and photo ids are used, and where the person was.

    In one statement: each would be quick, but each is a way to the database and back.
    """
    county = person.county
    points = {key: visit.chosen.point for key, visit in visits.items() if visit.chosen}
    photo_ids = [file.id for each in records for file in each.files]
    devices = {(each.device.id, each.device.sequence) for each in records}
    key = tuple_(Check.device_id, Check.device_sequence)
    used = select(Check.device_id.label("id"), Check.device_sequence.label("sequence"))
    used_sequences = used.where(Check.county == county, key.in_(devices)).distinct().subquery()
    used_photos = select(Photo.id).where(Photo.county == county, Photo.id.in_(photo_ids)).subquery()
    earlier = earlier_fixes(county, person.id).subquery()
    outside = areas.outside(county, points).subquery()
    found = session.execute(
        select(
            select(func.array_agg(outside.c.id)).scalar_subquery(),
            _json(used_sequences),
            select(func.array_agg(used_photos.c.id)).scalar_subquery(),
            _json(earlier),
        )
    ).one()
    return (
        set(found[0] or ()),
        {(device, sequence) for device, sequence in found[1] or ()},
        set(found[2] or ()),
        [Fix(datetime.fromisoformat(at), *place) for at, *place in found[3] or ()],
    )


def _json(query: Any) -> Any:
    return select(func.jsonb_agg(func.jsonb_build_array(*query.c))).scalar_subquery()


def _by_id(session: Session, model: Any, county: str, ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    wanted = {each for each in ids if each}
    if not wanted:
        return {}
    return {
        row.id: row for row in session.scalars(select(model).where(model.county == county, model.id.in_(wanted)))
    }
