"""What records are held against when they come in: fetched once for all that come together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session, load_only

from geo.coordinates import LonLat
from geo.fixes import Fix

from ..access import visible
from ..evidence.blobs import BlobState
from ..evidence.receiving import Known
from ..registry.areas import OUTSIDE
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from ..registry.zones import Zone
from ..sweeps.stop_checks import SentBySweep, sent_by_sweeps
from .checklists import ItemWords, item_words
from .checks import CheckKind
from .positions import EARLIER, EARLIER_RECORDS, Visit, visit_of
from .record import Record, findings_named
from .tasks import Task


class KnownProblem(NamedTuple):
    site_id: UUID
    state: str


@dataclass
class Facts:
    """What the database says about the ids, numbers, files and places of records. In one statement: each of its
    parts would be quick, but each would be a way to the database and back.

    `existing` are the hashes of records that are here under these ids; `files` what is known of bytes that came
    before; `elsewhere` the files that another check lists. `problems` are the findings that records speak of, with
    their site and state; `before` the site of each photo that one of a record is said to repeat.
    """

    existing: dict[UUID, str]
    outside: set[UUID]
    sequences: set[tuple[str, int]]
    used_photos: set[UUID]
    earlier: list[Fix]
    files: dict[str, Known]
    elsewhere: set[str]
    problems: dict[UUID, KnownProblem] = field(default_factory=dict)
    before: dict[UUID, UUID] = field(default_factory=dict)


@dataclass
class Surroundings:
    """Rows by their ids. `accept` must be told of each record that is taken in, so that the next one sees it."""

    visits: dict[UUID, Visit]
    sites: dict[UUID, Site]
    people: dict[UUID, Person]
    tasks: dict[UUID, Task]
    zones: dict[UUID, Zone]
    checklists: dict[tuple[str, int], dict[str, ItemWords]]
    facts: Facts
    sent: list[SentBySweep] = field(default_factory=list)
    places: dict[UUID, LonLat | None] = field(default_factory=dict)

    def place_of(self, site: Site) -> LonLat | None:
        if site.id not in self.places:
            self.places[site.id] = site.place
        return self.places[site.id]

    def accept(self, record: Record) -> None:
        facts = self.facts
        facts.sequences.add((record.device.id, record.device.sequence))
        facts.used_photos.update(file.id for file in record.files)
        chosen = self.visits[record.id].chosen
        if chosen:
            stood = Fix(record.finished_at, chosen.lon, chosen.lat, chosen.accuracy_m)
            facts.earlier = [stood, *facts.earlier[: EARLIER_RECORDS - 1]]


def surroundings_of(
    session: Session, person: Person, records: Sequence[Record], ids: Collection[UUID]
) -> Surroundings:
    """Everything that deciding about these records needs, in as many queries for a hundred as for one.

    `ids` are those of all that came, also of records that can't be read.
    """
    county = person.county
    visits = {record.id: visit_of(record) for record in records}
    wanted = visible(person, Site).where(Site.id.in_({each.site_id for each in records}))
    outline = load_only(Site.kind, Site.zone_id, Site.location)  # a site has many columns more
    sites = {site.id: site for site in session.scalars(wanted.options(outline))} if records else {}
    lists = {(each.checklist.code, each.checklist.version) for each in records if each.checklist}
    routine = {
        site.zone_id
        for record in records
        if record.kind is CheckKind.ROUTINE
        and (site := sites.get(record.site_id))
        and site.kind is SiteKind.SCHOOL
        and site.zone_id
    }
    return Surroundings(
        visits,
        sites,
        _by_id(session, Person, county, (each.second_person_id for each in records)),
        _by_id(session, Task, county, (each.task_id for each in records)),
        _by_id(session, Zone, county, routine),
        {key: words for key in lists if (words := item_words(session, county, *key)) is not None},
        _facts(session, person, records, ids, visits),
        _sent(session, county, records),
    )


def _sent(session: Session, county: str, records: Sequence[Record]) -> list[SentBySweep]:
    """Who was sent by sweeps to the sites of checks that were made in one."""
    swept = {each.site_id for each in records if each.kind is CheckKind.SWEEP}
    return sent_by_sweeps(session, county, swept) if swept else []


def _facts(
    session: Session, person: Person, records: Sequence[Record], ids: Collection[UUID], visits: dict[UUID, Visit]
) -> Facts:
    chosen = {str(key): visit.chosen for key, visit in visits.items() if visit.chosen}
    files = [file for each in records for file in each.files]
    given = {
        "county": person.county,
        "person_id": person.id,
        "ids": [str(each) for each in ids],
        "place_ids": [*chosen],
        "lons": [fix.lon for fix in chosen.values()],
        "lats": [fix.lat for fix in chosen.values()],
        "devices": [each.device.id for each in records],
        "sequences": [each.device.sequence for each in records],
        "photo_ids": [str(file.id) for file in files],
        "hashes": [*{file.sha256 for file in files}],
        "finding_ids": [str(each) for record in records for each in findings_named(record)],
        "before_ids": [str(file.before_id) for file in files if file.before_id],
    }
    found = session.execute(FACTS, given).one()
    existing, outside, sequences, used_photos, earlier, known, elsewhere, problems, before = (
        each or () for each in found
    )
    return Facts(
        {UUID(key): sha256 for key, sha256 in existing},
        {UUID(key) for key in outside},
        {(device, sequence) for device, sequence in sequences},
        {UUID(key) for key in used_photos},
        [Fix(datetime.fromisoformat(at), *place) for at, *place in earlier],
        {sha256: _known(*rest) for sha256, *rest in known},
        set(elsewhere),
        {UUID(key): KnownProblem(UUID(site_id), state) for key, site_id, state in problems},
        {UUID(key): UUID(site_id) for key, site_id in before},
    )


def _known(state: str, refusal: str | None, taken_at: str | None, position: list[float] | None) -> Known:
    return Known(
        BlobState[state.upper()],
        refusal,
        datetime.fromisoformat(taken_at) if taken_at else None,
        LonLat(*position) if position else None,
    )


FACTS = text(
    f"""
    select
        (select jsonb_agg(jsonb_build_array(id, record_sha256)) from checks
            where county = :county and id = any(cast(:ids as uuid[]))),
        (select jsonb_agg(id) from ({OUTSIDE}) as outside),
        (select jsonb_agg(distinct jsonb_build_array(device, sequence))
            from unnest(cast(:devices as text[]), cast(:sequences as bigint[])) as given(device, sequence)
            join checks on county = :county and device_id = device and device_sequence = sequence),
        (select jsonb_agg(id) from photos where county = :county and id = any(cast(:photo_ids as uuid[]))),
        (select jsonb_agg(jsonb_build_array(at, lon, lat, accuracy_m))
            from ({EARLIER}) as earlier(at, lon, lat, accuracy_m)),
        (select jsonb_agg(jsonb_build_array(sha256, state, refusal, exif_taken_at, exif -> 'position')) from blobs
            where county = :county and sha256 = any(cast(:hashes as text[]))),
        (select jsonb_agg(distinct sha256) from photos
            where county = :county and sha256 = any(cast(:hashes as text[]))),
        (select jsonb_agg(jsonb_build_array(id, site_id, state)) from findings
            where county = :county and id = any(cast(:finding_ids as uuid[]))),
        (select jsonb_agg(jsonb_build_array(photos.id, site_id))
            from photos join checks on checks.county = photos.county and checks.id = check_id
            where photos.county = :county and photos.id = any(cast(:before_ids as uuid[])))
    """  # noqa: S608 - constants
)


def _by_id(session: Session, model: Any, county: str, ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    wanted = {each for each in ids if each}
    if not wanted:
        return {}
    return {
        row.id: row for row in session.scalars(select(model).where(model.county == county, model.id.in_(wanted)))
    }
