"""What bin/setup does once it has done everything: nothing. And what it does when a lock file changes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bin.house import BIN, ROOT

PARTS = "steps system python frontend"
SOURCE = f'set -eu; ROOT=$1; shift; for part in {PARTS}; do . "$ROOT/bin/lib/$part.sh"; done; "$@"'


class Clone:
    """A clone with an environment and front-end libraries that are marked as complete; no pip, no npm."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(BIN, folder / "bin")
        for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json", "package.json"):
            shutil.copy(ROOT / name, folder)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
        (folder / "static/vendor").mkdir(parents=True)
        (folder / "node_modules").mkdir()
        self.tools = folder / "tools"
        self.tools.mkdir()
        (self.tools / "npm").write_text("#!/bin/sh\necho 'npm: no network' >&2\nexit 1\n")
        (self.tools / "npm").chmod(0o755)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", SOURCE, "sh", self.folder, *words],
            env={
                **os.environ,
                "PATH": f"{self.tools}:{os.environ['PATH']}",
                "MINGCHA_VAR": str(self.folder / "var"),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def mark_complete(self) -> None:
        lock = self.run("checksum", str(self.folder / "requirements.lock")).stdout.strip()
        (self.folder / ".venv/mingcha.stamp").write_text(f"requirements.lock {lock}\n")
        (self.folder / "static/vendor/mingcha.stamp").write_text(self.run("frontend_version").stdout)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    clone = Clone(tmp_path)
    clone.mark_complete()
    return clone


def test_what_is_complete_is_left_alone(clone: Clone) -> None:
    for words in (["python_packages", "requirements.lock"], ["frontend_packages"]):
        result = clone.run(*words)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_changed_lock_is_installed_again_and_a_failure_shows_why(clone: Clone) -> None:
    with (clone.folder / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    with (clone.folder / "package-lock.json").open("a") as lock:
        lock.write("\n")

    python = clone.run("python_packages", "requirements.lock")
    frontend = clone.run("frontend_packages")

    assert (python.returncode, frontend.returncode) == (1, 1)
    assert "No module named pip" in python.stderr
    assert "npm: no network" in frontend.stderr
    assert "请检查网络" in python.stderr
    assert "请检查网络" in frontend.stderr


def test_the_development_lock_is_not_satisfied_by_the_other(clone: Clone) -> None:
    assert clone.run("python_packages", "requirements-dev.lock").returncode == 1


def test_the_development_lock_holds_all_of_the_other() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==[^ ]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_no_lock_names_the_host_it_came_from() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock", "package-lock.json"):
        text = (ROOT / name).read_text()
        assert "resolved" not in text or name != "package-lock.json"
        assert not re.search(r"^(--index-url|--extra-index-url|--find-links)", text, re.MULTILINE), name


def test_a_data_folder_that_cannot_be_written_is_an_error_in_words(clone: Clone) -> None:
    (clone.folder / "var").unlink(missing_ok=True)
    shutil.rmtree(clone.folder / "var", ignore_errors=True)
    (clone.folder / "var").write_text("a file in its place")

    result = clone.run("prepare_var")

    assert result.returncode == 1
    assert "MINGCHA_VAR=" in result.stderr
