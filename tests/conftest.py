"""A migrated database for the run, one rolled-back transaction for a test, the real data where it lies."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from argon2.profiles import CHEAPEST
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import URL, Connection, Engine, make_url, text
from sqlalchemy.orm import Session

import inspections.tables  # noqa: F401 - all mappers, whichever module a test starts from
from inspections.db import connect, scope, session_of
from inspections.registry.accounts import hasher
from inspections.registry.counties import County

settings.register_profile("mingcha", deadline=None)  # a slow machine is no failure
settings.load_profile("mingcha")

# A password is made costly for who guesses, and each test has people with one. The real cost: test_accounts.py
hasher._parameters = CHEAPEST

ROOT = Path(__file__).parent.parent
COUNTY = "361129"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("MINGCHA_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the repository."""
    place = Path(os.environ.get("MINGCHA_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"real data is not here: {place}")
    return place


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run: a second Playwright in the same thread would refuse to start."""
    if not CHROMIUM:
        pytest.skip("no Chromium: run bin/setup")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def migrated() -> Iterator[URL]:
    """Owner's URL of a database migrated from empty, with two counties, since one alone can't show a leak.

    Nobody works in it: each module of tests gets a copy.
    """
    given = os.environ.get("MINGCHA_TEST_DATABASE_URL")
    if not given:
        pytest.skip("no PostGIS here: run through bin/test, or set MINGCHA_TEST_DATABASE_URL")
    with created_database(make_url(given)) as url:
        migrate(url.render_as_string(hide_password=False))
        with session_of(url.render_as_string(hide_password=False)) as session:
            session.add(County(code=COUNTY, name="万年县", bureau="万年县教育体育局"))
            session.add(County(code="421303", name="曾都区", bureau="曾都区教育局"))
            session.commit()
        yield url


@pytest.fixture(scope="session")
def shared_url(migrated: URL) -> Iterator[str]:
    """The app's URL of the one database of this process in which every test is undone and nothing committed."""
    with created_database(migrated, template=migrated.database) as url:
        yield url.set(username="mingcha_app", password=None).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def shared_engine(shared_url: str) -> Iterator[Engine]:
    engine = connect(shared_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def database_url(migrated: URL) -> Iterator[str]:
    """Owner's URL of the module's own database, for tests that commit: no other module sees it."""
    with created_database(migrated, template=migrated.database) as url:
        yield url.render_as_string(hide_password=False)


@contextmanager
def created_database(server_url: URL, template: str | None = "template0") -> Iterator[URL]:
    name = f"mingcha_test_{uuid4().hex[:12]}"
    server = connect(server_url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"create database {name} template {template} encoding 'UTF8'"))
    yield server_url.set(database=name)
    with server.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    server.dispose()


def migrate(url: str, revision: str = "head") -> None:
    engine = connect(url)
    with engine.connect() as connection:
        config = Config(str(ROOT / "alembic.ini"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


@pytest.fixture(scope="module")
def app_url(database_url: str) -> str:
    """The URL of the role that the app connects as."""
    return make_url(database_url).set(username="mingcha_app", password=None).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def owner_engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def app_engine(app_url: str) -> Iterator[Engine]:
    engine = connect(app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(shared_engine: Engine) -> Iterator[Connection]:
    with shared_engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session as the app's role, scoped to the county; whatever it commits is undone after the test."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        scope(session, COUNTY)
        yield session
