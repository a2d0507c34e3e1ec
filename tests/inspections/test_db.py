"""The way to the database: connections that rest, scopes, and statements that nobody waits for."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from inspections import db
from inspections.db import DatabaseGone, enter, scope, unanswered
from inspections.registry import accounts
from inspections.registry.accounts import end_sign_in, hash_of
from inspections.registry.people import find_signed_in
from tests.conftest import COUNTY
from tests.factories import NOW, PASSWORD, make_person, make_site

BACKEND = text("select pg_backend_pid()")
END_BACKEND = text("select pg_terminate_backend(:pid)")
SITES = text("select count(*) from sites")


@pytest.fixture
def pool(app_url: str) -> Iterator[Engine]:
    """One connection, which rests between uses."""
    engine = db.connect(app_url, pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


def backend_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(BACKEND).scalar_one()


def end(owner: Engine, pid: int) -> None:
    with owner.connect() as connection:
        assert connection.execute(END_BACKEND, {"pid": pid}).scalar_one()
        while connection.scalar(text("select count(*) from pg_stat_activity where pid = :pid"), {"pid": pid}):
            connection.rollback()


def test_a_connection_that_rested_is_used_again(pool: Engine) -> None:
    assert backend_of(pool) == backend_of(pool)


def test_a_connection_whose_server_went_away_while_it_rested_is_replaced_unseen(
    pool: Engine, owner_engine: Engine
) -> None:
    first = backend_of(pool)
    end(owner_engine, first)
    assert backend_of(pool) not in {first, None}


def test_a_connection_that_rested_long_is_asked(pool: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "RESTED_S", -1.0)
    first = backend_of(pool)
    assert backend_of(pool) == first


def test_an_error_of_a_statement_that_nobody_waits_for_comes_as_any_other(pool: Engine) -> None:
    with Session(pool) as session:
        with pytest.raises(DataError, match="division by zero"), unanswered(session):
            session.execute(text("select 1 / 0"))
        session.rollback()
        assert session.scalar(text("select 1")) == 1


def test_a_server_that_goes_away_meanwhile_is_gone_as_ever(pool: Engine) -> None:
    with Session(pool) as session:
        with pytest.raises(DatabaseGone), unanswered(session):
            session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        session.rollback()
        assert session.scalar(text("select 1")) == 1


def test_what_nobody_waits_for_has_the_scope_of_its_transaction(pool: Engine) -> None:
    with Session(pool) as session:
        scope(session, COUNTY)
        with unanswered(session):
            session.execute(text("select set_config('app.test', current_setting('app.county'), true)"))
        assert session.scalar(text("select current_setting('app.test')")) == COUNTY


@pytest.mark.parametrize("token_hash", ["", "0" * 64])
def test_a_token_that_nobody_holds_leaves_a_scope_that_shows_nothing(session: Session, token_hash: str) -> None:
    make_site(session)
    enter(session, token_hash, NOW)
    assert session.scalar(SITES) == 0


def test_a_live_token_shows_its_county_and_an_ended_one_shows_nothing(session: Session) -> None:
    make_site(session)
    make_person(session, login="li")
    token = accounts.begin_sign_in(session, "li", PASSWORD, "phone", NOW)
    assert isinstance(token, str)
    found = find_signed_in(session, token, NOW)
    assert found is not None
    assert session.scalar(SITES) == 1
    end_sign_in(session, found[0].account, found[0].id, NOW)
    session.flush()
    enter(session, hash_of(token), NOW)
    assert session.scalar(SITES) == 0


def test_a_disabled_account_is_told_apart_from_an_unknown_token(session: Session) -> None:
    make_person(session, login="li")
    token = accounts.begin_sign_in(session, "li", PASSWORD, "phone", NOW)
    assert isinstance(token, str)
    accounts.set_enabled(session, "li", is_active=False)
    session.flush()
    found = find_signed_in(session, token, NOW)
    assert found is not None
    assert not found[0].account.is_active
