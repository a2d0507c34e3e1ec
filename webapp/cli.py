"""`flask --app wsgi mingcha …`: parse and delegate. Each command is one transaction."""

from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from geo.warming import warm_behind
from inspections import job_worker, jobs
from inspections.casework.climbing import climb
from inspections.days import CHINA, day_of
from inspections.db import connect, scope, session_of
from inspections.errors import Invalid, NotFound
from inspections.registry import accounts, counties, people
from inspections.registry.counties import Level
from inspections.registry.people import Role

from .draw_cli import draw
from .identities_cli import rewrap_identities
from .imports_cli import import_

mingcha = AppGroup("mingcha", help="明察：建库、演示数据、后台任务")


mingcha.add_command(import_)
mingcha.add_command(draw)
mingcha.add_command(rewrap_identities)


def init_app(app: Flask) -> None:
    app.cli.add_command(mingcha)


@mingcha.command()
def migrate() -> None:
    """建库或升级到最新表结构"""
    # Here, since every start of the web server and the worker would pay for it
    from alembic import command
    from alembic.config import Config

    with connect(current_app.config["DATABASE_URL"]).connect() as connection:
        config = Config(str(Path(current_app.root_path).parent / "alembic.ini"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@mingcha.command()
@click.option("--if-empty", is_flag=True, help="只在库中没有任何区县时生成")
def demo(if_empty: bool) -> None:
    """生成演示县"""
    from inspections.demo import create_demo_county

    from .keys import key_ring

    # The owner, since the app's own role may not add a county.
    with session_of(current_app.config["DATABASE_URL"]) as session:
        if if_empty and not counties.is_empty(session):
            return
        create_demo_county(session, current_app.extensions["store"], keys=key_ring())
        session.commit()


@mingcha.command("set-level")
@click.argument("code")
@click.option("--level", type=click.Choice([each.value for each in Level]), required=True, help="省、地市或区县")
@click.option("--above", help="上级单位的代码；不写就是没有上级")
def set_level(code: str, level: str, above: str | None) -> None:
    """登记一个单位的级别和它的上级"""
    with session_of(current_app.config["DATABASE_URL"]) as session:
        try:
            county = counties.set_level(session, code, Level[level.upper()], above)
        except (NotFound, Invalid) as error:
            said = [str(each) for each in getattr(error, "fields", {}).values()]
            raise click.ClickException("；".join(said) or str(error.message)) from None
        chain = " → ".join([county.name, *(each.name for each in counties.list_above(session, code))])
        click.echo(f"{county.code} {county.level.label}：{chain}")
        session.commit()


@mingcha.command("set-hotline")
@click.argument("code")
@click.argument("hotline")
def set_hotline(code: str, hotline: str) -> None:
    """登记公众举报页上写的举报电话"""
    with session_of(current_app.config["DATABASE_URL"]) as session:
        try:
            county = counties.set_hotline(session, code, hotline)
        except (NotFound, Invalid) as error:
            raise click.ClickException(str(error.message)) from None
        click.echo(f"{county.code} {county.name}：{county.hotline}")
        session.commit()


@mingcha.command("create-person")
@click.option("--county", required=True)
@click.option("--name", required=True)
@click.option("--login", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), default="dispatcher")
@click.password_option()
def create_person(county: str, name: str, login: str, role: str, password: str) -> None:
    """给一个区县建立人员和账号（首次登录须改密码）"""
    with session_of(current_app.config["DATABASE_URL"]) as session:
        people.create_person(session, county, name, login, password, Role[role.upper()])
        session.commit()


@mingcha.command()
@click.argument("login")
def disable(login: str) -> None:
    """停用一个账号（手机上没传的记录会自动封存，见 /parcels）"""
    _set_enabled(login, is_active=False)


@mingcha.command()
@click.argument("login")
def enable(login: str) -> None:
    """恢复一个停用的账号"""
    _set_enabled(login, is_active=True)


def _set_enabled(login: str, *, is_active: bool) -> None:
    with session_of(current_app.config["DATABASE_URL"]) as session:
        try:
            accounts.set_enabled(session, login, is_active=is_active)
        except NotFound as error:
            raise click.ClickException(str(error.message)) from None
        session.commit()


@mingcha.command()
def worker() -> None:
    """运行后台任务"""
    from .keys import key_ring

    engine = current_app.extensions["engine"]
    conninfo = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    store = current_app.extensions["store"]
    keys = key_ring()
    warm_behind()
    job_worker.work(lambda: jobs.worker(engine, conninfo, store, keys), lambda: jobs.watch_once(engine))


@mingcha.command("climb")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天走，默认今天")
@click.option("--county", help="只走一个区县，默认每一个")
@click.option("--ahead", is_flag=True, help="允许走到今天以后（演练用：催办、逾期会真的记下）")
def climb_by_hand(day: datetime | None, county: str | None, ahead: bool) -> None:
    """让督办时钟走一天：提醒、催办、逾期，并提出督办、约谈、通报、问责"""
    now = datetime.now(UTC)
    if day:
        now = day.replace(hour=12, tzinfo=CHINA)
        if day_of(now) > day_of(datetime.now(UTC)) and not ahead:
            raise click.ClickException("这一天还没有到。要演练请加 --ahead")
    with session_of(current_app.config["APP_DATABASE_URL"]) as session:
        for code in [county] if county else counties.list_codes(session):
            scope(session, code)
            done = climb(session, code, now)
            session.commit()
            said = "，".join(f"{kind.label} {n}" for kind, n in sorted(done.put_forward.items())) or "没有到期的"
            click.echo(f"{code} {done.day}：{said}；撤回待办 {done.taken_back}")


@mingcha.command()
def welcome() -> None:
    """显示网址和演示账号"""
    from .demo_logins import demo_logins

    for each in demo_logins():
        click.echo(f"  {each.who!s:<10} {each.login} / {each.password}")


@mingcha.command("verify-receipt")
@click.argument("file", type=click.File("rb"))
def verify_receipt(file: BinaryIO) -> None:
    """核对一份回执（JSON）是不是本系统签发、有没有被改动"""
    from inspections.field.receipts import verify_receipt as is_ours
    from inspections.incoming import Malformed, parse_json

    from .keys import key_ring

    try:
        is_valid = is_ours(key_ring(), parse_json(file.read()))
    except Malformed:
        raise click.ClickException("这个文件不是回执（JSON）") from None
    if not is_valid:
        raise click.ClickException("签名不对：不是本系统签发的，或者内容被改动过")
    click.echo("签名有效")


@mingcha.command("draw-database")
def draw_database() -> None:
    """按实际的库重画 docs/database.md"""
    from inspections.schema_page import draw

    page = Path(current_app.root_path).parent / "docs" / "database.md"
    with connect(current_app.config["DATABASE_URL"]).connect() as connection:
        page.write_text(draw(connection), encoding="utf-8")
    click.echo(page)
