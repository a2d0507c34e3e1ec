"""The real app on the test's own transaction."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from tests.conftest import ROOT
from tests.factories import PASSWORD
from webapp import create_app


@pytest.fixture
def app(app_url: str, connection: Connection, tmp_path: Path) -> Iterator[Flask]:
    store = (tmp_path / "blobs").as_uri()
    app = create_app({"APP_DATABASE_URL": app_url, "BLOB_STORE": store, "SECRET_KEY": "test", "TESTING": True})
    app.extensions["make_session"] = lambda: Session(connection, join_transaction_mode="create_savepoint")
    yield app
    app.extensions["engine"].dispose()


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
