"""What `bench.tiles` measures on: a throw-away database with the real migrations and a county full of sites."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import psycopg
import shapely
from alembic import command
from alembic.config import Config
from numpy.typing import NDArray
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspections.db import APP_ROLE, connect, scope
from inspections.jobs import Work
from inspections.registry.accounts import Account, hasher
from inspections.registry.counties import create_county
from inspections.registry.people import Person, PersonRole, Role
from inspections.registry.site_counts import fold

ROOT = Path(__file__).resolve().parents[1]
COUNTY = "361129"
LOGIN, PASSWORD = "bench", "correct horse battery"
WEST, SOUTH, EAST, NORTH = 113.1, 31.2, 113.8, 32.1
TOWNS, TOWN_DEGREES = 60, 0.0103  # about 1.1 km
# kind, category, state, and how many of a hundred sites are so
MIX = (
    ("school", "primary", "licensed", 10),
    ("institution", "arts", "licensed", 40),
    ("institution", "sport", "rectifying", 8),
    ("institution", "subject", "closed", 7),
    ("institution", "science", "suspended", 5),
    ("suspected", "after_care", "reported", 12),
    ("suspected", "one_to_one", "verified", 8),
    ("suspected", "lunch_table", "dismissed", 10),
)


@dataclass(frozen=True)
class Bench:
    """A loaded county. `url` is the owner's, `app_url` the role's that row-level security binds."""

    url: str
    app_url: str
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    load_s: float
    fold_s: float


@contextmanager
def county_of(server_url: str, sites: int) -> Iterator[Bench]:
    """A county with so many sites, dropped afterwards. `server_url` must be allowed to create databases."""
    with database(server_url) as url:
        engine = connect(url)
        with Session(engine) as session:
            create_county(session, COUNTY, "测量县", "测量县教育局")
            session.commit()
        lon, lat = positions(sites)
        load_s = seconds(lambda: load(url, lon, lat))
        fold_s = seconds(lambda: fold_counts(engine))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
        engine.dispose()
        app_url = make_url(url).set(username=APP_ROLE, password=None).render_as_string(hide_password=False)
        yield Bench(url, app_url, lon, lat, load_s, fold_s)


@contextmanager
def database(server_url: str) -> Iterator[str]:
    name = f"mingcha_bench_{uuid4().hex[:8]}"
    server = connect(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"create database {name} template template0 encoding 'UTF8'"))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    try:
        migrate(url)
        yield url
    finally:
        with server.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        server.dispose()


def migrate(url: str) -> None:
    engine = connect(url)
    with engine.connect() as connection:
        config = Config(str(ROOT / "alembic.ini"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def positions(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Six in ten sites stand in town clusters, the others anywhere."""
    rng = np.random.default_rng(20261121)
    towns = rng.uniform([WEST + 0.05, SOUTH + 0.05], [EAST - 0.05, NORTH - 0.05], (TOWNS, 2))
    clustered = n * 6 // 10
    near = rng.normal(towns[rng.integers(0, TOWNS, clustered)], TOWN_DEGREES)
    spread = rng.uniform([WEST, SOUTH], [EAST, NORTH], (n - clustered, 2))
    lon, lat = rng.permutation(np.concatenate([near, spread])).T
    return lon, lat


def load(url: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> None:
    """COPY, as a bulk import does; generated columns, indexes and the counting trigger run."""
    points = shapely.to_wkb(shapely.set_srid(shapely.points(lon, lat), 4326), hex=True, include_srid=True)
    mix = np.random.default_rng(7).choice(len(MIX), len(lon), p=[share / 100 for *_, share in MIX])
    columns = "county, id, kind, category, state, name, licence_state, location"
    with (
        psycopg.connect(psycopg_url(url)) as connection,
        connection.cursor().copy(f"copy sites ({columns}) from stdin") as copy,
    ):
        for number, (point, which) in enumerate(zip(points, mix, strict=True)):
            kind, category, state, _ = MIX[which]
            copy.write_row((COUNTY, uuid7(), kind, category, state, f"点位 {number}", "complete", point))


def psycopg_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def fold_counts(engine: Engine) -> None:
    with Session(engine) as session:
        scope(session, COUNTY)
        fold(Work(session, COUNTY, store=None))  # type: ignore[arg-type]
        session.commit()


def add_dispatcher(url: str, login: str = LOGIN) -> None:
    """Someone who may open the desk, signing in with PASSWORD."""
    with Session(connect(url)) as session:
        account = Account(county=COUNTY, login=login, password_hash=hasher.hash(PASSWORD))
        session.add(account)
        session.flush()
        person = Person(county=COUNTY, name="测量员", account_id=account.id)
        person.grants = [PersonRole(county=COUNTY, role=Role.DISPATCHER)]
        session.add(person)
        session.commit()


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
