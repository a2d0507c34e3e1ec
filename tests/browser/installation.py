"""An installation as bin/serve runs it: gunicorn, the job worker and the command line, in processes apart."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.orm import Session

from inspections.db import scope, session_of
from tests.conftest import ROOT

BIN = Path(sys.executable).parent
PATIENCE_S = 60


@dataclass
class Installation:
    """`command()` is `flask --app wsgi mingcha …`; `session()` commits as the owner, inside one county."""

    url: str
    owner_url: str
    environment: dict[str, str]

    def command(self, *words: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "mingcha", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def session(self, county: str) -> Iterator[Session]:
        with session_of(self.owner_url) as session:
            scope(session, county)
            yield session
            session.commit()


@contextmanager
def serving(database: URL, folder: Path, **settings: str) -> Iterator[Installation]:
    """The web server and the worker on a database that is migrated; ended when left."""
    port = free_port()
    owner = database.render_as_string(hide_password=False)
    app = database.set(username="mingcha_app", password=None).render_as_string(hide_password=False)
    environment = os.environ | {
        "DATABASE_URL": owner, "APP_DATABASE_URL": app, "MINGCHA_VAR": str(folder), "MINGCHA_SECRET_KEY": "test",
        "MINGCHA_SIGN_INS_PER_MINUTE": "1000", "MINGCHA_LOG_LEVEL": "WARNING", **settings,
    }  # fmt: skip
    web = [BIN / "gunicorn", f"--bind=127.0.0.1:{port}", "wsgi:app"]
    worker = [sys.executable, "-m", "flask", "--app", "wsgi", "mingcha", "worker"]
    with (folder / "log").open("wb") as log:
        children = [
            subprocess.Popen(each, cwd=ROOT, env=environment, stdout=log, stderr=log) for each in (web, worker)
        ]
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, children, folder / "log")
            yield Installation(url, owner, environment)
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait_for(url: str, children: list[subprocess.Popen[bytes]], log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert all(child.poll() is None for child in children), log.read_text("utf-8", "replace")
        try:
            urllib.request.urlopen(f"{url}/account/sign-in", timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}: {log.read_text('utf-8', 'replace')}")
