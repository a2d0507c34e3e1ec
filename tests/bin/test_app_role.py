"""DATABASE_URL alone: the role that the application connects as is made on that server."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.bin.house import BIN, House


def app_role(owner_url: str, password_file: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, BIN / "lib/app_role.py", password_file],
        env={**os.environ, "DATABASE_URL": owner_url},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def owner_url(running: House) -> str:
    """A server on which the role is not known yet."""
    running.sql("drop owned by mingcha_app; drop role mingcha_app")
    return running.cluster("url").strip()


def test_the_role_is_made_once_with_a_password_kept_for_us_alone(owner_url: str, tmp_path: Path) -> None:
    password_file = tmp_path / "app_role_password"

    first = app_role(owner_url, password_file)
    again = app_role(owner_url, password_file)

    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    assert password_file.stat().st_mode & 0o777 == 0o600
    url = make_url(first.stdout.strip())
    assert (url.drivername, url.username) == ("postgresql+psycopg", "mingcha_app")
    assert url.password == password_file.read_text().strip()
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        powers = connection.execute(
            "select rolsuper or rolcreatedb or rolcreaterole or rolbypassrls from pg_roles where rolname = user"
        )
        assert powers.fetchone() == (False,)


def test_a_role_of_unknown_password_is_refused_and_left_alone(running: House, tmp_path: Path) -> None:
    running.cluster("start")

    result = app_role(running.cluster("url").strip(), tmp_path / "app_role_password")

    assert result.returncode == 1
    assert "APP_DATABASE_URL" in result.stderr


def test_a_server_that_does_not_answer_is_an_error_in_words(tmp_path: Path) -> None:
    result = app_role("postgresql+psycopg://mingcha@127.0.0.1:1/mingcha", tmp_path / "app_role_password")

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "connection" in result.stderr
