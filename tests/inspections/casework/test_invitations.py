import secrets
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inspections.casework.invitations import (
    LIFETIME,
    MOST_RESPONSES,
    TOKEN,
    Invitation,
    LinkEnded,
    NoSuchLink,
    enter_by_link,
    live_invitation,
    note_opened,
    token_of,
)
from inspections.casework.inviting import invite, revoke
from inspections.casework.issuing import withdraw
from inspections.casework.orders import Order
from inspections.casework.responses import Response, ResponseState
from inspections.db import new_id, scope
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.events import Event
from inspections.evidence.keys import KeyRing
from inspections.registry.people import Role
from tests.answers import KEYS
from tests.factories import COUNTY, make_person
from tests.orders import AT, Case


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def link(session: Session, case: Case, order: Order) -> tuple[Invitation, str]:
    made = invite(session, case.director, order.id, KEYS, AT)
    token = token_of(KEYS, made)
    assert token
    return made, token


def test_a_link_leads_to_its_order_and_to_no_other(session: Session, case: Case) -> None:
    order = case.served()
    made, token = link(session, case, order)
    assert TOKEN.fullmatch(token)
    scope(session, None)
    guest, found, led_to = enter_by_link(session, token, AT)
    assert (guest.county, guest.id, guest.person_id) == (COUNTY, made.id, None)
    assert (found.id, led_to.id) == (made.id, order.id)


def test_the_token_stands_nowhere_in_the_database(session: Session, case: Case) -> None:
    made, token = link(session, case, case.served())
    guest, found, order = enter_by_link(session, token, AT)
    note_opened(session, guest, found, order, AT)
    session.flush()
    tables = session.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
    holding = []
    for table in tables:
        if session.scalar(text(f"select has_table_privilege('{table}', 'select')")):
            rows = text(f"select count(*) from {table} as t where t::text like :token")
            if session.scalar(rows, {"token": f"%{token}%"}):
                holding.append(table)
    assert "invitations" in tables
    assert holding == []
    assert made.token_hash != token


def test_the_same_paper_gets_the_same_code_after_the_secret_was_changed(session: Session, case: Case) -> None:
    old, new = (KeyRing.of(secret).link for secret in (["first"], ["second", "first"]))
    made = invite(session, case.director, case.served().id, old, AT)
    assert token_of(old, made) == token_of(new, made)
    assert token_of(KeyRing.of(["third"]).link, made) is None


def test_many_guesses_find_nothing(session: Session, case: Case) -> None:
    _, token = link(session, case, case.served())
    near = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
    odd = ["", "x", token[:-1], token + "A", token.upper(), "0" * 32, "' or 1=1 --", "../" * 10, token + "\n"]
    guesses = [*near, *odd, "\ud800" * 32, *(secrets.token_urlsafe(24) for _ in range(500))]
    for guess in guesses:
        with pytest.raises(NoSuchLink):
            enter_by_link(session, guess, AT)
    scope(session, None)
    assert session.scalars(select(Invitation)).all() == []
    assert enter_by_link(session, token, AT)


def test_an_ended_link_says_whom_to_phone(session: Session, case: Case) -> None:
    order = case.served()
    _, first = link(session, case, order)
    made, token = link(session, case, order)
    with pytest.raises(LinkEnded, match="已停用。请联系李调度，电话 0793-1234567"):
        enter_by_link(session, first, AT)
    with pytest.raises(LinkEnded, match="已于 2027-03-23 到期。请联系李调度"):
        enter_by_link(session, token, AT + LIFETIME)
    with pytest.raises(Invalid, match="写明停用链接的原因"):
        revoke(session, case.dispatcher, made.id, " ", AT)
    revoke(session, case.dispatcher, made.id, "纸质文书遗失", AT)
    with pytest.raises(LinkEnded, match="已停用"):
        enter_by_link(session, token, AT)
    with pytest.raises(Conflict, match="已经失效"):
        revoke(session, case.dispatcher, made.id, "再停一次", AT)
    assert live_invitation(session, order, AT) is None


def test_a_link_to_a_withdrawn_order_says_that_nothing_is_asked_any_more(session: Session, case: Case) -> None:
    order = case.served()
    _, token = link(session, case, order)
    withdraw(session, case.director, order.id, "单位名称有误", AT)
    with pytest.raises(LinkEnded, match="这份文书已撤回，不用再回复"):
        enter_by_link(session, token, AT)


def test_a_link_is_used_so_often_and_no_more(session: Session, case: Case) -> None:
    order = case.served()
    made, token = link(session, case, order)
    for _ in range(MOST_RESPONSES):
        returned = Response(
            county=COUNTY, id=new_id(), order_id=order.id, state=ResponseState.RETURNED, submitted_at=AT,
            name="刘", telephone="1", content_sha256="0" * 64, invitation_id=made.id, decided_at=AT,
            decided_by_id=case.dispatcher.id, decision_reason="照片不清",
        )  # fmt: skip
        session.add(returned)
    session.flush()
    with pytest.raises(LinkEnded, match="已经用过 10 次"):
        enter_by_link(session, token, AT)


def test_links_are_made_for_issued_orders_by_the_office(session: Session, case: Case) -> None:
    draft = case.drafted()
    with pytest.raises(Conflict, match="“草稿”"):
        invite(session, case.director, draft.id, KEYS, AT)
    officer = make_person(session, Role.INSPECTOR)
    with pytest.raises(Forbidden):
        invite(session, officer, draft.id, KEYS, AT)
    with pytest.raises(Conflict, match="MINGCHA_SECRET_KEY"):
        invite(session, case.director, _issued(case, draft.id), (), AT)


def _issued(case: Case, order_id: UUID) -> UUID:
    from inspections.casework.issuing import issue
    from tests.orders import TODAY

    return issue(case.session, case.director, order_id, AT, TODAY).id


def test_openings_are_written_down_and_not_every_one(session: Session, case: Case) -> None:
    order = case.served()
    _, token = link(session, case, order)
    for minutes in (0, 10, 29, 31):
        guest, found, led_to = enter_by_link(session, token, AT)
        note_opened(session, guest, found, led_to, AT + timedelta(minutes=minutes))
    opened = session.scalars(select(Event).where(Event.subject_id == order.id, Event.verb == "open_link")).all()
    assert [event.person_id for event in opened] == [None, None]
    assert {event.detail["link"] for event in opened} == {str(found.id)}
