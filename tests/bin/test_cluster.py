"""bin/cluster: the private PostgreSQL, through crashes, odd places and two at once."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bin.house import BIN, House

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")


def test_a_new_cluster_answers_and_the_app_role_owns_nothing(running: House) -> None:
    powers = "rolsuper or rolcreatedb or rolcreaterole or rolbypassrls"
    role = "from pg_roles where rolname = 'mingcha_app'"

    assert running.sql("select postgis_lib_version() is not null") == "t"
    assert running.sql(f"select rolcanlogin, {powers} {role}") == "t|f"
    assert running.sql(f"select count(*) from pg_shdepend where refobjid = (select oid {role})") == "0"


def test_a_cluster_listens_nowhere_and_keeps_what_it_has_committed(running: House) -> None:
    assert running.sql("show listen_addresses") == ""
    assert [running.sql(f"show {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")] == [
        "on"
    ] * 3


def test_nothing_but_its_owner_can_reach_the_socket(running: House) -> None:
    socket_folder = Path(running.sql("show unix_socket_directories"))
    assert socket_folder.stat().st_mode & 0o777 == 0o700
    assert running.data.stat().st_mode & 0o777 == 0o700


def test_data_and_own_settings_are_kept_between_runs(running: House) -> None:
    running.sql("create table kept_0 as select 1")
    local = running.data / "local.conf"
    local.write_text("work_mem = 7MB\n")
    shutil.chown(local, running.data.owner(), running.data.group())
    running.cluster("stop")
    assert "未运行" in running.cluster("status", ends_with=3)

    running.cluster("start")

    assert running.sql("select count(*), current_setting('work_mem') from kept_0") == "1|7MB"


def test_a_dump_by_its_own_tools_is_restored_into_another_cluster(running: House, house: House) -> None:
    running.sql("create table carried as select st_point(116.4, 28.7, 4326) as place")
    dump = running.var / "mingcha.dump"
    with_tools(running, f"pg_dump --format=custom --file={dump}")

    house.cluster("start")
    with_tools(house, f"pg_restore --clean --if-exists --dbname=mingcha {dump}")

    assert house.sql("select st_astext(place) from carried") == "POINT(116.4 28.7)"


def with_tools(house: House, command: str) -> None:
    script = f'eval "$({BIN}/cluster tools)" && {command}'
    subprocess.run(["sh", "-euc", script], env=house.environment, check=True)


def test_a_killed_server_starts_again_with_its_committed_rows(running: House) -> None:
    running.sql("create table kept_1 as select 1")
    os.kill(running.server_pid, signal.SIGKILL)

    running.cluster("start")

    assert running.sql("select count(*) from kept_1") == "1"


def test_a_backend_left_over_by_a_killed_server_does_not_hold_up_the_next(running: House) -> None:
    busy = running.command("psql", "-c", "select count(*) from generate_series(1, 4000000000)")
    others = "select count(*) from pg_stat_activity where query like '%4000000000%' and pid <> pg_backend_pid()"
    wait_until(lambda: running.sql(others) == "1")
    os.kill(running.server_pid, signal.SIGKILL)

    running.cluster("start")

    assert running.sql("select 1") == "1"
    busy.communicate(timeout=30)


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen]:
    """A living process of the user who runs the server, and no server."""
    as_server = ["setpriv", "--reuid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    process = subprocess.Popen([*as_server, "sleep", "120"], cwd="/")
    yield process
    process.kill()
    process.wait()


def test_a_pid_file_that_names_somebody_else_is_stale(running: House, bystander: subprocess.Popen) -> None:
    running.sql("create table kept_2 as select 1")
    pid_file = running.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    os.kill(running.server_pid, signal.SIGKILL)
    wait_until(lambda: "未运行" in running.command("status").communicate()[0])
    pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")

    running.cluster("start")

    assert running.sql("select count(*) from kept_2") == "1"
    assert bystander.poll() is None


def test_a_cluster_half_made_is_made_anew(house: House) -> None:
    making = house.command("start")
    wait_until(lambda: (house.var / "postgres.making" / "PG_VERSION").exists())
    making.kill()
    making.communicate()

    house.cluster("start")

    assert house.sql("select 1") == "1"
    assert not (house.var / "postgres.making").exists()


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(house: House) -> None:
    house.data.mkdir(parents=True)
    (house.data / "thesis.txt").write_text("mine")
    if os.geteuid() == 0:
        shutil.chown(house.data, "postgres")

    output = house.cluster("start", ends_with=1)

    assert "未作改动" in output
    assert [each.name for each in house.data.iterdir()] == ["thesis.txt"]


def test_two_starts_at_once_give_one_server(house: House) -> None:
    starts = [house.command("start") for _ in range(3)]

    assert [(each.communicate(timeout=90), each.returncode)[1] for each in starts] == [0, 0, 0]
    assert house.sql("select 1") == "1"


def test_a_deep_path_with_spaces_and_chinese_does_not_reach_the_socket(folder: Path) -> None:
    house = House(folder / ("很深 的 路径" * 8) / "var")
    house.var.parent.mkdir()
    try:
        house.cluster("start")
        assert house.sql("select current_setting('data_directory')") == str(house.data)
    finally:
        house.stop()


def test_a_socket_folder_that_is_too_long_or_open_to_others_is_refused(house: House, folder: Path) -> None:
    too_long = "/tmp/" + "s" * 89
    assert "MINGCHA_SOCKET_DIR" in house.cluster("start", ends_with=1, MINGCHA_SOCKET_DIR=too_long)
    (folder / "open").mkdir(mode=0o755)
    assert "0700" in house.cluster("start", ends_with=1, MINGCHA_SOCKET_DIR=str(folder / "open"))


def test_what_the_shell_says_about_other_servers_is_ignored(running: House) -> None:
    elsewhere = {"PGHOST": "127.0.0.1", "PGPORT": "1", "PGUSER": "nobody", "PGOPTIONS": "-c nonsense=1"}
    running.cluster("start", **elsewhere)
    assert running.cluster("psql", "-Atc", "select 1", **elsewhere).strip() == "1"


def test_data_of_a_version_that_is_gone_names_the_package_to_install(house: House) -> None:
    house.data.mkdir(parents=True)
    (house.data / "PG_VERSION").write_text("9\n")
    if os.geteuid() == 0:
        shutil.chown(house.data, "postgres")

    assert "apt-get install postgresql-9 postgresql-9-postgis-3" in house.cluster("start", ends_with=1)


@is_root
def test_under_a_private_folder_the_data_lies_in_var_lib_and_is_found_again(folder: Path) -> None:
    (folder / "home").mkdir(mode=0o700)
    house = House(folder / "home" / "var")
    place = None
    try:
        house.cluster("start")
        place = house.data.resolve()
        assert place.is_relative_to("/var/lib")
        house.sql("create table kept as select 1")
        house.cluster("stop")
        house.data.unlink()
        assert "沿用以前的数据" in house.cluster("start")
        assert house.sql("select count(*) from kept") == "1"
    finally:
        house.stop()
        if place:
            shutil.rmtree(place.parent)


@is_root
def test_an_ordinary_user_runs_his_own_server(folder: Path) -> None:
    shutil.copytree(BIN, folder / "bin")
    (folder / "var").mkdir()
    shutil.chown(folder / "var", "nobody", "nogroup")

    def cluster(*arguments: str) -> str:
        nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        environment = {**os.environ, "MINGCHA_VAR": str(folder / "var"), "HOME": "/"}
        command = [*nobody, folder / "bin/cluster", *arguments]
        return subprocess.run(command, env=environment, cwd="/", check=True, capture_output=True, text=True).stdout

    cluster("start")
    try:
        assert cluster("psql", "-Atc", "select current_user").strip() == "mingcha"
        assert (folder / "var/postgres").owner() == "nobody"
    finally:
        cluster("stop")


def wait_until(holds, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)
