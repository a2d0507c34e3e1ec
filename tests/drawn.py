"""Pools and published files of draws, made as the county makes them; and draws that stand in a database."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.intake.sealing import seal
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.targeting.draws import making, publishing, reading
from inspections.targeting.draws.conflicts import Ground, OfficerConflict
from inspections.targeting.draws.draw_file import sealed, sha256_of
from inspections.targeting.draws.draws import Draw, Stage
from inspections.targeting.draws.plans import Plan
from inspections.targeting.draws.sampling import (
    Turn,
    code_of,
    commitment_of,
    key_of,
    result_of,
    salt_of,
)
from tests.factories import NOW, make_person, make_site

SEED = bytes(range(32))
COUNTY, DRAW = "361129", "01890a5d-ac96-774b-bcce-b302099a8057"
NUMBER = "福彩3D 385"


def make_pool(
    sites: int = 20,
    officers: int = 6,
    *,
    seed: bytes = SEED,
    percent: int = 25,
    least: int = 1,
    departments: tuple[str, ...] = ("教育", "市监"),
    barred: dict[int, list[int]] | None = None,
    team: int = 2,
    differ: bool = False,
) -> dict[str, Any]:
    """Sites in two strata by turns, officers of the departments by turns; `barred`: site → officers by number."""
    salt = salt_of(seed)
    codes = [code_of(salt, f"officer {i}") for i in range(officers)]
    kept_out = barred or {}
    rows = [
        {
            "id": f"site-{i:04}",
            "name": f"机构{i}",
            "stratum": f"institution|{'AB'[i % 2]}",
            "barred": sorted(codes[j] for j in kept_out.get(i, [])),
        }
        for i in range(sites)
    ]
    people = [
        {"id": code, "department": departments[i % len(departments)], "open_tasks": i}
        for i, code in enumerate(codes)
    ]
    return {
        "salt": salt,
        "plan": {"officers": team, "departments_differ": differ},
        "strata": [
            {"name": name, "percent": percent, "least": least} for name in sorted({r["stratum"] for r in rows})
        ],
        "sites": rows,
        "officers": sorted(people, key=lambda each: each["id"]),
        "left_out": {"sites": [], "officers": []},
    }


def make_tree(
    pool: dict[str, Any] | None = None, turns: list[Turn] | None = None, **values: Any
) -> dict[str, Any]:
    pool = pool or make_pool()
    seed = values.pop("seed", SEED)
    pool_sha256 = sha256_of(pool)
    key = key_of(seed, COUNTY, DRAW, pool_sha256, NUMBER)
    moments = {
        "committed": "2026-11-18T01:00:00.000000Z",
        "frozen": "2026-11-19T01:00:00.000000Z",
        "drawn": "2026-11-20T01:00:00.000000Z",
    }
    rows = [
        {"site": each.site, "officer": each.officer, "why": each.why, "at": "2026-11-20T02:00:00.000000Z"}
        for each in turns or []
    ]
    tree = {
        "format": "mingcha-draw",
        "version": 1,
        "county": COUNTY,
        "draw": DRAW,
        "number": 2,
        "title": "第四季度双随机抽查",
        "stage": "drawn",
        "moments": moments,
        "commitment": commitment_of(seed),
        "seed": seed.hex(),
        "pool": pool,
        "pool_sha256": pool_sha256,
        "public_number": NUMBER,
        "turns": rows,
        "result": result_of(key, pool, turns or []),
        "ended": None,
        "supersedes": None,
    }
    return tree | values


def make_file(*given: Any, **values: Any) -> bytes:
    return sealed(make_tree(*given, **values))


def add_draw(session: Session, person: Person, title: str, **values: Any) -> Draw:
    """A draw that was committed to a moment ago, without a pool."""
    now, draw_id = NOW, new_id()
    usual: dict[str, Any] = {
        "number": 1,
        "title": title,
        "plan": {
            "title": title, "first_day": f"{now.date()}", "last_day": f"{now.date()}", "kinds": ["institution"],
            "by_township": False, "percent": dict.fromkeys("ABCD", 25), "least": 1, "officers": 2,
            "departments_differ": False, "public_number": "",
        },
        "first_day": now.date(),
        "last_day": now.date() + timedelta(days=7),
        "stage": Stage.COMMITTED,
        "commitment": commitment_of(draw_id.bytes * 2),
        "salt": salt_of(draw_id.bytes * 2),
        "sealed": seal([b"k" * 32], draw_id.bytes * 2, b"row"),
        "committed_at": now,
        "committed_by_id": person.id,
    }  # fmt: skip
    draw = Draw(county=person.county, id=draw_id, **(usual | values))
    session.add(draw)
    session.flush()
    return draw


def add_conflict(session: Session, person: Person, site: Site) -> OfficerConflict:
    row = OfficerConflict(
        county=person.county, id=new_id(), person_id=person.id, site_id=site.id, ground=Ground.RELATIVE,
        declared_at=NOW, declared_by_id=person.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def add_published(session: Session, person: Person) -> Draw:
    """A draw of a few institutions, through all its steps by one person who has every role."""
    for i in range(8):
        kind = {"kind": SiteKind.INSTITUTION, "category": SiteCategory.ARTS, "state": SiteState.LICENSED}
        make_site(session, county=person.county, name=f"Little Star {i}", **kind)
    for i in range(4):
        number = f"E-{i}-{new_id().hex[:6]}"
        make_person(session, Role.INSPECTOR, county=person.county, name=f"Officer {i}", certificate=number)
    day = NOW.date()
    plan = Plan("Autumn", day, day, (SiteKind.INSTITUTION,), False, dict.fromkeys("ABCD", 50), 1, 2, False, "Dice")
    keys = (b"k" * 32,)
    draw = making.commit(session, person, keys, plan, NOW)
    making.freeze(session, person, draw.id, NOW)
    making.draw_lots(session, person, keys, draw.id, "3 8 5", NOW)
    visit = reading.read_draw(session, person, draw.id, day).visits[0]
    form = {"site_id": str(visit.site_id), "person_id": str(visit.officers[0].id), "why": "ill", "note": "Flu"}
    making.replace(session, person, keys, draw.id, form, NOW)
    publishing.publish(session, person, keys, draw.id, NOW)
    said = {"site_id": str(visit.site_id), "outcome": "mended", "note": "Put right"}
    publishing.record_outcome(session, person, draw.id, said, NOW)
    add_conflict(session, person, session.get_one(Site, (person.county, visit.site_id)))
    session.commit()
    return draw
