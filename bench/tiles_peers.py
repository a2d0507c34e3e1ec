"""What `bench.tiles` compares with: plain SQL over tables made for it, and tipg over HTTP."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from socket import socket
from urllib.parse import quote, urlencode

import psycopg
from sqlalchemy import make_url

from geo.tiles import EXTENT, KEY_ZOOM, Tile
from inspections.registry.site_tiles import CELL_BITS, POINT_ZOOM

from .tiles_county import LOGIN, PASSWORD, ROOT, psycopg_url

# What a good engineer makes for speed alone: no policy, points projected and clustered, cells added up once.
MAKE_TABLES = f"""
create table raw_sites as
    select id::text as id, name, kind, category, state, licence_state,
        st_transform(location, 3857)::geometry(point, 3857) as geom
    from sites where location is not null order by st_geohash(location);
alter table raw_sites add primary key (id);
create index on raw_sites using gist (geom);
create table raw_cells as
    select level::smallint as level,
        tile_column >> ({KEY_ZOOM} - level) as x, tile_row >> ({KEY_ZOOM} - level) as y,
        count(*)::int as n, (count(*) filter (where kind = 'school'))::int as school,
        (count(*) filter (where kind = 'institution'))::int as institution,
        (count(*) filter (where kind = 'suspected'))::int as suspected,
        (count(*) filter (where state in ('reported', 'verified', 'rectifying', 'suspended')))::int as open
    from sites, generate_series(8 + {CELL_BITS}, {POINT_ZOOM - 1 + CELL_BITS}) as level
    where location is not null group by 1, 2, 3
    order by 1, 2, 3;
alter table raw_cells add column tile_x int generated always as (x >> {CELL_BITS}) stored;
alter table raw_cells add column tile_y int generated always as (y >> {CELL_BITS}) stored;
create index on raw_cells (level, tile_x, tile_y);
"""

SIDE = EXTENT >> CELL_BITS
CELLS = f"""
    select st_asmvt(tile, 'cells', {EXTENT}, 'geom') from (
        select st_makepoint((x & {2**CELL_BITS - 1}) * {SIDE} + {SIDE // 2},
                (y & {2**CELL_BITS - 1}) * {SIDE} + {SIDE // 2}) as geom,
            n, school, institution, suspected, open
        from raw_cells where level = %(z)s + {CELL_BITS} and tile_x = %(x)s and tile_y = %(y)s
    ) tile
"""
POINTS = f"""
    select st_asmvt(tile, 'sites', {EXTENT}, 'geom') from (
        select st_asmvtgeom(geom, st_tileenvelope(%(z)s, %(x)s, %(y)s), {EXTENT}, {EXTENT // 8}, true) as geom,
            id, name, kind, category, state, licence_state
        from raw_sites where geom && st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 0.125)
    ) tile
"""


@contextmanager
def plain_sql(url: str) -> Iterator[Callable[[Tile], bytes]]:
    """The cheapest plain SQL with the same content, as the owner, whom no policy binds."""
    with psycopg.connect(psycopg_url(url), autocommit=True) as connection:
        connection.execute(MAKE_TABLES)
        connection.execute("vacuum analyze")

        def tile_of(tile: Tile) -> bytes:
            query = POINTS if tile.z >= POINT_ZOOM else CELLS
            found = connection.execute(query, {"z": tile.z, "x": tile.x, "y": tile.y}).fetchone()
            return found[0] if found else b""

        yield tile_of


@contextmanager
def our_server(app_url: str) -> Iterator[Callable[[Tile], bytes]]:
    """The product as bin/serve starts it, asked by someone who has signed in."""
    port = free_port()
    command = [str(ROOT / ".venv/bin/gunicorn"), "--worker-class=gthread", "--workers=2", "--threads=4"]
    command += [f"--bind=127.0.0.1:{port}", "--no-control-socket", "--log-level=warning", "wsgi:app"]
    with serving(command, port, {"APP_DATABASE_URL": app_url, "MINGCHA_SECRET_KEY": "bench"}) as connection:
        cookie = sign_in(connection)
        path = "/api/v1/tiles/sites/{0.z}/{0.x}/{0.y}.mvt"
        yield lambda tile: get(connection, path.format(tile), {"Cookie": cookie})


@contextmanager
def tipg_server(url: str) -> Iterator[Callable[[Tile], bytes]]:
    """tipg with two workers over `raw_sites`. Its cap of 10,000 features stays: it is slower without."""
    port = free_port()
    command = [str(peers() / "bin/uvicorn"), "tipg.main:app", f"--port={port}", "--workers=2", "--log-level=error"]
    settings = {"DATABASE_URL": over_host(url), "TIPG_TILE_BUFFER": str(EXTENT // 8)}
    with serving(command, port, settings) as connection:
        path = "/collections/public.raw_sites/tiles/WebMercatorQuad/{0.z}/{0.x}/{0.y}"
        yield lambda tile: get(connection, path.format(tile), {})


def peers() -> Path:
    return Path(os.environ.get("MINGCHA_BENCH_PEERS", ROOT / "var/bench-peers"))


def over_host(url: str) -> str:
    """A socket's folder as a host, which is how tipg's settings take one."""
    parts = make_url(url)
    host = parts.query.get("host") or parts.host or ""
    login = ":".join(quote(part, safe="") for part in (parts.username, parts.password) if part)
    return f"postgresql://{login}@{quote(str(host), safe='')}:{parts.port or 5432}/{parts.database}"


@contextmanager
def serving(command: list[str], port: int, settings: dict[str, str]) -> Iterator[HTTPConnection]:
    """A connection to a server of our own that is stopped afterwards."""
    with ExitStack() as stack:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, start_new_session=True)
        stack.callback(server.wait, 30)
        stack.callback(server.terminate)
        deadline = time.monotonic() + 60
        while not is_open(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.1)
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        stack.callback(connection.close)
        yield connection


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port: int) -> bool:
    with socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def sign_in(connection: HTTPConnection, login: str = LOGIN) -> str:
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    form = urlencode({"login": login, "password": PASSWORD})
    connection.request("POST", "/account/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 302:
        raise RuntimeError(f"signing in: {answer.status}")
    return answer.headers["Set-Cookie"].partition(";")[0]


def get(connection: HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
    except (
        RemoteDisconnected,
        BrokenPipeError,
    ):  # the server ends a connection that was idle, as while its peer works
        connection.close()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
    body = answer.read()
    if answer.status not in {200, 204}:
        raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
    return body
