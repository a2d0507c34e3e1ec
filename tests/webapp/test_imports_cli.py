"""The import commands as an operator runs them, on a database of their own."""

import os

import pytest
import python_calamine
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp import create_app

COUNTY = "361129"


@pytest.fixture
def run(database_url, app_url, tmp_path, owner_engine):
    app = create_app(
        {"DATABASE_URL": database_url, "APP_DATABASE_URL": app_url, "BLOB_STORE": (tmp_path / "b").as_uri()}
    )
    os.environ["COLUMNS"] = "200"

    def command(*arguments):
        return app.test_cli_runner().invoke(args=["mingcha", "import", *map(str, arguments)])

    yield command
    app.extensions["engine"].dispose()
    with owner_engine.begin() as connection:
        for table in ("licences", "sites", "areas", "events"):
            connection.execute(text(f"delete from {table}"))
        connection.execute(text("delete from counties where code = '999901'"))


@pytest.fixture
def folder(shared_data):
    return shared_data / "admin/wannian_361129"


def stored(engine, table):
    with Session(engine) as session:
        return session.scalar(text(f"select count(*) from {table} where county = '{COUNTY}'"))


def test_the_real_county_comes_in_by_command(run, folder, owner_engine):
    first = run("areas", folder / "county_cgcs2000.geojson", "--county", COUNTY, "--datum", "cgcs2000")
    assert first.exit_code == 0, first.output
    second = run("areas", folder / "townships_gcj02.geojson", "--county", COUNTY, "--level", "township")
    assert second.exit_code == 0, second.output
    assert "按 GCJ-02（高德、腾讯地图） 导入" in second.output
    assert "新增 12" in second.output
    assert stored(owner_engine, "areas") == 13


def test_a_dry_run_writes_nothing_and_says_so(run, folder, owner_engine):
    result = run("areas", folder / "county_cgcs2000.geojson", "--county", COUNTY, "--datum", "wgs84", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "新增 1" in result.output
    assert "试读结束，没有写入" in result.output
    assert stored(owner_engine, "areas") == 0


def test_refused_rows_stop_the_import_and_are_reported(run, tmp_path, owner_engine):
    path, report = tmp_path / "名单.csv", tmp_path / "问题.xlsx"
    path.write_text("单位,经度,纬度\n[red]甲[/red]小学,117.07,28.69\n=1+1小学,0,0\n", "gb18030")
    arguments = ("sites", path, "--county", COUNTY, "--datum", "wgs84", "--map", "单位=name", "--report", report)
    result = run(*arguments)
    assert result.exit_code == 1
    assert "有 1 行有错误，一行也没有导入" in result.output
    assert "坐标是 0,0" in result.output
    assert stored(owner_engine, "sites") == 0
    rows = python_calamine.load_workbook(report).get_sheet_by_index(0).to_python()
    assert rows[1][:5] == ["3", "错误", "经度", "0, 0", "坐标是 0,0：多半是没有填"]
    assert run(*arguments, "--skip-refused").exit_code == 0
    with Session(owner_engine) as session:
        assert session.scalars(text("select name from sites")).all() == ["[red]甲[/red]小学"]


def test_a_county_can_be_made_on_the_way(run, folder, owner_engine):
    path = folder / "county_cgcs2000.geojson"
    missing = run("areas", path, "--county", "999901", "--datum", "wgs84")
    assert "还没有代码为 999901 的区县" in missing.output
    made = run("areas", path, "--county", "999901", "--datum", "wgs84", "--create-county", "万年县")
    assert made.exit_code == 0, made.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--datum", "mars"), "不认识这个坐标系：mars"),
        (("--map", "单位"), "--map 要写成 列=字段"),
        (("--category", "天文馆"), "没有“天文馆”这一项"),
    ],
)
def test_a_wrong_argument_is_explained(run, tmp_path, arguments, words):
    path = tmp_path / "a.csv"
    path.write_text("学校名称\n甲小学\n", "utf-8")
    result = run("sites", path, "--county", COUNTY, *arguments)
    assert result.exit_code != 0
    assert words in result.output


def test_an_unreadable_file_is_explained(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    assert "文件是空的（0 字节）" in run("sites", path, "--county", COUNTY).output
