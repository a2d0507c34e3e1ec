"""The demo county from the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from inspections.demo.names import COUNTY_CODE
from webapp import create_app
from webapp.demo_logins import demo_logins


@pytest.fixture
def installation(database_url: str, app_url: str, tmp_path: Path) -> Iterator[Flask]:
    settings = {
        "DATABASE_URL": database_url,
        "APP_DATABASE_URL": app_url,
        "BLOB_STORE": (tmp_path / "blobs").as_uri(),
        "DEMO": True,
        "TESTING": True,
    }
    app = create_app(settings)
    yield app
    app.extensions["engine"].dispose()


def test_an_installation_that_serves_a_county_gets_no_demo_county_when_started(
    installation: Flask, owner_engine: Engine
) -> None:
    result = installation.test_cli_runner().invoke(args=["mingcha", "demo", "--if-empty"])
    assert result.exit_code == 0, result.output
    with owner_engine.connect() as connection:
        made = connection.scalar(text("select count(*) from counties where code = :code"), {"code": COUNTY_CODE})
    assert made == 0


def test_demo_logins_are_shown_in_demo_mode_and_never_else(installation: Flask) -> None:
    with installation.app_context():
        assert [each.login for each in demo_logins()][:2] == ["inspector", "grid"]
        installation.config["DEMO"] = False
        assert demo_logins() == []
