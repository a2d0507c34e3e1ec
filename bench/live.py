"""The live board of a sweep through gunicorn as bin/serve starts it: fifty teams with two hundred stops, two
hundred viewers, on one machine with those who measure. Timed is the way from the commit of what a phone said,
taken in as phones' lines are, to the sockets of all viewers; and what an ordinary page costs meanwhile, against
nobody looking.
"""

import os
import selectors
import socket
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import make_url
from sqlalchemy.orm import Session

import inspections.tables  # noqa: F401 - the mappers of all that a sweep points to
from geo.columns import lonlat
from inspections.db import APP_ROLE, connect, new_id, scope, session_of
from inspections.registry.counties import create_county
from inspections.registry.people import Person, PersonRole, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.sweeps import receiving
from inspections.sweeps.journal import Entry
from inspections.sweeps.plan import PlannedStop
from inspections.sweeps.stops import SweepStop
from inspections.sweeps.sweeps import Sweep, SweepMember, SweepState
from inspections.sweeps.teams import SweepTeam, SweepTeamMember

from .result import Result
from .tiles_county import COUNTY, LOGIN, ROOT, add_dispatcher, database
from .tiles_peers import free_port, serving, sign_in

NAME = "live"
TEAMS, STOPS, VIEWERS, EVENTS, EVERY_S = 50, 4, 200, 100, 0.1
LIMIT_MS = 1000.0
PAGES = 40
STEPS = (Entry.SET_OUT, Entry.ARRIVED, Entry.ENTERED, Entry.DONE)


class Night(NamedTuple):
    """`stops` and `officers` are by team."""

    sweep_id: UUID
    officers: list[UUID]
    stops: list[list[UUID]]


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    with database(server) as url, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        with session_of(url) as session:
            create_county(session, COUNTY, "测量县", "测量县教育局")
            session.commit()
        add_dispatcher(url)
        night = a_night(url)
        app_url = make_url(url).set(username=APP_ROLE, password=None).render_as_string(hide_password=False)
        port = free_port()
        command = [str(ROOT / ".venv/bin/gunicorn"), f"--bind=127.0.0.1:{port}", "wsgi:app"]
        settings = {"APP_DATABASE_URL": app_url, "MINGCHA_SECRET_KEY": "bench", "MINGCHA_VAR": folder}
        connection = stack.enter_context(serving(command, port, settings))
        cookie = sign_in(connection, LOGIN)
        alone = page_ms(port, cookie)
        viewers = stack.enter_context(watching(port, cookie, night.sweep_id))
        committed = said(app_url, night, EVENTS)
        at_rest = page_ms(port, cookie)
        time.sleep(2)
        ways = viewers.ways(committed)
    every = sorted(way for each in ways.values() for way in each)
    most = every[len(every) * 99 // 100]
    worst = max(max(each) for each in ways.values())
    note = f"{len(every):,} of {EVENTS * VIEWERS:,} arrived; half within {statistics.median(every):.0f} ms"
    slowest = f"the slowest viewer of each event; {TEAMS} teams, {TEAMS * STOPS} stops, {VIEWERS} viewers"
    return [
        Result("event to 99 of 100 viewers", most, LIMIT_MS, "≤ 1 ×", note, peer_name="limit"),
        Result("event to the last viewer", worst, LIMIT_MS, "≤ 1 ×", slowest, peer_name="limit"),
        Result("a page while 200 look on", at_rest, alone, "≤ 1.5 ×", "between events", peer_name="nobody looks"),
    ]


def page_ms(port: int, cookie: str) -> float:
    connection, times = HTTPConnection("127.0.0.1", port, timeout=60), []
    for _ in range(PAGES):
        start = time.perf_counter()
        connection.request("GET", "/sweeps", headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"/sweeps: {answer.status}")
    connection.close()
    return statistics.median(times)


class Viewers:
    """Sockets that listen, read by one thread. It notes when each saw an id for the first time."""

    def __init__(self, port: int, cookie: str, sweep_id: UUID):
        self._ending = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._tails: dict[int, bytes] = defaultdict(bytes)
        self.heard: dict[int, list[tuple[float, bytes]]] = defaultdict(list)
        asked = f"GET /sweeps/{sweep_id}/stream?since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
        for number in range(VIEWERS):
            viewer = socket.create_connection(("127.0.0.1", port))
            viewer.sendall(asked.encode())
            viewer.setblocking(False)
            self._selector.register(viewer, selectors.EVENT_READ, number)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(0.2):
                content = key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
                self.heard[key.data].append((time.perf_counter(), content))
                if not content:
                    self._selector.unregister(key.fileobj)

    def are_all_there(self) -> bool:
        """Whether each has had its answer and the first change."""
        return len(self.heard) == VIEWERS

    def ways(self, committed: dict[bytes, float]) -> dict[bytes, list[float]]:
        """Milliseconds from the commit of each entry to the viewers that saw it."""
        self.close()
        found: dict[bytes, list[float]] = defaultdict(list)
        for chunks in self.heard.values():
            # What is cut in two counts from its second half on
            text, ends = b"", []
            for at, content in chunks:
                text += content
                ends.append((len(text), at))
            for entry_id, start in committed.items():
                place = text.find(b'"id":"' + entry_id)
                if place >= 0:
                    at = next(at for end, at in ends if end >= place + len(entry_id) + 6)
                    found[entry_id].append((at - start) * 1000)
        return found

    def close(self) -> None:
        self._ending.set()
        self._thread.join()


@contextmanager
def watching(port: int, cookie: str, sweep_id: UUID) -> Iterator[Viewers]:
    viewers = Viewers(port, cookie, sweep_id)
    until = time.monotonic() + 60
    while not viewers.are_all_there() and time.monotonic() < until:
        time.sleep(0.1)
    if not viewers.are_all_there():
        raise RuntimeError(f"only {len(viewers.heard)} of {VIEWERS} viewers were let in")
    time.sleep(3)
    yield viewers
    viewers.close()


def said(app_url: str, night: Night, events: int) -> dict[bytes, float]:
    """Teams set out, arrive, enter and are done, ten entries a second; when each was committed."""
    engine, committed = connect(app_url), {}
    for number in range(events):
        team, step = number % TEAMS, number // TEAMS
        entry_id = new_id()
        with Session(engine) as session:
            scope(session, COUNTY)
            person = session.get_one(Person, (COUNTY, night.officers[team]))
            line: dict[str, Any] = {
                "id": str(entry_id), "sweep_id": str(night.sweep_id), "kind": STEPS[step % 4].value,
                "stop_id": str(night.stops[team][step // 4]), "at": datetime.now(UTC).isoformat(),
                "clock_offset_ms": 0,
            }  # fmt: skip
            (receipt,) = receiving.receive(session, person, [line], datetime.now(UTC))
            if receipt.error or receipt.number is None:
                raise RuntimeError(f"not taken in: {receipt}")
            committed[str(entry_id).encode()] = time.perf_counter()
            session.commit()
        time.sleep(EVERY_S)
    engine.dispose()
    return committed


def a_night(url: str) -> Night:
    """A sweep that runs."""
    engine, now = connect(url), datetime.now(UTC)
    with Session(engine) as session:
        dispatcher = session.query(Person).filter_by(county=COUNTY).first()
        assert dispatcher is not None
        sweep = Sweep(
            county=COUNTY, id=new_id(), name="测量行动", state=SweepState.RUNNING, released_at=now, meets_at=now,
            starts_at=now, ends_at=now + timedelta(hours=3), planned_by_id=dispatcher.id,
        )  # fmt: skip
        session.add(sweep)
        session.flush()
        session.add(
            SweepMember(county=COUNTY, sweep_id=sweep.id, person_id=dispatcher.id, added_by_id=dispatcher.id)
        )
        teams = [a_team(session, sweep, number) for number in range(TEAMS)]
        session.commit()
        made = Night(sweep.id, [officer for officer, _ in teams], [stops for _, stops in teams])
    engine.dispose()
    return made


def a_team(session: Session, sweep: Sweep, number: int) -> tuple[UUID, list[UUID]]:
    place = (116.9 + 0.004 * number, 28.6)
    officer = Person(county=COUNTY, id=new_id(), name=f"队员{number}")
    officer.grants = [PersonRole(county=COUNTY, role=Role.ENFORCER)]
    team = SweepTeam(
        county=COUNTY, id=new_id(), sweep_id=sweep.id, number=number + 1, name=f"第{number + 1}组",
        start=lonlat(*place), from_at=sweep.starts_at, until_at=sweep.ends_at,
    )  # fmt: skip
    session.add_all([officer, team])
    session.flush()
    session.add(SweepTeamMember(county=COUNTY, team_id=team.id, person_id=officer.id, is_leader=True))
    return officer.id, [a_stop(session, sweep, team, position, place) for position in range(STOPS)]


def a_stop(session: Session, sweep: Sweep, team: SweepTeam, position: int, place: tuple[float, float]) -> UUID:
    site = Site(
        county=COUNTY, id=new_id(), kind=SiteKind.SUSPECTED, category=SiteCategory.AFTER_CARE,
        state=SiteState.REPORTED, name=f"{team.name}托管班{position + 1}",
        location=lonlat(place[0], place[1] + 0.01 * position),
    )  # fmt: skip
    session.add(site)
    session.flush()
    stop = SweepStop(
        county=COUNTY, id=new_id(), sweep_id=sweep.id, site_id=site.id, team_id=team.id, position=position,
        plan=PlannedStop(id=new_id(), site_id=site.id).model_dump(mode="json"),
        planned_enters_at=sweep.starts_at + timedelta(minutes=40 * position),
    )  # fmt: skip
    session.add(stop)
    session.flush()
    return stop.id
