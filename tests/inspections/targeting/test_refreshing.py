"""New data of a county is in its analyses a few seconds later, whatever happens to a worker."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from inspections import job_worker, jobs
from inspections.db import scope
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Person, Role
from inspections.targeting import hotspots, refreshing, standing_runs
from inspections.targeting.hotspot_runs import HotspotCell, HotspotRun
from inspections.targeting.refreshes import Refresh, latest_refresh, list_refreshes
from inspections.targeting.settings import Settings
from inspections.targeting.snapshots import AnalysisSnapshot
from tests.factories import COUNTY, NOW, make_person, make_tip

HERE = (117.05, 28.65)


def add_outline(session: Session) -> None:
    shape = MultiPolygon([box(117.0, 28.6, 117.1, 28.7)])
    session.add(Area(county=COUNTY, level=AreaLevel.COUNTY, name="万年县", boundary=from_shape(shape, srid=4326)))
    session.flush()


@pytest.fixture
def dispatcher(session: Session) -> Person:
    add_outline(session)
    return make_person(session, Role.DISPATCHER)


@pytest.fixture
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "rest_after", lambda last: timedelta(0))


def now() -> datetime:
    return datetime.now(UTC)


def queued(session: Session, status: str = "todo") -> int:
    count = "select count(*) from procrastinate_jobs where task_name = 'county.refresh' and status = :status"
    return session.scalar(text(count), {"status": status}) or 0


def test_a_county_is_due_when_it_has_something_new_and_not_before(session: Session, rested: None) -> None:
    assert not refreshing.is_due(session, COUNTY, now())
    make_tip(session, place=HERE)
    assert refreshing.is_due(session, COUNTY, now())
    refreshing.refresh_now(session, COUNTY, now())
    assert not refreshing.is_due(session, COUNTY, now())
    make_tip(session, place=HERE)
    assert refreshing.is_due(session, COUNTY, now())


def test_what_was_committed_late_is_found_though_its_key_is_older(session: Session, rested: None) -> None:
    make_tip(session, place=HERE)
    refreshing.refresh_now(session, COUNTY, now() + timedelta(minutes=5))
    assert not refreshing.is_due(session, COUNTY, now() + timedelta(minutes=5))
    make_tip(session, place=HERE)  # its key is of now, five minutes before the refresh
    assert refreshing.is_due(session, COUNTY, now() + timedelta(minutes=5))


def test_a_new_day_is_news_by_itself(session: Session) -> None:
    make_tip(session, place=HERE)
    refreshing.refresh_now(session, COUNTY, now())
    assert refreshing.is_due(session, COUNTY, now() + timedelta(days=1))


def test_a_county_rests_between_two_refreshes_for_as_long_as_the_last_took(session: Session) -> None:
    ended = now()
    began = ended - timedelta(minutes=1)
    seen = {"rows_since": began, "rows_seen": 0, "steps": []}
    session.add(Refresh(county=COUNTY, began_at=began, finished_at=ended, **seen))
    make_tip(session, place=HERE)
    assert not refreshing.is_due(session, COUNTY, ended + timedelta(seconds=59))
    assert refreshing.is_due(session, COUNTY, ended + timedelta(seconds=61))


def test_one_job_waits_at_a_time_and_one_that_died_is_followed_by_another(session: Session, rested: None) -> None:
    make_tip(session, place=HERE)
    refreshing.look(session, COUNTY)
    refreshing.look(session, COUNTY)
    assert queued(session) == 1
    session.execute(text("update procrastinate_jobs set status = 'doing' where task_name = 'county.refresh'"))
    refreshing.look(session, COUNTY)
    assert (queued(session), queued(session, "doing")) == (1, 1)


def test_a_step_that_fails_is_undone_and_the_others_go_on(
    session: Session, dispatcher: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: Session, county: str, now: datetime) -> None:
        make_tip(session, place=HERE)
        session.execute(text("select 1 / 0"))

    monkeypatch.setattr(refreshing, "STEPS", {"warnings": refreshing.STEPS["hotspots"], "risk": fail})
    done = refreshing.refresh_now(session, COUNTY, now())
    assert [(each["name"], each.get("error")) for each in done.steps] == [
        ("risk", "DataError"),
        ("warnings", None),
    ]
    assert session.scalar(select(func.count()).select_from(HotspotRun)) == len(standing_runs.STANDING)
    assert session.scalar(text("select count(*) from tips")) == 0
    assert list_refreshes(session, dispatcher) == [done]


def test_a_county_without_a_boundary_is_refreshed_without_runs(session: Session) -> None:
    done = refreshing.refresh_now(session, COUNTY, now())
    assert [each.get("error") for each in done.steps] == [None] * len(refreshing.STEPS)
    assert session.scalar(select(func.count()).select_from(HotspotRun)) == 0


def test_old_standing_runs_go_and_what_was_ordered_or_cited_stays(
    session: Session, dispatcher: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_runs, "KEPT", 2)
    ordered = hotspots.order_run(session, dispatcher, Settings(), NOW)
    hotspots.fill(session, ordered, NOW)
    cited = None
    for minutes in range(5):
        make_tip(session, place=HERE, received_at=NOW - timedelta(hours=1))
        standing_runs.compute_standing_runs(session, COUNTY, NOW + timedelta(minutes=minutes))
        if cited is None:
            cited = hotspots.latest_run(session, dispatcher)
            assert cited is not None
            hotspots.cite(session, dispatcher, cited, NOW)
    runs = session.scalars(select(HotspotRun)).all()
    assert {ordered.id, cited.id} <= {run.id for run in runs}
    assert len(runs) == 2 + 2 * len(standing_runs.STANDING)
    stood_on = {key for run in runs for key in (run.events_id, run.exposure_id, run.outline_id)}
    assert {row.id for row in session.scalars(select(AnalysisSnapshot))} == stood_on
    assert hotspots.recompute(session, cited)[1] == cited.sha256


@pytest.fixture
def committed(owner_engine: Engine) -> Iterator[None]:
    """A county with an outline and one tip, in truth."""
    with Session(owner_engine) as session:
        add_outline(session)
        session.add(make_tip(session, place=HERE, received_at=now()))
        session.commit()
    yield
    with Session(owner_engine) as session:
        session.execute(
            text("truncate tips, tip_moves, areas, hotspot_runs, county_refreshes, analysis_snapshots cascade")
        )
        session.commit()


def test_a_worker_finds_the_new_tip_by_itself_and_counts_it(
    app_engine: Engine, app_url: str, committed: None
) -> None:
    conninfo = app_url.replace("+psycopg", "")

    async def work_until_refreshed() -> None:
        app = jobs.worker(app_engine, conninfo, store=None)
        working = asyncio.create_task(job_worker._work_while_it_lasts(app, lambda: jobs.watch_once(app_engine)))
        while not working.done() and await asyncio.to_thread(refreshed, app_engine) is None:
            await asyncio.sleep(0.2)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    # A browser test in this process may have left its own event loop running in this thread
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work_until_refreshed()).result()
    assert refreshed(app_engine) is not None
    with Session(app_engine) as session:
        scope(session, COUNTY)
        weight = select(func.sum(HotspotCell.weight)).join(HotspotRun, HotspotRun.id == HotspotCell.run_id)
        assert session.scalar(weight) == len(standing_runs.STANDING)


def refreshed(engine: Engine) -> Refresh | None:
    with Session(engine) as session:
        scope(session, COUNTY)
        return latest_refresh(session, COUNTY)
