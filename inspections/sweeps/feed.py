"""What is new on the boards of sweeps, as it happens, for any number of viewers in one process.

One connection of the process listens to the database (`sweep_entries`). When a sweep has news, its board is read
once, what differs from the last one is written as JSON once, and each viewer of that sweep gets the same bytes.
Viewers are given what they missed by `board.since`; nothing is kept here that the tables don't have.
"""

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..db import scope
from ..errors import TooManyRequests, say
from . import board
from .sweeps import Sweep

log = logging.getLogger(__name__)

CHANNEL = "sweep_entries"
LOOK_S = 0.5
# News that come in one burst are told together
GATHER_S = 0.05
AGAIN_S = 2.0
# Where people are is told so often, and is no news of its own
WHEREABOUTS_S = 10.0
# Who reads so slowly that this many events wait comes again and is told what it missed
MOST_WAITING = 50

Key = tuple[str, UUID]


class Change(NamedTuple):
    """What is new, as JSON; `number` is that of the newest entry."""

    number: int
    content: bytes


class Viewer:
    """One open board. `next` waits for what is new."""

    def __init__(self) -> None:
        self._events: queue.Queue[Change | None] = queue.Queue(MOST_WAITING)
        self.is_open = True

    def next(self, wait_s: float) -> Change | None:
        """The next change, or None where nothing came in that time or the viewer was closed."""
        try:
            return self._events.get(timeout=wait_s) if self.is_open else None
        except queue.Empty:
            return None

    def tell(self, change: Change) -> None:
        try:
            self._events.put_nowait(change)
        except queue.Full:
            self.close()

    def close(self) -> None:
        self.is_open = False
        with suppress(queue.Full):  # then nobody waits for an event
            self._events.put_nowait(None)


@dataclass
class _Topic:
    viewers: set[Viewer] = field(default_factory=set)
    known: board.Board = field(default_factory=dict)
    is_stale: bool = True


class Feed:
    """The boards that are open in this process. The thread that listens lives while somebody looks.

    `is_serving` is asked twice a second: when it says no, all viewers are closed, so that a server which is told
    to stop need not wait for them.
    """

    def __init__(self, engine: Engine, most: int):
        self._engine, self._most = engine, most
        self.is_serving: Callable[[], bool] = lambda: True
        self._lock = threading.Lock()
        self._topics: dict[Key, _Topic] = {}
        self._thread: threading.Thread | None = None

    @property
    def viewers(self) -> int:
        return sum(len(topic.viewers) for topic in self._topics.values())

    @contextmanager
    def viewer(self, county: str, sweep_id: UUID) -> Iterator[Viewer]:
        """See `open` and `leave`."""
        viewer = self.open(county, sweep_id)
        try:
            yield viewer
        finally:
            self.leave(viewer)

    def open(self, county: str, sweep_id: UUID) -> Viewer:
        """Someone looks at a board from now on. Raises TooManyRequests where too many do in this process."""
        viewer = Viewer()
        with self._lock:
            if self.viewers >= self._most:
                raise TooManyRequests(say("同时观看的人太多，页面会改为定时刷新"), retry_after_s=10)
            self._topics.setdefault((county, sweep_id), _Topic()).viewers.add(viewer)
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="sweep-feed", daemon=True)
                self._thread.start()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        with self._lock:
            for key, topic in list(self._topics.items()):
                topic.viewers.discard(viewer)
                if not topic.viewers:
                    del self._topics[key]

    def _listen(self) -> None:
        while self._is_wanted():
            try:
                with self._connected() as connection:
                    self._follow(connection)
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("news of sweeps can't be heard: %s", type(error).__name__)
                sleep(AGAIN_S)
            except Exception:  # else nobody would hear anything until the process begins anew
                log.exception("news of sweeps can't be told")
                sleep(AGAIN_S)

    def _is_wanted(self) -> bool:
        with self._lock:
            if self._topics and self.is_serving():
                return True
            for topic in self._topics.values():
                for viewer in topic.viewers:
                    viewer.close()
            self._thread = None
            return False

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of its own: one of the pool's would be missing there."""
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        with psycopg.connect(*arguments, **options, autocommit=True) as connection:
            connection.execute(f"listen {CHANNEL}")
            yield connection

    def _follow(self, connection: psycopg.Connection[Any]) -> None:
        again_at = 0.0  # what was said while nobody listened is in the tables
        while self._is_wanted():
            if monotonic() >= again_at:
                self._mark_all()
                again_at = monotonic() + WHEREABOUTS_S
            self._tell_stale()
            for news in connection.notifies(timeout=LOOK_S, stop_after=1):
                self._mark(news.payload)
            until = monotonic() + GATHER_S
            while (left := until - monotonic()) > 0:
                for news in connection.notifies(timeout=left):
                    self._mark(news.payload)

    def _mark_all(self) -> None:
        with self._lock:
            for topic in self._topics.values():
                topic.is_stale = True

    def _mark(self, payload: str) -> None:
        county, sweep_id, _ = payload.split(":")
        topic = self._topics.get((county, UUID(sweep_id)))
        if topic:
            topic.is_stale = True

    def _tell_stale(self) -> None:
        with self._lock:
            stale = [(key, topic) for key, topic in self._topics.items() if topic.is_stale]
        for (county, sweep_id), topic in stale:
            topic.is_stale = False
            now = self._read(county, sweep_id)
            change = difference(topic.known, now) if now else None
            if change is None:
                continue
            topic.known = now
            told = as_change(change)
            with self._lock:
                for viewer in topic.viewers:
                    viewer.tell(told)

    def _read(self, county: str, sweep_id: UUID) -> board.Board:
        with Session(self._engine) as session:
            scope(session, county)
            sweep = session.get(Sweep, (county, sweep_id))
            return board.read(session, sweep) if sweep else {}


def difference(old: board.Board, new: board.Board) -> board.Board | None:
    """What of a board is not as it was: rows by their id, and all alarms where one has changed; None if all is."""
    change: board.Board = {}
    for part in ("teams", "stops", "entries"):
        was = {row["id"]: row for row in old.get(part, ())}
        if rows := [row for row in new[part] if was.get(row["id"]) != row]:
            change[part] = rows
    for part in ("sweep", "alarms"):
        if old.get(part) != new[part]:
            change[part] = new[part]
    return {"number": new["number"], **change} if change else None


def as_change(changed: board.Board) -> Change:
    content = json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode()
    return Change(changed["number"], content)
