"""bin/serve with the real application: started, stopped with Ctrl-C, killed, and losing a part."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bin.house import BIN, ROOT, House

pytestmark = pytest.mark.skipif(
    not (ROOT / "static/vendor/mingcha.stamp").exists() or not (ROOT / ".venv/mingcha.stamp").exists(),
    reason="bin/setup has not run here; bin/test runs it",
)


class Served:
    """bin/serve on a terminal of its own."""

    def __init__(self, house: House, port: int) -> None:
        self.house = house
        self.port = port
        self.terminal, far_end = pty.openpty()
        self.process = subprocess.Popen(
            [BIN / "serve"],
            env={**house.environment, "MINGCHA_BIND": f"127.0.0.1:{port}", "MINGCHA_DEMO": "0"},
            stdin=far_end,
            stdout=far_end,
            stderr=far_end,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(far_end)
        self.screen = ""

    def read_until(self, words: str, seconds: float = 120) -> str:
        until = time.monotonic() + seconds
        while words not in self.screen:
            assert select.select([self.terminal], [], [], max(0, until - time.monotonic()))[0], self.screen
            try:
                self.screen += os.read(self.terminal, 65536).decode()
            except OSError:  # Linux: the far end is closed
                assert words in self.screen, self.screen
        return self.screen

    def press_ctrl_c(self) -> None:
        os.write(self.terminal, b"\x03")

    def children(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def child(self, words: str) -> int:
        for pid in self.children():
            if words in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return pid
        raise AssertionError(words)

    def page(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/account/sign-in", timeout=30) as answer:
            return answer.status

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=60)
        finally:
            os.close(self.terminal)


def take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # Whoever runs the tests in the background of a script left it ignored; a terminal's shell does not
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def served(running: House, port: int) -> Iterator[Served]:
    running.cluster("stop")
    served = Served(running, port)
    yield served
    served.close()


def test_ctrl_c_ends_web_worker_and_database(served: Served) -> None:
    served.read_until("Ctrl-C")
    assert served.page() == 200
    assert (served.house.var / "secret_key").stat().st_mode & 0o777 == 0o600
    parts = [served.child("gunicorn"), served.child("mingcha worker"), served.house.server_pid]
    refused = subprocess.run(
        [BIN / "serve"], env=served.house.environment, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, "bin/serve 已在运行" in refused.stderr) == (1, True)

    served.press_ctrl_c()
    served.read_until("已停止")

    assert served.process.wait(timeout=30) == 0
    assert [pid for pid in parts if lives(pid)] == []


def test_killed_outright_it_takes_its_parts_along_and_its_successor_ends_all(served: Served, port: int) -> None:
    served.read_until("Ctrl-C")
    web, worker = served.child("gunicorn"), served.child("mingcha worker")
    served.process.kill()
    wait_until_gone(web, worker)

    again = Served(served.house, port)
    try:
        again.read_until("Ctrl-C")
        assert again.page() == 200
        os.kill(again.child("mingcha worker"), signal.SIGKILL)
        again.read_until("已停止")
        assert "后台任务 the job worker 已退出" in again.screen
        assert again.process.wait(timeout=30) == 1
    finally:
        again.close()
    assert "未运行" in served.house.cluster("status", ends_with=3)


def test_a_taken_port_is_named_with_what_to_do(house: House) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        refused = subprocess.run(
            [BIN / "serve"],
            env={**house.environment, "MINGCHA_BIND": address},
            capture_output=True,
            text=True,
            check=False,
        )

    assert refused.returncode == 1
    assert re.search(f"cannot listen on {address}: Address already in use", refused.stderr)
    assert "MINGCHA_BIND=" in refused.stderr
    assert not house.data.exists()


def lives(pid: int) -> bool:
    """Neither gone nor a corpse that its parent has yet to collect."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(*pids: int, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while any(lives(pid) for pid in pids):
        assert time.monotonic() < until, pids
        time.sleep(0.1)
