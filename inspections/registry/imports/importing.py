"""Bringing a file in: plan it, look at the plan, store it whole or not at all."""

import json
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.coordinates import Datum

from ...errors import Invalid, Message, NotFound, say
from ...vocabulary import Choice
from ..areas import AreaLevel
from ..counties import County, find_county
from ..sites import Site, SiteCategory
from .area_plans import move_boundaries, plan_areas, write_areas
from .area_rows import AreaReading, read_areas
from .area_tree import Tree
from .columns import ColumnMap, Subject, map_columns, missing
from .datums import Outlines, Verdict, guess_from_outlines
from .names import NameIndex
from .plans import ImportPlan, Options
from .problems import Problem
from .site_plans import Register, guess_datum, place_sites, plan_sites
from .site_rows import SiteReading, read_sites
from .site_writes import Progress, write_sites
from .tables import FileKind, Table

_IMPORT_LOCK = 20_260_612  # any number, the same for every import of this product


def plan(session: Session, county: str, subject: Subject, table: Table, options: Options) -> ImportPlan:
    """What importing the table would do; nothing is stored.

    With no datum given it is guessed; if the evidence does not decide, the plan has none, is reckoned as WGS-84,
    and can't be applied. Raises Invalid for missing columns and unreadable files.
    """
    found = find_county(session, county)
    if found is None:
        raise NotFound(say("还没有代码为 {code} 的区县", code=county))
    columns = map_columns(table.columns, subject, options.columns, cut=table.kind is FileKind.SHAPEFILE)
    lacks = missing(columns, subject, has_geometry=table.has_geometry)
    if lacks and not _is_bare_outline(subject, table):
        raise Invalid({f"column{i}": message for i, message in enumerate(lacks)})
    if subject is Subject.AREAS:
        return _plan_areas(session, found, table, columns, options)
    return _plan_sites(session, found, table, columns, options)


def apply(
    session: Session,
    county: str,
    subject: Subject,
    table: Table,
    options: Options,
    *,
    person_id: UUID | None = None,
    progress: Progress = lambda done, total: None,
    before: Callable[[ImportPlan], None] = lambda planned: None,
) -> ImportPlan:
    """Plan and store in the caller's transaction, one import of a county at a time.

    Raises Invalid, having stored nothing, if a row is refused and the user did not choose to skip such rows.
    """
    session.execute(
        text("select pg_advisory_xact_lock(:lock, :county)"), {"lock": _IMPORT_LOCK, "county": int(county)}
    )
    planned = plan(session, county, subject, table, options)
    planned.check(options)
    before(planned)
    if subject is Subject.SITES:
        write_sites(session, county, person_id, planned.writes, progress)
    else:
        write_areas(session, county, planned.writes, progress)
        place_again(session, county)
    return planned


Word = TypeVar("Word", bound=Choice)


def _word(words: type[Word], text: str) -> Word | None:
    """The word that a stored value or its Chinese label names. Raises Invalid."""
    found = next((word for word in words if text in (word.value, str(word.label))), None)
    if text and found is None:
        raise Invalid(message=say("没有“{text}”这一项", text=text[:40]))
    return found


def _is_bare_outline(subject: Subject, table: Table) -> bool:
    """The outline of the county itself may come without a name."""
    return subject is Subject.AREAS and table.has_geometry and not table.columns


def known_outlines(tree: Tree) -> Outlines:
    county = tree.root.boundary if tree.root else None
    return Outlines(county, {n.name: n.boundary for n in tree.townships() if n.boundary is not None})


def _plan_sites(
    session: Session, county: County, table: Table, columns: ColumnMap, options: Options
) -> ImportPlan:
    category = _word(SiteCategory, options.category)
    rows, problems = read_sites(table.rows(), SiteReading(columns, category, options.swapped))
    tree = Tree(session, county)
    verdict = guess_datum(rows, known_outlines(tree))
    datum = options.datum or (verdict.datum if verdict else None)
    places, far = place_sites(rows, gazetteer := tree.gazetteer(), datum or Datum.WGS84)
    register = Register(session, county.code)
    changes, doubled, writes = plan_sites(rows, places, register, gazetteer, datum, _village_of(tree))
    return ImportPlan(
        Subject.SITES,
        columns,
        datum,
        verdict,
        changes,
        _sorted(problems, far, doubled),
        writes,
        _notes(table, options, verdict),
    )


def _village_of(tree: Tree) -> Callable[[UUID | None, str], UUID | None]:
    villages: dict[UUID | None, list[tuple[str, UUID]]] = {}
    for node in tree.nodes:
        if node.level is AreaLevel.VILLAGE:
            villages.setdefault(node.parent_id, []).append((node.name, node.id))
    indexes = {parent: NameIndex(named) for parent, named in villages.items()}

    def find(township_id: UUID | None, name: str) -> UUID | None:
        index = indexes.get(township_id)
        return index.find(name) if index and name else None

    return find


def _plan_areas(
    session: Session, county: County, table: Table, columns: ColumnMap, options: Options
) -> ImportPlan:
    level = _word(AreaLevel, options.level)
    bare_name = county.name if _is_bare_outline(Subject.AREAS, table) else ""
    rows, problems = read_areas(table.rows(), AreaReading(columns, level, options.repair, bare_name))
    tree = Tree(session, county)
    drawn = [(r.name, r.boundary) for r in rows if r.boundary is not None and not r.refused]
    verdict = guess_from_outlines(drawn, known_outlines(tree)) if drawn else None
    datum = options.datum or (verdict.datum if verdict else None)
    move_boundaries(rows, datum or Datum.WGS84)
    changes, more, writes = plan_areas(rows, tree, table.name)
    return ImportPlan(
        Subject.AREAS,
        columns,
        datum,
        verdict,
        changes,
        _sorted(problems, more),
        writes,
        _notes(table, options, verdict),
    )


def _notes(table: Table, options: Options, verdict: Verdict | None) -> tuple[Message, ...]:
    """The file's notes, and a word where the user's datum is not what the evidence says."""
    found = verdict.datum if verdict else None
    if options.datum is None or found is None or _same_frame(options.datum, found):
        return table.notes
    doubt = say(
        "选的是 {stated}，但比对结果更像 {found}，请再核对",
        stated=say(options.datum.label),
        found=say(found.label),
    )
    return (*table.notes, doubt)


def _same_frame(one: Datum, other: Datum) -> bool:
    alike = {Datum.WGS84, Datum.CGCS2000}
    return one is other or {one, other} == alike


def _sorted(*problems: list[Problem]) -> list[Problem]:
    return sorted((p for some in problems for p in some), key=lambda p: (p.row, p.severity))


_MOVE = """
    update sites set township_id = row.township_id
    from jsonb_to_recordset(cast(:rows as jsonb)) as row (id uuid, township_id uuid)
    where sites.county = :county and sites.id = row.id
"""


def place_again(session: Session, county: str) -> int:
    """Find the township of every located site anew, after boundaries have changed; returns how many moved."""
    found = find_county(session, county)
    assert found is not None
    rows = session.execute(
        select(
            Site.id, func.ST_X(Site.location), func.ST_Y(Site.location), Site.stated_township, Site.township_id
        ).where(Site.county == county, Site.location.is_not(None))
    ).all()
    if not rows:
        return 0
    gazetteer = Tree(session, found).gazetteer()
    lon, lat = np.array([r[1] for r in rows]), np.array([r[2] for r in rows])
    places = gazetteer.place(lon, lat, [r[3] or "" for r in rows])
    moved = [
        {"id": row[0], "township_id": place.township_id}
        for row, place in zip(rows, places, strict=True)
        if place.township_id and place.township_id != row[4]
    ]
    if moved:
        session.execute(text(_MOVE), {"county": county, "rows": json.dumps(moved, default=str)})
        session.expire_all()
    return len(moved)
