"""What bin/setup says and installs on machines of other kinds. Package managers are stood in for: a test may not
change the machine that it runs on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bin.house import BIN

SOURCE = f'set -eu; ROOT=$1; . {BIN}/lib/steps.sh; . {BIN}/lib/system.sh; . {BIN}/lib/frontend.sh; shift; "$@"'
CORE = "sh id env grep sed awk sort mkdir tail cat cksum tr head dirname readlink"


class Machine:
    """A PATH with the core tools alone, and a package manager that writes down what it is asked."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder = folder
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name in CORE.split():
            # A script and no link: a tool that is written anew must not be written through to the real one.
            self.tool(name, f'exec {shutil.which(name)} "$@"')
        (folder / "os-release").write_text(release)
        self.asked = folder / "asked"

    def tool(self, name: str, script: str) -> None:
        (self.tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.tools / name).chmod(0o755)

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["/bin/sh", "-c", SOURCE, "sh", self.folder, *words],
            env={
                "PATH": str(self.tools),
                "MINGCHA_VAR": str(self.folder / "var"),
                "MINGCHA_OS_RELEASE": str(self.folder / "os-release"),
                "MINGCHA_POSTGRES_BIN": "/nonexistent",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def fedora(tmp_path: Path) -> Machine:
    return Machine(tmp_path, "ID=fedora\nVERSION_ID=43\n")


@pytest.fixture
def debian(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, 'ID=linuxmint\nID_LIKE="ubuntu debian"\n')
    machine.tool("apt-get", f'echo "$@" >>{machine.asked}')
    machine.tool("apt-cache", "printf '%s\\n' postgresql-13-postgis-3 postgresql-16-postgis-3 postgresql-17")
    return machine


def test_an_unknown_system_is_told_exactly_what_to_install(fedora: Machine) -> None:
    result = fedora.run("system_packages", "python", "postgres")

    assert result.returncode == 1
    assert "this machine lacks: python postgres" in result.stderr
    assert "dnf install python3 postgresql-server postgis" in result.stderr
    assert "DATABASE_URL=" in result.stderr


def test_debian_installs_only_what_is_missing(debian: Machine) -> None:
    debian.tool("id", "echo 0")
    debian.tool("node", "exit 0")
    debian.tool("chromium", "exit 0")

    result = debian.run("system_packages", "node", "chromium", "python")

    assert result.returncode == 0, result.stderr
    update, install = debian.asked.read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install npm python3 python3-venv") or install.endswith(
        " install nodejs npm python3 python3-venv"
    )
    assert "chromium" not in install
    assert "--no-install-recommends" in install


def test_where_nothing_is_missing_no_package_manager_is_called(debian: Machine) -> None:
    debian.tool("chromium", "exit 0")
    assert debian.run("system_packages", "chromium").returncode == 0
    assert not debian.asked.exists()


def test_the_newest_packaged_postgres_that_has_postgis_is_chosen(debian: Machine) -> None:
    words = debian.run("postgis_package").stdout.split()
    installed = sorted(int(each.name) for each in Path("/usr/lib/postgresql").glob("*") if int(each.name) >= 15)
    major = installed[0] if installed else 16
    assert words == [f"postgresql-{major}", f"postgresql-{major}-postgis-3"]


def test_without_root_or_sudo_the_command_for_the_administrator_is_printed(debian: Machine) -> None:
    debian.tool("id", "echo 1000")

    result = debian.run("system_packages", "python")

    assert result.returncode == 1
    assert "apt-get install --no-install-recommends python3 python3-venv" in result.stderr
    assert not debian.asked.exists()


def test_a_failed_installation_says_so_and_shows_why(debian: Machine) -> None:
    debian.tool("id", "echo 0")
    debian.tool("apt-get", "echo 'E: no space left on device'; exit 100")

    result = debian.run("system_packages", "python")

    assert result.returncode == 1
    assert "no space left on device" in result.stderr
    assert "安装失败" in result.stderr


def test_an_interpreter_that_cannot_make_an_environment_is_passed_over(fedora: Machine) -> None:
    fedora.tool("python3.13", "exit 1")
    fedora.tool("python3.12", "exit 0")
    fedora.tool("python3", "exit 0")

    result = fedora.run("eval", 'python_choose; echo "$PYTHON"')

    assert result.stdout.strip() == "python3.12"


def test_scripts_are_plain_posix_shell() -> None:
    scripts = [*(each for each in BIN.iterdir() if each.is_file()), *(BIN / "lib").glob("*.sh")]
    for script in scripts:
        assert script.read_text().startswith(("#!/bin/sh\n", "# shellcheck shell=sh\n")), script
        shell = "dash" if Path("/usr/bin/dash").exists() else "sh"
        subprocess.run([shell, "-n", script], check=True)
        if script.parent == BIN:
            assert os.access(script, os.X_OK), script
