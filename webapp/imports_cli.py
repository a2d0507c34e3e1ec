"""`flask --app wsgi mingcha import areas|sites FILE`: the same import as the desk's, from a terminal."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Grid
from rich.text import Text

from geo.coordinates import Datum
from geo.errors import InvalidDatum
from inspections.db import Session, scope, session_of
from inspections.errors import InspectionError, Invalid
from inspections.registry import counties
from inspections.registry.imports.columns import Subject
from inspections.registry.imports.files import read_path
from inspections.registry.imports.importing import apply, plan
from inspections.registry.imports.plans import ImportPlan, Options
from inspections.registry.imports.problems import Severity, as_csv, as_xlsx
from inspections.registry.imports.runs import record_command

SHOWN_PROBLEMS = 20
COUNTS = (
    ("new", "新增"),
    ("changed", "更新"),
    ("unchanged", "没有变化"),
    ("skipped", "跳过"),
    ("refused", "有错误"),
)


@click.group("import", help="导入区划（areas）或点位（sites）")
def import_() -> None:
    pass


def _shared(command: Any) -> Any:
    for option in reversed(
        (
            click.argument("file", type=click.Path(path_type=Path, dir_okay=False)),
            click.option("--county", required=True, help="六位区划代码，如 361129"),
            click.option("--datum", default="", help="wgs84、cgcs2000、gcj02 或 bd09；不写则由数据推断"),
            click.option("--map", "columns", multiple=True, metavar="列=字段", help="指定某列是哪个字段，可多次"),
            click.option("--layer", default="", help="工作表或图层的名称"),
            click.option("--dry-run", is_flag=True, help="只试读，不写入"),
            click.option("--report", type=click.Path(path_type=Path), help="问题清单存为 .xlsx 或 .csv"),
            click.option("--skip-refused", is_flag=True, help="跳过有错误的行，导入其余的"),
            click.option("--create-county", metavar="名称", default="", help="库中没有该区县时先建立"),
        )
    ):
        command = option(command)
    return with_appcontext(command)


@import_.command("sites")
@_shared
@click.option("--category", default="", help="没有类别列时整个文件的类别，如 小学、文化艺术类")
@click.option("--swap", "swapped", is_flag=True, help="经纬度写反了，交换过来")
def import_sites(**given: Any) -> None:
    """导入学校、机构和疑似点位"""
    _run(Subject.SITES, **given)


@import_.command("areas")
@_shared
@click.option("--level", default="", help="county、township 或 village；不写则由名称和代码判断")
@click.option("--repair", is_flag=True, help="自动修复自相交的边界")
def import_areas(**given: Any) -> None:
    """导入县界、镇街和村社区"""
    _run(Subject.AREAS, **given)


def _run(
    subject: Subject,
    *,
    file: Path,
    county: str,
    dry_run: bool,
    report: Path | None,
    create_county: str,
    **given: Any,
) -> None:
    console = Console()
    try:
        options = _options(given)
        # The owner: the app's own role may not add a county.
        with session_of(current_app.config["DATABASE_URL"]) as session:
            _find_or_create(session, county, create_county)
            planned = _import(session, subject, county, file, options, dry_run, console)
            _show(console, planned)
            if report:
                _write_report(report, planned)
                console.print(Text(f"问题清单：{report}"))
            if not dry_run:
                planned.check(options)
                record_command(session, county, subject, file.name, planned.counts)
            session.rollback() if dry_run else session.commit()
    except InspectionError as error:
        lines = [str(message) for message in getattr(error, "fields", {}).values()] or [str(error.message)]
        raise click.ClickException("\n".join(lines)) from error
    console.print("[yellow]试读结束，没有写入[/]" if dry_run else "[green]已导入[/]")


def _options(given: dict[str, Any]) -> Options:
    columns = {}
    for pair in given.pop("columns"):
        column, equals, field = pair.rpartition("=")
        if not equals:
            raise click.UsageError(f"--map 要写成 列=字段：{pair}")
        columns[column] = field
    text = given.pop("datum")
    try:
        datum = Datum.parse(text) if text else None
    except InvalidDatum as error:
        raise click.UsageError(f"不认识这个坐标系：{text}") from error
    return Options(columns=columns, datum=datum, **given)


def _find_or_create(session: Session, county: str, name: str) -> None:
    if name and counties.find_county(session, county) is None:
        counties.create_county(session, county, name, f"{name}教育局")
    scope(session, county)


def _import(
    session: Session, subject: Subject, county: str, file: Path, options: Options, dry_run: bool, console: Console
) -> ImportPlan:
    """The plan, stored unless this is a dry run or may not be stored; the caller learns why from it."""
    with Progress(console=console, transient=True) as bar:
        reading = bar.add_task("读取和核对", total=None)
        table = read_path(file, options.layer)

        def progress(done: int, total: int) -> None:
            bar.update(reading, description="写入", completed=done, total=total)

        if not dry_run:
            with suppress(Invalid), session.begin_nested():
                return apply(session, county, subject, table, options, progress=progress)
        return plan(session, county, subject, table, options)


def _show(console: Console, planned: ImportPlan) -> None:
    """The evidence, the counts and the first problems. What a file says is shown as text, never as markup."""
    for note in planned.notes:
        console.print(Text(str(note)))
    _show_columns(console, planned)
    _show_evidence(console, planned)
    counts = planned.counts
    console.print(Text("　".join(f"{label} {counts[key]}" for key, label in COUNTS)))
    if not planned.problems:
        return
    grid = Grid("行", "程度", "列", "内容", "问题")
    for problem in planned.problems[:SHOWN_PROBLEMS]:
        severity = Text("错误", "red") if problem.severity is Severity.ERROR else Text("提醒", "yellow")
        cells = (Text(problem.column), Text(problem.value[:40]), Text(str(problem.message)))
        grid.add_row(str(problem.row), severity, *cells)
    console.print(grid)
    if len(planned.problems) > SHOWN_PROBLEMS:
        console.print(Text(f"…共 {len(planned.problems)} 条，用 --report 存成文件"))


def _show_columns(console: Console, planned: ImportPlan) -> None:
    known = "　".join(f"{column} → {field}" for field, column in planned.columns.columns.items())
    console.print(Text(f"认出的列：{known}"))
    if planned.columns.unknown:
        console.print(Text(f"没有用到的列：{'、'.join(planned.columns.unknown)}"))


def _show_evidence(console: Console, planned: ImportPlan) -> None:
    if planned.verdict is None:
        return
    grid = Grid("坐标系", "落在所填镇街", "落在本县", "与已有边界重合")
    for line in planned.verdict.evidence:
        overlap = "" if line.overlap is None else f"{line.overlap:.1%}"
        townships = f"{line.in_township} / {line.with_township}" if line.overlap is None else ""
        inside = f"{line.in_county} / {line.points}" if line.overlap is None else ""
        grid.add_row(line.datum.label, townships, inside, overlap)
    if planned.verdict.evidence:
        console.print(grid)
    if planned.verdict.datum or planned.datum is None:
        console.print(Text(str(planned.verdict.reason)))
    if planned.datum:
        console.print(Text(f"按 {planned.datum.label} 导入"))


def _write_report(path: Path, planned: ImportPlan) -> None:
    path.write_bytes(as_csv(planned.problems) if path.suffix.lower() == ".csv" else as_xlsx(planned.problems))
