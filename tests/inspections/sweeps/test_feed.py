"""What is new reaches every open board, also after the database was gone for a moment."""

import json
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from inspections.db import new_id, scope
from inspections.errors import TooManyRequests
from inspections.sweeps import standing
from inspections.sweeps.feed import Feed, Viewer, difference
from inspections.sweeps.journal import Entry
from tests.factories import COUNTY

from .conftest import make_night, said

PATIENCE_S = 20.0


@pytest.fixture
def committed(app_engine: Engine) -> Iterator[Any]:
    """A sweep that other connections see, in the module's own database."""
    with Session(app_engine, expire_on_commit=False) as session:
        scope(session, COUNTY)
        night = make_night(session)
        session.commit()
        night.session = session
        yield night


@pytest.fixture
def feed(app_engine: Engine) -> Iterator[Feed]:
    feed = Feed(app_engine, most=3)
    yield feed
    feed.is_serving = lambda: False


def heard(viewer: Viewer, part: str, holds: Any) -> Any:
    """The first row of that part that a viewer is told and that is as expected."""
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        change = viewer.next(1.0)
        rows = json.loads(change.content).get(part, []) if change else []
        if found := [row for row in rows if holds(row)]:
            return found[0]
    raise AssertionError(f"nobody told of such a row of {part}")


def say(night: Any, kind: Entry, minute: float = 1, **values: Any) -> None:
    entry = said(night.session, night, kind, minute, **values)
    standing.apply(night.session, night.sweep, entry)
    night.session.commit()


def test_what_one_team_does_reaches_all_viewers_of_its_sweep_with_the_stop_as_it_is_now(committed, feed):
    viewers = [feed.open(COUNTY, committed.sweep.id) for _ in range(2)]
    for viewer in viewers:
        heard(viewer, "stops", lambda row: row["state"] == "waiting")
    say(committed, Entry.CLOSED, stop=committed.stops[0], words="锁着门")
    for viewer in viewers:
        row = heard(viewer, "stops", lambda row: row["state"] == "closed")
        assert row["id"] == str(committed.stops[0].id)


def test_a_change_of_one_sweep_is_not_told_to_who_watches_another(committed, feed):
    other = feed.open(COUNTY, new_id())
    own = feed.open(COUNTY, committed.sweep.id)
    say(committed, Entry.SET_OUT, stop=committed.stops[0])
    heard(own, "stops", lambda row: row["state"] == "under_way")
    assert other.next(0.2) is None


def test_a_transaction_that_is_undone_is_not_told(committed, feed):
    viewer = feed.open(COUNTY, committed.sweep.id)
    heard(viewer, "teams", lambda row: True)
    said(committed.session, committed, Entry.SUPPORT, 1)
    committed.session.rollback()
    say(committed, Entry.ON_DUTY)
    entry = heard(viewer, "entries", lambda row: True)
    assert entry["kind"] == "on_duty"


def test_after_the_database_has_thrown_the_listener_out_nothing_is_missing(committed, feed, owner_engine):
    viewer = feed.open(COUNTY, committed.sweep.id)
    heard(viewer, "teams", lambda row: True)
    with owner_engine.connect() as connection:
        ended = connection.execute(
            text(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where datname = current_database() and query like 'listen%'"
            )
        )
        assert ended.scalar_one() >= 1
    say(committed, Entry.ENTERED, stop=committed.stops[1], team=1)
    heard(viewer, "stops", lambda row: row["state"] == "entered")


def test_a_full_house_is_refused_and_has_room_again_when_someone_leaves(committed, feed):
    viewers = [feed.open(COUNTY, committed.sweep.id) for _ in range(3)]
    with pytest.raises(TooManyRequests):
        feed.open(COUNTY, committed.sweep.id)
    feed.leave(viewers[0])
    assert feed.open(COUNTY, committed.sweep.id).is_open


def test_a_server_that_is_told_to_stop_lets_its_viewers_go(committed, feed):
    viewer = feed.open(COUNTY, committed.sweep.id)
    feed.is_serving = lambda: False
    until = monotonic() + PATIENCE_S
    while viewer.is_open and monotonic() < until:
        viewer.next(0.5)
    assert not viewer.is_open


def test_who_reads_too_slowly_is_let_go_and_the_others_are_not(committed, feed):
    slow, quick = (feed.open(COUNTY, committed.sweep.id) for _ in range(2))
    change = None
    for _ in range(200):
        change = quick.next(PATIENCE_S if change is None else 0.001) or change
        assert change
        slow.tell(change)
    assert not slow.is_open
    assert quick.is_open


def test_only_rows_that_differ_are_told_and_alarms_as_a_whole():
    old = {
        "sweep": {},
        "number": 1,
        "teams": [{"id": 1, "n": 1}],
        "stops": [{"id": 2}],
        "entries": [],
        "alarms": [],
    }
    new = old | {"number": 2, "teams": [{"id": 1, "n": 2}], "entries": [{"id": 3}]}
    assert difference(old, old) is None
    assert difference(old, new) == {"number": 2, "teams": [{"id": 1, "n": 2}], "entries": [{"id": 3}]}
    assert difference(new | {"alarms": [{"id": 9}]}, new) == {"number": 2, "alarms": []}
