"""Planning the import of sites: placed, matched with what is there, compared.

A row is the site that has, in this order, its 编号 (within its kind); else its credit code; else its name and
township. Where one credit code stands for several sites, the name decides between them. A blank cell leaves what
is there.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.coordinates import Datum, to_wgs84

from ...db import new_id
from ...errors import Message, say
from ..areas import Area
from ..licences import Licence
from ..sites import Site, SiteKind, SiteState
from .datums import Outlines, Verdict, guess_from_points
from .placing import Gazetteer, Place
from .plans import Action, Change
from .problems import Problem, Severity
from .site_rows import SiteRow

WRITTEN = (
    "kind", "category", "state", "name", "external_key", "ownership", "premises", "lon", "lat", "location_datum",
    "address", "stated_township", "township_id", "village_id", "person_in_charge", "phone", "pupils", "staff",
    "remark",
)  # fmt: skip
_KEPT = {"state", "location_datum"}
_SAME_PLACE_DEGREES = 1e-7

Values = dict[str, Any]


@dataclass
class SiteWrites:
    """Full rows of `sites` by id, and the licences that rows name: (site, kind of paper, number, holder)."""

    sites: list[Values]
    licences: list[tuple[UUID, SiteRow]]


def guess_datum(rows: Iterable[SiteRow], known: Outlines) -> Verdict | None:
    """None when no row has a position."""
    placed = [row for row in rows if row.lon is not None]
    if not placed:
        return None
    lon, lat = (np.array([getattr(row, axis) for row in placed], float) for axis in ("lon", "lat"))
    return guess_from_points(lon, lat, [row.township for row in placed], known)


def place_sites(rows: list[SiteRow], gazetteer: Gazetteer, datum: Datum) -> tuple[dict[int, Place], list[Problem]]:
    """Move positions to WGS-84, in place, and find their townships; outside the county a row is refused."""
    placed = [row for row in rows if row.lon is not None and not row.refused]
    if not placed:
        return {}, []
    given_lon, given_lat = (np.array([getattr(row, axis) for row in placed], float) for axis in ("lon", "lat"))
    lon, lat = to_wgs84(given_lon, given_lat, datum)
    places = gazetteer.place(lon, lat, [row.township for row in placed])
    problems: list[Problem] = []
    for row, x, y, place in zip(placed, lon, lat, places, strict=True):
        row.lon, row.lat = round(float(x), 8), round(float(y), 8)
        problems.extend(_judge_place(row, place, gazetteer))
    return {row.number: place for row, place in zip(placed, places, strict=True)}, problems


def _judge_place(row: SiteRow, place: Place, gazetteer: Gazetteer) -> Iterable[Problem]:
    shown = f"{row.lon:.6f}, {row.lat:.6f}"
    if not place.in_county:
        row.refused = True
        far = say("在本县以外，离县界约 {km} 公里", km=f"{place.gap_m / 1000:.1f}")
        yield Problem(row.number, "", shown, far)
        return
    found = gazetteer.townships.get(place.township_id) if place.township_id else None
    if found is None and gazetteer.townships:
        yield _warning(row, shown, say("不在任何一个镇街的边界内"))
    elif found and place.gap_m:
        near = say("在各镇街边界以外 {m} 米，归入最近的{name}", m=round(place.gap_m), name=found.name)
        yield _warning(row, shown, near)
    meant = gazetteer.named(row.township)
    if row.township and meant is None and gazetteer.townships:
        yield _warning(row, row.township, say("本县没有这个镇街"))
    elif found and meant and meant.id != found.id:
        yield _warning(
            row, row.township, say("填的是{stated}，地图上在{found}", stated=meant.name, found=found.name)
        )


def _warning(row: SiteRow, value: str, message: Message) -> Problem:
    return Problem(row.number, "", value, message, Severity.WARNING)


class Register:
    """The sites of a county as they are, found by each of their keys."""

    def __init__(self, session: Session, county: str) -> None:
        self.sites = {row.id: row._asdict() for row in session.execute(_existing(county))}
        self.names = {
            a.id: a.name for a in session.execute(select(Area.id, Area.name).where(Area.county == county))
        }
        self.papers: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
        self._by_code: dict[str, list[UUID]] = defaultdict(list)
        for site_id, kind, number, code in session.execute(
            select(Licence.site_id, Licence.kind, Licence.number, Licence.credit_code).where(
                Licence.county == county
            )
        ):
            self.papers[site_id].add((kind.value, number))
            self._by_code[code or number].append(site_id)
        self._by_key: dict[tuple[SiteKind, str], UUID] = {}
        self._by_name: dict[tuple[SiteKind, str], list[UUID]] = defaultdict(list)
        for site in self.sites.values():
            if site["external_key"]:
                self._by_key[site["kind"], site["external_key"]] = site["id"]
            self._by_name[site["kind"], folded(site["name"])].append(site["id"])

    def find(self, row: SiteRow, township_id: UUID | None) -> UUID | None:
        """The site a row means, or None for a new one. `row.kind` is known."""
        assert row.kind is not None
        if row.external_key and (found := self._by_key.get((row.kind, row.external_key))):
            return found
        named = self._free(self._by_name[row.kind, folded(row.name)], row)
        if row.credit_code:
            coded = self._free(self._by_code.get(row.credit_code, []), row)
            if len(coded) == 1:
                return coded[0]
            if both := [i for i in coded if i in named]:
                return both[0]
        here = [i for i in named if _compatible(self.sites[i]["township_id"], township_id)]
        return here[0] if len(here) == 1 else None

    def _free(self, ids: list[UUID], row: SiteRow) -> list[UUID]:
        """Of these, the ones of the row's kind that carry no other 编号."""
        sites = (self.sites[i] for i in dict.fromkeys(ids) if i in self.sites)
        return [
            s["id"]
            for s in sites
            if s["kind"] == row.kind and (not row.external_key or s["external_key"] in (None, row.external_key))
        ]


def _compatible(one: UUID | None, other: UUID | None) -> bool:
    return one is None or other is None or one == other


def folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).lower()


def _existing(county: str) -> Any:
    columns = [
        func.ST_X(Site.location).label("lon")
        if name == "lon"
        else func.ST_Y(Site.location).label("lat")
        if name == "lat"
        else getattr(Site, name)
        for name in WRITTEN
    ]
    return select(Site.id, *columns).where(Site.county == county)


def plan_sites(
    rows: list[SiteRow],
    places: dict[int, Place],
    register: Register,
    gazetteer: Gazetteer,
    datum: Datum | None,
    village_of: Callable[[UUID | None, str], UUID | None],
) -> tuple[list[Change], list[Problem], SiteWrites]:
    """Every row becomes new, changed, unchanged or refused."""
    changes, problems = [], []
    writes = SiteWrites([], [])
    first_row: dict[UUID | tuple[Any, ...], int] = {}
    for row in rows:
        township_id = _township(row, places, gazetteer)
        site_id = None if row.refused else register.find(row, township_id)
        key = site_id or _own_key(row, township_id)
        if not row.refused and (first := first_row.setdefault(key, row.number)) != row.number:
            row.refused = True
            problems.append(Problem(row.number, "", _shown_key(row), say("与第 {first} 行重复", first=first)))
        if row.refused:
            changes.append(Change(row.number, row.name, Action.REFUSED))
            continue
        values = _values(row, township_id, village_of(township_id, row.village), datum)
        changes.append(_compare(row, site_id, values, register, writes))
    return changes, problems, writes


def _township(row: SiteRow, places: dict[int, Place], gazetteer: Gazetteer) -> UUID | None:
    """By the map; by name only where the map has no answer."""
    place = places.get(row.number)
    if place and place.township_id:
        return place.township_id
    stated = gazetteer.named(row.township)
    return stated.id if stated else None


def _own_key(row: SiteRow, township_id: UUID | None) -> tuple[Any, ...]:
    if row.external_key:
        return row.kind, "key", row.external_key
    if row.credit_code:
        return row.kind, "code", row.credit_code, folded(row.name)
    return row.kind, "name", folded(row.name), township_id


def _shown_key(row: SiteRow) -> str:
    return row.external_key or row.credit_code or row.name


def _values(row: SiteRow, township_id: UUID | None, village_id: UUID | None, datum: Datum | None) -> Values:
    """What the row says; what it does not say is absent."""
    said = {
        "kind": row.kind,
        "category": row.category,
        "name": row.name,
        "external_key": row.external_key or None,
        "ownership": row.ownership,
        "premises": row.premises,
        "lon": row.lon,
        "lat": row.lat,
        "location_datum": datum.value if datum and row.lon is not None else None,
        "stated_township": row.township or None,
        "township_id": township_id,
        "village_id": village_id,
        **row.texts,
        **row.counts,
    }
    return {name: value for name, value in said.items() if value is not None}


def _compare(row: SiteRow, site_id: UUID | None, values: Values, register: Register, writes: SiteWrites) -> Change:
    papers = papers_of(row)
    if site_id is None:
        site_id = new_id()
        new: Values = dict.fromkeys(WRITTEN) | {"state": _first_state(row), "id": site_id} | values
        writes.sites.append(new)
        if papers:
            writes.licences.append((site_id, row))
        return Change(row.number, row.name, Action.NEW, site_id)
    before = register.sites[site_id]
    if not row.says_kind:
        values.pop("category")
    fields = {
        name: (_shown(before[name], register), _shown(value, register))
        for name, value in values.items()
        if name not in _KEPT and not _same(name, before[name], value)
    }
    for kind, number in papers - register.papers[site_id]:
        fields[kind] = ("", number)
        writes.licences.append((site_id, row))
    if fields:
        writes.sites.append(before | values)
    return Change(row.number, row.name, Action.CHANGED if fields else Action.UNCHANGED, site_id, fields)


def papers_of(row: SiteRow) -> set[tuple[str, str]]:
    """Kind and number of the papers a row names."""
    papers = set()
    if row.permit_no:
        papers.add(("permit", row.permit_no))
    if row.credit_code:
        papers.add((_registration(row.credit_code), row.credit_code))
    return papers


def _registration(code: str) -> str:
    """GB 32100-2015, first digit: 1 staffing commission (public bodies), 5 civil affairs, 9 market supervision."""
    if len(code) == 18 and code[0] == "1":
        return "public_body"
    return "civil" if len(code) == 18 and code[0] == "5" else "business"


def _first_state(row: SiteRow) -> SiteState:
    return SiteState.REPORTED if row.kind is SiteKind.SUSPECTED else SiteState.LICENSED


def _same(name: str, before: Any, after: Any) -> bool:
    if name in ("lon", "lat"):
        return before is not None and abs(before - after) <= _SAME_PLACE_DEGREES
    return bool(before == after)


def _shown(value: Any, register: Register) -> str:
    if value is None:
        return ""
    if isinstance(value, UUID):
        return register.names.get(value, "")
    if isinstance(value, float):
        return f"{value:.6f}"
    return str(getattr(value, "label", value))
