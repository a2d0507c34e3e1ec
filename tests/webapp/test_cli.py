"""What an operator does to accounts from the command line."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from inspections.casework.steps import Origin, Step, StepKind
from inspections.db import new_id, scope
from inspections.errors import AccountDisabled
from inspections.events import Event
from inspections.registry.accounts import Account, begin_sign_in
from inspections.registry.counties import County, list_below
from inspections.registry.people import Role
from tests.factories import COUNTY, PASSWORD, make_finding, make_person, make_site
from webapp import create_app


@pytest.fixture
def operator(database_url: str, app_url: str) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": database_url, "APP_DATABASE_URL": app_url, "TESTING": True})
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def login(owner_engine: Engine) -> str:
    login = f"left-{new_id().hex[-12:]}"
    with Session(owner_engine) as session:
        scope(session, COUNTY)
        make_person(session, Role.INSPECTOR, login=login)
        session.commit()
    return login


def test_a_disabled_account_is_refused_until_it_is_enabled_again(
    operator: Flask, login: str, owner_engine: Engine
) -> None:
    run = operator.test_cli_runner().invoke
    assert run(args=["mingcha", "disable", login]).exit_code == 0
    assert sign_in(owner_engine, login) == AccountDisabled.message
    assert run(args=["mingcha", "disable", login]).exit_code == 0
    assert run(args=["mingcha", "enable", f" {login.upper()}"]).exit_code == 0
    assert isinstance(sign_in(owner_engine, login), str)
    with Session(owner_engine) as session:
        account = session.scalars(select(Account).where(Account.login == login)).one()
        verbs = session.scalars(select(Event.verb).where(Event.subject_id == account.id).order_by(Event.id))
        assert list(verbs) == ["disable", "enable"]


def test_an_unknown_login_is_named(operator: Flask) -> None:
    result = operator.test_cli_runner().invoke(args=["mingcha", "disable", "nobody-here"])
    assert (result.exit_code, "没有这个登录名：nobody-here" in result.output) == (1, True)


def sign_in(engine: Engine, login: str) -> object:
    with Session(engine) as session:
        return begin_sign_in(session, login, PASSWORD, "", datetime.now(UTC))


def test_the_clock_of_escalation_is_run_by_hand_but_not_ahead_of_its_day(
    operator: Flask, owner_engine: Engine
) -> None:
    with Session(owner_engine) as session:
        scope(session, COUNTY)
        finding = make_finding(session, make_site(session), due_on=date(2026, 1, 15))
        finding_id = finding.id
        session.commit()
    run = operator.test_cli_runner().invoke
    refused = run(args=["mingcha", "climb", "--day", "2099-01-01"])
    assert (refused.exit_code, "这一天还没有到" in refused.output) == (1, True)
    done = run(args=["mingcha", "climb", "--day", "2026-01-16", "--county", COUNTY])
    assert done.output == f"{COUNTY} 2026-01-16：逾期 1；撤回待办 0\n"
    assert "没有到期的" in run(args=["mingcha", "climb", "--day", "2026-01-16"]).output
    with Session(owner_engine) as session:
        step = session.scalars(select(Step).where(Step.finding_id == finding_id)).one()
        assert (step.kind, step.origin, step.due_on) == (StepKind.OVERDUE, Origin.CLOCK, date(2026, 1, 16))


@pytest.fixture
def offices(owner_engine: Engine) -> Iterator[None]:
    """A province, a prefecture, and a county with a site."""
    names = {"970000": "试省", "970100": "试市", "970101": "试县"}
    with Session(owner_engine) as session:
        session.add_all(County(code=code, name=name, bureau=f"{name}教育局") for code, name in names.items())
        session.flush()
        scope(session, "970101")
        make_site(session, county="970101")
        session.commit()
    yield
    with Session(owner_engine) as session:
        scope(session, "970101")
        for table in ("sites", "site_counts"):  # a trigger counts what is deleted
            session.execute(text(f"delete from {table} where county = '970101'"))
        session.execute(text("delete from counties where code like '970%'"))
        session.commit()


def test_the_office_that_a_county_answers_to_is_entered(operator: Flask, owner_engine, offices) -> None:
    run = operator.test_cli_runner().invoke
    assert run(args=["mingcha", "set-level", "970000", "--level", "province"]).exit_code == 0
    city = run(args=["mingcha", "set-level", "970100", "--level", "prefecture", "--above", "970000"])
    county = run(args=["mingcha", "set-level", "970101", "--level", "county", "--above", "970100"])
    assert (city.exit_code, county.output) == (0, "970101 区县：试县 → 试市 → 试省\n")
    with Session(owner_engine) as session:
        assert [each.code for each in list_below(session, "970000")] == ["970101"]
        session.expire_all()
    assert run(args=["mingcha", "set-level", "970101", "--level", "county"]).output == "970101 区县：试县\n"
    assert run(args=["mingcha", "set-level", "970100", "--level", "county"]).exit_code == 0
    assert run(args=["mingcha", "set-level", "970000", "--level", "county"]).exit_code == 0


def test_an_office_that_cannot_stand_above_is_refused_with_a_reason(operator: Flask, offices) -> None:
    run = operator.test_cli_runner().invoke
    for args, said in (
        (["970101", "--level", "county", "--above", "970100"], "试市是区县一级，不能做它的上级"),
        (["970101", "--level", "county", "--above", "960000"], "没有这个区县：960000"),
        (["960000", "--level", "county"], "没有这个区县：960000"),
        (["970101", "--level", "province"], "试县有自己的点位，只能是区县"),
    ):
        result = run(args=["mingcha", "set-level", *args])
        assert (result.exit_code, said in result.output) == (1, True), result.output


def test_the_telephone_that_the_public_is_told_is_entered(operator: Flask, owner_engine, offices) -> None:
    run = operator.test_cli_runner().invoke
    assert (
        run(args=["mingcha", "set-hotline", "970101", " 0793-3889 011 "]).output == "970101 试县：0793-3889 011\n"
    )
    for code, hotline in (("960000", "12345"), ("970101", "  "), ("970101", "教育局"), ("970101", "1" * 61)):
        assert run(args=["mingcha", "set-hotline", code, hotline]).exit_code == 1
