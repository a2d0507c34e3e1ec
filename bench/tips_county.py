"""What `inbox` and `duplicates` measure on: a hundred thousand tips in the words of the demo county, gathered
around towns, a third of them with clues, each with its way; five thousand of them wait, as after a flood.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

import inspections.tables  # noqa: F401 - the mappers of all that a tip points to
from inspections.db import APP_ROLE, connect, scope
from inspections.demo.tip_words import MONEY, OPENINGS, SEEN_CARE, SEEN_SUBJECT, SEEN_YOUNG, WHERE, WISHES
from inspections.registry.counties import create_county
from inspections.registry.people import Person, PersonRole, Role

from .tiles_county import database, psycopg_url

COUNTY = "361129"
TIPS, WAITING, ASSIGNED, SITES, TOWNSHIPS, TOWNS = 100_000, 5_000, 3_000, 5_000, 20, 60
WEST, SOUTH = 116.9, 28.5
NAMES = ("启明", "星海", "博雅", "乐学", "金榜", "明德", "育苗", "雨露", "文轩", "新起点", "小太阳", "向日葵")
TAILS = ("托管班", "教育", "辅导班", "培训中心", "晚托", "自习室", "小课堂", "学堂")
COMPOUNDS = tuple(
    f"{a}{b}" for a in ("锦绣", "阳光", "翡翠", "滨河", "书香", "龙腾") for b in ("花园", "家园", "名邸", "嘉苑")
)
CHANNELS = ("web", "web", "web", "hotline", "hotline", "mailbox", "volunteer", "school", "department", "higher")


@contextmanager
def county_of_tips() -> Iterator[tuple[Session, Person]]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    with database(server) as url:
        load(url)
        engine = connect(make_url(url).set(username=APP_ROLE, password=None))
        with Session(engine) as session:
            scope(session, COUNTY)
            person = session.scalars(select(Person).where(Person.county == COUNTY)).unique().first()
            assert person is not None
            yield session, person
        engine.dispose()


def load(url: str) -> None:
    engine = connect(url)
    with Session(engine) as session:
        create_county(session, COUNTY, "测量县", "测量县教育局")
        session.flush()
        dispatcher = Person(county=COUNTY, name="李调度")
        dispatcher.grants = [PersonRole(county=COUNTY, role=Role.DISPATCHER)]
        session.add(dispatcher)
        session.commit()
        by_id = dispatcher.id
    with psycopg.connect(psycopg_url(url)) as connection:
        cursor, chance = connection.cursor(), Random(11)
        areas, sites = [uuid7() for _ in range(TOWNSHIPS)], [uuid7() for _ in range(SITES)]
        _copy(
            cursor,
            "areas (county, id, level, name)",
            ((COUNTY, key, "township", f"{n}镇") for n, key in enumerate(areas)),
        )
        _copy(
            cursor,
            "sites (county, id, kind, category, state, name)",
            ((COUNTY, key, "suspected", "after_care", "reported", _name(chance)) for key in sites),
        )
        made = list(_tips(chance, areas, sites))
        _copy(cursor, f"tips ({', '.join(made[0][0])})", (tuple(tip.values()) for tip, _ in made))
        _copy(cursor, "clues (county, id, kind, value, shown, tip_id, at)", _clues(made))
        _copy(cursor, "tip_moves (county, id, tip_id, kind, state, at, by_id)", _moves(made, by_id))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection_:
        connection_.execute(text("vacuum analyze"))
    engine.dispose()


def _copy(cursor: Any, into: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"copy {into} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _name(chance: Random) -> str:
    return f"{chance.choice('陈李王张刘赵吴')}{chance.choice(NAMES)}{chance.choice(TAILS)}"


def _tips(chance: Random, areas: list[Any], sites: list[Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    towns = [(WEST + chance.random() * 0.4, SOUTH + chance.random() * 0.4) for _ in range(TOWNS)]
    now = datetime.now(UTC)
    for n in range(TIPS):
        at = now - timedelta(minutes=6 * (TIPS - n))
        lon, lat = chance.choice(towns)
        lon, lat = lon + chance.gauss(0, 0.008), lat + chance.gauss(0, 0.008)
        compound = chance.choice(COMPOUNDS) if chance.random() < 0.3 else None
        place = compound or f"解放路{chance.randint(1, 400)}号"
        state = "new" if n >= TIPS - WAITING else "assigned" if n >= TIPS - WAITING - ASSIGNED else ""
        tip = {
            "county": COUNTY,
            "id": uuid7(),
            "code": f"{at:%y%m%d}-{n:06d}",
            "channel": chance.choice(CHANNELS),
            "state": state or chance.choice(("confirmed", "unfounded", "unfounded", "invalid")),
            "text": _words(chance, place, at),
            "place": place,
            "compound": compound,
            "building": f"{chance.randint(1, 30)} 栋" if compound else None,
            "site_id": chance.choice(sites) if chance.random() < 0.5 else None,
            "township_id": chance.choice(areas),
            "location": f"SRID=4326;POINT({lon:.6f} {lat:.6f})" if chance.random() < 0.8 else None,
            "uncertainty_m": float(chance.randint(10, 150)),
            "received_at": at,
            "triage_due_at": at + timedelta(days=1),
            "due_at": at + timedelta(days=7) if state != "new" else None,
            "key_since": at if chance.random() < 0.001 else None,
        }
        phone = f"13{chance.randint(10**8, 10**9 - 1)}" if chance.random() < 0.3 else None
        yield tip, phone if phone is None or chance.random() < 0.9 else "13800001234"


def _words(chance: Random, place: str, at: datetime) -> str:
    seen = chance.choice(chance.choice((SEEN_SUBJECT, SEEN_CARE, SEEN_YOUNG)))
    told = (
        f"{chance.choice(OPENINGS)}{chance.choice(WHERE)}，{seen}。{chance.choice(MONEY)}{chance.choice(WISHES)}"
    )
    return told.format(
        place=place, name=_name(chance), when=f"{at.month}月{at.day}日晚上", n=chance.randint(5, 32),
        fee=chance.randint(5, 60) * 100, lesson=chance.randint(5, 26) * 10,
    )  # fmt: skip


def _clues(made: list[tuple[dict[str, Any], str | None]]) -> Iterator[tuple[Any, ...]]:
    for tip, phone in made:
        if phone:
            yield COUNTY, uuid7(), "phone", phone, phone, tip["id"], tip["received_at"]


def _moves(made: list[tuple[dict[str, Any], str | None]], by_id: Any) -> Iterator[tuple[Any, ...]]:
    for tip, _ in made:
        yield COUNTY, uuid7(), tip["id"], "received", "new", tip["received_at"], None
        if tip["state"] != "new":
            after = tip["received_at"] + timedelta(hours=2)
            yield COUNTY, uuid7(), tip["id"], tip["state"], tip["state"], after, by_id
