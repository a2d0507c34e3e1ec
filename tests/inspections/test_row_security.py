"""P8: no county sees another's rows, even by a hand-made query through the app's own connection."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.registry.sites import Site
from tests.factories import make_person, make_site

OTHER = "421303"


def test_each_table_with_a_county_is_behind_a_policy(connection: Connection) -> None:
    unguarded = connection.scalars(
        text(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'county' "
            "where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity"
        )
    ).all()
    assert unguarded == []


def test_the_app_role_owns_nothing_and_cannot_bypass_policies(connection: Connection) -> None:
    assert connection.scalar(text("select current_user")) == "mingcha_app"
    assert connection.scalar(text("select count(*) from pg_class where relowner = 'mingcha_app'::regrole")) == 0
    assert not connection.scalar(text("select rolsuper or rolbypassrls from pg_roles where rolname = user"))


def test_a_hand_made_query_finds_no_row_of_another_county(session: Session) -> None:
    make_site(session)
    scope(session, OTHER)
    assert session.scalar(text("select count(*) from sites")) == 0


def test_without_a_county_no_row_is_seen(session: Session) -> None:
    make_site(session)
    scope(session, None)
    assert session.scalar(text("select count(*) from sites")) == 0


def test_a_row_cannot_be_written_into_another_county(session: Session) -> None:
    scope(session, OTHER)
    with pytest.raises(DBAPIError, match="row-level security"):
        make_site(session)


def test_the_scope_survives_a_commit_inside_a_request(session: Session) -> None:
    make_site(session)
    session.commit()
    assert session.query(Site).count() == 1


def test_events_can_be_added_but_not_changed(session: Session) -> None:
    from inspections import events

    person = make_person(session)
    events.record(session, person, "site.seen", make_site(session))
    session.flush()
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("update events set verb = 'nothing'"))


def test_checks_and_their_photos_cannot_be_deleted_by_the_app(session: Session) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("delete from checks"))
