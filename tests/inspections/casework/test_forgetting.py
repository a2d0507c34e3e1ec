from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.attaching import EXTENSION, FORGOTTEN, Allowance, Place, attach, open_form
from inspections.casework.extending import ask_for_more_time
from inspections.casework.forgetting import KEPT_UNSENT, forget_unsent
from inspections.casework.invitations import Guest
from inspections.casework.inviting import invite
from inspections.casework.orders import items_of
from inspections.casework.proofs import Proof
from inspections.casework.responding import read_letter, submit
from inspections.db import new_id
from inspections.events import Event
from inspections.evidence.blobs import Blob
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind
from inspections.selfcheck.campaigns import SelfCheck
from inspections.selfcheck.sending import end, send
from tests.answers import KEYS, PDF, add, answer_form, store_in
from tests.factories import make_person, make_site
from tests.inspections.selfcheck.test_self_checks import FORM
from tests.orders import AT, TODAY, Case

LATE = AT + KEPT_UNSENT + timedelta(minutes=1)


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session)
    case.order = case.served()  # type: ignore[attr-defined]
    return case


@pytest.fixture
def guest(session: Session, case) -> Guest:
    made = invite(session, case.director, case.order.id, KEYS, AT)
    return Guest(made.county, made.id)


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Proof.name).order_by(Proof.name)))


def test_what_was_never_sent_is_forgotten_when_no_form_offers_it_any_more(
    session: Session, case, guest, tmp_path: Path
) -> None:
    store = store_in(tmp_path)
    proof = add(session, store, guest, case.order, open_form(session, case.order, AT), BytesIO(PDF), "忘了交.pdf")
    sha256 = proof.sha256
    assert KEPT_UNSENT > FORGOTTEN
    assert forget_unsent(session, case.site.county, AT + KEPT_UNSENT) == 0
    assert names(session) == ["忘了交.pdf"]
    assert forget_unsent(session, case.site.county, LATE) == 1
    session.expire_all()
    assert names(session) == []
    event = session.scalars(select(Event).where(Event.verb == "forget_files")).one()
    assert (event.subject_id, event.person_id, event.detail) == (case.order.id, None, {"sha256": [sha256]})
    assert session.get_one(Blob, (case.site.county, sha256)), "bytes that were received stay"
    assert forget_unsent(session, case.site.county, LATE) == 0


def test_what_was_sent_is_never_touched(session: Session, case, guest, tmp_path: Path) -> None:
    store, first, second = store_in(tmp_path), new_id(), new_id()
    add(session, store, guest, case.order, first, BytesIO(PDF), "报告.pdf")
    submit(session, guest, case.order, answer_form(session, case.order, first), AT)
    add(session, store, guest, case.order, second, BytesIO(PDF + b" "), "合同.pdf", EXTENSION)
    form = {"form_id": str(second), "days": "5", "reason": "核对", "name": "刘校长"}
    form |= {f"take-{items_of(session, case.order)[0].item.id}": "1"}
    ask_for_more_time(session, guest, read_letter(session, case.order, AT), form, AT, TODAY)
    add(session, store, guest, case.order, new_id(), BytesIO(PDF), "草稿.pdf")  # the same bytes as the report
    assert forget_unsent(session, case.site.county, LATE + timedelta(days=900)) == 1
    assert names(session) == ["合同.pdf", "报告.pdf"]


def test_files_of_a_self_check_wait_until_its_campaign_has_ended(session: Session, case, tmp_path: Path) -> None:
    school = make_site(session, name="幸福小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    head = make_person(session, Role.SCHOOL_USER, name="刘校长", site_id=school.id)
    campaign = send(session, case.dispatcher, FORM, ["school"], AT, TODAY)
    check = session.scalars(select(SelfCheck).where(SelfCheck.site_id == school.id)).one()
    attach(session, store_in(tmp_path), head, Place(check, check.id), "台账.pdf", BytesIO(PDF), AT, Allowance())
    assert forget_unsent(session, case.site.county, LATE) == 0
    end(session, case.dispatcher, campaign.id, AT + timedelta(days=20))
    assert forget_unsent(session, case.site.county, LATE) == 1
