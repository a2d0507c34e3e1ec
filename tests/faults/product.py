"""The product as bin/serve runs it, whose every process may be killed, and which a supervisor starts again."""

import os
import random
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.browser.installation import BIN, free_port
from tests.conftest import ROOT

PATIENCE_S = 240


class Product:
    """`web` is gunicorn's master, `worker` the one for jobs. While `kept_up`, what dies is started again."""

    def __init__(self, owner_url: str, app_url: str, folder: Path, blobs: Path) -> None:
        self.port = free_port()
        self.blobs = blobs
        self.log = folder / "product.log"
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self._environment = os.environ | {
            "DATABASE_URL": owner_url, "APP_DATABASE_URL": app_url, "MINGCHA_VAR": str(folder),
            "MINGCHA_BLOB_STORE": str(blobs), "MINGCHA_SECRET_KEY": "test", "MINGCHA_SIGN_INS_PER_MINUTE": "1000",
            "MINGCHA_SILENCE_SECONDS": "3", "MINGCHA_RESERVE_BYTES": "0",
            "MINGCHA_LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._supervisor: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, crash_at: str = "", *, worker: bool = True) -> None:
        """Returns when the first page is there. With `crash_at` there is one web process, so that it counts."""
        with self._lock:
            self._start_web(crash_at)
            if worker:
                self._start_worker(crash_at)
        self.wait_until_it_answers()

    def stop(self) -> None:
        """As a power cut would: nothing is finished."""
        with self._lock:
            self._kill_all()

    def stop_gently(self) -> None:
        with self._lock:
            for process in (self.web, self.worker):
                if process:
                    process.terminate()
            for process in (self.web, self.worker):
                if process:
                    process.wait(60)
            self.web = self.worker = None

    def kill_a_web_worker(self, rng: random.Random) -> bool:
        pids = self.web_workers()
        return bool(pids) and kill(rng.choice(pids))

    def kill_the_web_master(self) -> bool:
        return bool(self.web) and kill(self.web.pid)

    def kill_the_job_worker(self) -> bool:
        return bool(self.worker) and kill(self.worker.pid)

    def web_workers(self) -> list[int]:
        return children(self.web.pid) if self.web else []

    def pids(self) -> list[int]:
        """Of everything that runs: the same ones are there while nothing had to be started again."""
        return [process.pid for process in (self.web, self.worker) if process and process.poll() is None] + sorted(
            self.web_workers()
        )

    def pause_the_job_worker(self) -> None:
        assert self.worker
        os.kill(self.worker.pid, signal.SIGSTOP)

    def resume_the_job_worker(self) -> None:
        assert self.worker
        os.kill(self.worker.pid, signal.SIGCONT)

    def restart_the_job_worker(self) -> None:
        with self._lock:
            self.kill_the_job_worker()
            if self.worker:
                self.worker.wait()
            self._start_worker()

    @contextmanager
    def kept_up(self) -> Iterator[None]:
        self._ended.clear()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor")
        self._supervisor.start()
        try:
            yield
        finally:
            self._ended.set()
            self._supervisor.join()

    def _supervise(self) -> None:
        while not self._ended.wait(0.2):
            with self._lock:
                if self.web and self.web.poll() is not None:
                    self.restarts += 1
                    self._start_web()
                if self.worker and self.worker.poll() is not None:
                    self.restarts += 1
                    self._start_worker()

    def _start_web(self, crash_at: str = "") -> None:
        workers = ["--workers=1"] if crash_at else []
        command = [BIN / "gunicorn", *workers, f"--bind=127.0.0.1:{self.port}", "wsgi:app"]
        self.web = self._started(command, crash_at)

    def _start_worker(self, crash_at: str = "") -> None:
        self.worker = self._started([BIN / "flask", "--app", "wsgi", "mingcha", "worker"], crash_at)

    def _started(self, command: list[str | Path], crash_at: str) -> subprocess.Popen[bytes]:
        environment = self._environment | ({"CRASH_AT": crash_at} if crash_at else {})
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def _kill_all(self) -> None:
        orphans = self.web_workers()
        for process in (self.web, self.worker):
            if process:
                process.kill()
                process.wait()
        for pid in orphans:
            kill(pid)
        self.web = self.worker = None
        until = time.monotonic() + PATIENCE_S
        while any(Path(f"/proc/{pid}").exists() for pid in orphans) and time.monotonic() < until:
            time.sleep(0.02)

    def wait_until_it_answers(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with suppress(urllib.error.URLError, TimeoutError, ConnectionError):
                urllib.request.urlopen(f"{self.url}/account/sign-in", timeout=5).close()
                return
            time.sleep(0.05)
        raise AssertionError(f"no answer from {self.url}: {self.last_words()}")

    def last_words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-3000:] if self.log.exists() else ""


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
