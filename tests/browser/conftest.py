"""The whole product for a browser: the app on a port of its own, a county of its own, and the job worker."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Page, expect
from sqlalchemy import URL, Engine, text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from inspections import jobs
from inspections.db import Model, scope
from inspections.registry.counties import County
from tests.browser.installation import Installation, serving
from tests.conftest import created_database
from webapp import create_app

expect.set_options(timeout=20_000)  # a slow machine is no failure

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LIVE_COUNTY = "361199"  # no county has this code: what is committed here is seen by no other test


@dataclass
class Live:
    """A running installation. `work()` does every job that waits, `session()` commits as the app's role."""

    url: str
    app: Any
    engine: Engine
    county: str = LIVE_COUNTY

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            scope(session, self.county)
            yield session
            session.commit()

    def work(self) -> None:
        conninfo = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        worker = jobs.worker(self.engine, conninfo, self.app.extensions["store"])
        run = lambda: worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)  # noqa: E731
        thread = threading.Thread(target=run)  # Playwright's event loop runs in this one
        thread.start()
        thread.join()


@pytest.fixture(scope="module")
def live(app_url: str, app_engine: Engine, owner_engine: Engine, tmp_path_factory) -> Iterator[Live]:
    with Session(owner_engine) as session:
        session.add(County(code=LIVE_COUNTY, name="青云县", bureau="青云县教育局", is_demonstration=True))
        session.commit()
    store = (tmp_path_factory.mktemp("live") / "blobs").as_uri()
    app = create_app(
        {
            "APP_DATABASE_URL": app_url,
            "BLOB_STORE": store,
            "SECRET_KEY": "test",
            "DEMO": False,
            "SIGN_INS_PER_MINUTE": 1000,  # each test signs in, and a module has many
        }
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Live(f"http://127.0.0.1:{server.server_port}", app, app_engine)
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["engine"].dispose()
    _forget(owner_engine)


def _forget(owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("delete from procrastinate_jobs"))
        connection.execute(text("set session_replication_role = replica"))  # sites and people point at each other
        for table in reversed(Model.metadata.sorted_tables):
            if "county" in table.columns:
                connection.execute(table.delete().where(table.c.county == LIVE_COUNTY))
        connection.execute(text("delete from counties where code = :code"), {"code": LIVE_COUNTY})
        connection.execute(text("set session_replication_role = origin"))


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Any:
    """Takes a picture of the screen where MINGCHA_PICTURES names a folder."""
    folder = os.environ.get("MINGCHA_PICTURES")

    def take(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take


# A colour on its way is between two that can be read
AT_REST = "() => Promise.allSettled(document.getAnimations().map((each) => each.finished))"


@pytest.fixture(scope="session")
def complaints() -> Callable[..., list[Any]]:
    """What axe finds wrong with the page as it stands, by all our rules or by some."""

    def ask(page: Page, rules: Any = RULES) -> list[Any]:
        if not AXE.exists():
            pytest.skip("axe-core is not installed: run bin/setup")
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE.read_text("utf-8"))
        page.evaluate(AT_REST)
        result = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", rules)
        return [(rule["id"], rule["nodes"][0]["html"]) for rule in result["violations"]]

    return ask


@pytest.fixture(scope="session")
def installation(migrated: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The whole product in processes of its own, with two counties that know nothing yet."""
    with (
        created_database(migrated, template=migrated.database) as database,
        serving(database, tmp_path_factory.mktemp("installation")) as running,
    ):
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, so that it is not alone at the end."""
    items.sort(key=lambda item: item.path.name != "test_every_page.py")


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """A browser on a busy machine may miss a moment: a test that failed is tried once more, and then it counts."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        item._initrequest()  # type: ignore[attr-defined] # forgets the fixtures of the first try
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
