"""The real app on the test's own transaction."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from tests.conftest import ROOT
from tests.factories import PASSWORD
from webapp import configured_store, create_app
from webapp.rate_limits import limiter


@pytest.fixture(scope="session")
def built_app(shared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Building the rules of three hundred addresses takes longer than most tests."""
    store = (tmp_path_factory.mktemp("blobs")).as_uri()
    app = create_app({"APP_DATABASE_URL": shared_url, "BLOB_STORE": store, "SECRET_KEY": "test", "TESTING": True})
    app.jinja_env.bytecode_cache = compiled_templates
    app.extensions["feed"].is_serving = lambda: False  # as while a server stops: a stream ends after its beginning
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def app(built_app: Flask, connection: Connection, tmp_path: Path) -> Iterator[Flask]:
    """The process's app with a store of the test's own; settings and counts are as new for the next."""
    config, extensions = dict(built_app.config), dict(built_app.extensions)
    built_app.config["BLOB_STORE"] = (tmp_path / "blobs").as_uri()
    built_app.extensions |= {
        "store": configured_store(built_app.config),
        "make_session": lambda: Session(connection, join_transaction_mode="create_savepoint"),
    }
    yield built_app
    for kept, now in ((config, built_app.config), (extensions, built_app.extensions)):
        now.clear()
        now.update(kept)
    limiter.reset()


class CompiledTemplates(BytecodeCache):
    """The templates as compiled once in this process, whichever app asks."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.code.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key] = bucket.bytecode_to_string()


compiled_templates = CompiledTemplates()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser of this origin."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


@pytest.fixture
def sign_in(client: FlaskClient, session: Session) -> Callable[..., FlaskClient]:
    """Sign in as a login made by `make_person(session, …, login=…)`."""

    def as_login(login: str) -> FlaskClient:
        session.commit()
        response = client.post("/account/sign-in", data={"login": login, "password": PASSWORD})
        assert response.status_code == 302, response.text
        return client

    return as_login


needs_vendor = pytest.mark.skipif(
    not (ROOT / "static/vendor/leaflet/leaflet.js").is_file(), reason="no front-end libraries: run bin/setup"
)
