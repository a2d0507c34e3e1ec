"""Jobs that run by the clock."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.db import scope
from inspections.registry import site_counts
from inspections.registry.site_counts import SiteCell
from tests.factories import COUNTY, make_site


def test_a_job_of_the_clock_runs_for_every_county(
    owner_engine: Engine, app_engine: Engine, app_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_counts, "FOLD_ABOVE", 1)
    with Session(owner_engine) as session:
        for county in (COUNTY, "421303"):
            make_site(session, county=county)
        session.commit()
    try:
        app = jobs.worker(app_engine, app_url, store=None)
        app.tasks["site_counts.fold_when_long everywhere"](timestamp=int(datetime.now(UTC).timestamp()))
        assert kept(app_engine, COUNTY) == kept(app_engine, "421303") == 1
    finally:
        with Session(owner_engine) as session:
            session.execute(text("truncate sites, site_counts, site_cells cascade"))
            session.commit()


def kept(engine: Engine, county: str) -> int | None:
    with Session(engine) as session:
        scope(session, county)
        return session.scalar(select(func.sum(SiteCell.n)).where(SiteCell.level == 17))


def test_every_job_of_the_clock_has_a_crontab_that_is_understood(app_engine: Engine, app_url: str) -> None:
    app = jobs.worker(app_engine, app_url, store=None)
    planned = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert planned == {f"{name} everywhere": cron for name, cron in jobs.PERIODIC.items()} | {
        "forget done jobs": "20 19 * * *"
    }
