from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.attaching import Allowance, Place, attach
from inspections.casework.findings import Finding
from inspections.casework.invitations import LinkEnded, enter_by_link
from inspections.casework.proofs import Proof
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.field.checks import Verdict
from inspections.listing import Question, read
from inspections.listing.self_checks import SELF_CHECKS
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.selfcheck.answering import own_self_check, own_self_checks, read_sheet, save, submit
from inspections.selfcheck.campaigns import SelfCheck, SelfCheckCampaign, SelfCheckState
from inspections.selfcheck.comparing import compare_check, compare_site, differences_of
from inspections.selfcheck.progress import by_township, list_campaigns, sites_of
from inspections.selfcheck.sending import (
    PICKED,
    end,
    find_sites,
    links_for,
    remind,
    reminders_of,
    send,
    warning_of,
)
from tests.answers import KEYS, PDF, store_in
from tests.casefile import make_answer, make_check
from tests.factories import make_person, make_site
from tests.orders import AT, TODAY

FORM = {
    "title": "秋季学期开学自查", "checklist": "zd-25", "opens_on": "2026-11-23", "closes_on": "2026-12-04",
    "letter": "请对照清单逐项自查。", "contact": "李调度", "telephone": "0793-1234567", "township_id": "",
}  # fmt: skip


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李调度")


@pytest.fixture
def school(session: Session) -> Site:
    return make_site(
        session, name="幸福小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, state="licensed"
    )


@pytest.fixture
def campaign(session: Session, dispatcher: Person, school: Site) -> SelfCheckCampaign:
    return send(session, dispatcher, FORM, ["school"], AT, TODAY)


@pytest.fixture
def head(session: Session, school: Site) -> Person:
    return make_person(session, Role.SCHOOL_USER, name="刘校长", site_id=school.id)


@pytest.fixture
def check(session: Session, campaign: SelfCheckCampaign) -> SelfCheck:
    return session.scalars(select(SelfCheck)).one()


def answers(session: Session, check: SelfCheck, **values: str) -> dict[str, str]:
    codes = [item.code for item in read_sheet(session, check, AT).items]
    form = {f"verdict-{code}": "compliant" for code in codes} | {"name": "刘校长", "telephone": "13907931234"}
    return form | values


def test_a_campaign_goes_to_the_sites_that_were_chosen(session: Session, dispatcher, school: Site) -> None:
    make_site(session, name="培训中心", kind=SiteKind.INSTITUTION, category=SiteCategory.ARTS)
    make_site(session, name="关了的小学", kind=SiteKind.SCHOOL, category="primary", state=SiteState.CLOSED)
    make_site(session, name="疑似点")
    campaign = send(session, dispatcher, FORM, ["school"], AT, TODAY)
    assert [row.site.name for row in sites_of(session, campaign, unanswered=True)] == ["幸福小学"]
    both = send(session, dispatcher, FORM | {"title": "再查"}, ["school", "institution"], AT, TODAY)
    assert {row.site.name for row in sites_of(session, both, unanswered=False)} == {"幸福小学", "培训中心"}
    assert [(row.campaign.title, row.sent, row.answered) for row in list_campaigns(session, dispatcher)] == [
        ("再查", 2, 0), ("秋季学期开学自查", 1, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"title": " "}, "title", "请填写这一项"),
        ({"letter": "信" * 2001}, "letter", "最多 2000 字，现在 2001 字"),
        ({"checklist": "none"}, "checklist", "请选择一份已发布的清单"),
        ({"closes_on": "2026-11-22"}, "closes_on", "截止日不能早于开始日和今天"),
        ({"closes_on": "soon"}, "closes_on", "请填写日期"),
        ({"township_id": "x"}, "township_id", "请从名单里选择"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_by_field(session, dispatcher, school, change, field, said) -> None:
    with pytest.raises(Invalid) as refused:
        send(session, dispatcher, FORM | change, ["school"], AT, TODAY)
    assert said in str(refused.value.fields[field])


def test_a_campaign_without_sites_is_refused(session: Session, dispatcher: Person) -> None:
    for kinds in ([], ["suspected"], ["school"]):
        with pytest.raises(Invalid) as refused:
            send(session, dispatcher, FORM, kinds, AT, TODAY)
        assert "kinds" in refused.value.fields


def test_a_closing_date_on_which_nobody_works_is_warned_of(session: Session, dispatcher: Person) -> None:
    assert "2026-12-05 是周末" in str(warning_of(session, dispatcher, date(2026, 12, 5)))
    assert warning_of(session, dispatcher, date(2026, 12, 4)) is None


def test_a_head_keeps_a_draft_and_submits_for_good(session: Session, campaign, check, head: Person) -> None:
    assert [(each.id, one.title) for each, one in own_self_checks(session, head)] == [(check.id, FORM["title"])]
    code = read_sheet(session, check, AT).items[0].code
    save(session, head, check, {f"verdict-{code}": "not_compliant", "name": "刘"}, AT)
    assert (check.state, read_sheet(session, check, AT).answers[code].verdict) == (
        SelfCheckState.DRAFT, Verdict.NOT_COMPLIANT,
    )  # fmt: skip
    with pytest.raises(Invalid, match="请写明情况和打算怎么改"):
        submit(session, head, check, answers(session, check, **{f"verdict-{code}": "not_compliant"}), AT)
    submit(session, head, check, answers(session, check), AT)
    assert (check.state, check.person_id) == (SelfCheckState.SUBMITTED, head.id)
    with pytest.raises(Conflict, match="2026-11-23 已提交，不能再改"):
        submit(session, head, check, answers(session, check, name="别人"), AT)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("update self_checks set name = 'x'"))
    assert session.execute(text("delete from self_check_answers")).rowcount == 0  # type: ignore[attr-defined]
    assert session.scalars(select(Finding)).all() == []  # a claim is no finding


def test_each_item_has_to_be_answered(session: Session, campaign, check, head: Person) -> None:
    with pytest.raises(Invalid) as refused:
        submit(session, head, check, {"verdict-zd-01": "unseen"}, AT)
    items = read_sheet(session, check, AT).items
    assert {f"verdict-{item.code}" for item in items} | {"name", "telephone"} == refused.value.fields.keys()
    with pytest.raises(Invalid, match="不属于这份自查"):
        submit(session, head, check, answers(session, check, **{"verdict-other": "compliant"}), AT)


def test_after_the_closing_date_it_is_late_and_after_the_end_too_late(session, dispatcher, campaign, check, head):
    other = send(session, dispatcher, FORM | {"title": "另一次"}, ["school"], AT, TODAY)
    second = session.scalars(select(SelfCheck).where(SelfCheck.campaign_id == other.id)).one()
    submit(session, head, check, answers(session, check), AT + timedelta(days=20))
    assert check.state is SelfCheckState.LATE
    end(session, dispatcher, other.id, AT)
    with pytest.raises(Conflict, match="已经结束，不再接收；有疑问请联系李调度"):
        submit(session, head, second, answers(session, second), AT)
    with pytest.raises(Conflict, match="已经结束"):
        end(session, dispatcher, other.id, AT)


def test_a_head_sees_the_own_site_alone(session: Session, campaign, check, head: Person) -> None:
    stranger = make_person(session, Role.SCHOOL_USER, site_id=make_site(session, name="别处").id)
    assert own_self_checks(session, stranger) == []
    with pytest.raises(NotFound):
        own_self_check(session, stranger, check.id)
    with pytest.raises(Forbidden):
        send(session, head, FORM, ["school"], AT, TODAY)


def test_a_link_answers_one_self_check_with_proof(session, dispatcher, campaign, check, tmp_path) -> None:
    tokens = links_for(session, dispatcher, campaign, KEYS, AT)
    assert links_for(session, dispatcher, campaign, KEYS, AT) == tokens
    guest, _, subject = enter_by_link(session, tokens[check.id], AT)
    assert subject is check
    place = Place(check, check.id, read_sheet(session, check, AT).items[0].code)
    attach(session, store_in(tmp_path), guest, place, "台账.pdf", BytesIO(PDF), AT, Allowance())
    wrong = Place(check, check.id, "other")
    with pytest.raises(Invalid, match="不属于这份文书"):
        attach(session, store_in(tmp_path), guest, wrong, "台账.pdf", BytesIO(PDF), AT, Allowance())
    submit(session, guest, check, answers(session, check), AT)
    assert (check.person_id, check.invitation_id) == (None, guest.id)
    assert session.scalars(select(Proof)).one().submitted_at == AT
    assert links_for(session, dispatcher, campaign, KEYS, AT) == {}
    with pytest.raises(LinkEnded, match="请联系李调度"):
        enter_by_link(session, tokens[check.id], AT + timedelta(days=400))


def test_claim_and_finding_stand_side_by_side(session, dispatcher, campaign, check, head, school) -> None:
    items = read_sheet(session, check, AT).items
    codes = [item.code for item in items[:3]]
    changed = {f"verdict-{codes[2]}": "not_compliant", f"note-{codes[2]}": "正在改"}
    submit(session, head, check, answers(session, check, **changed), AT)
    officer = make_person(session, Role.INSPECTOR)
    visit = make_check(session, school, officer, device_finished_at=AT + timedelta(days=3))
    visit.checklist_code, visit.checklist_version = campaign.checklist_code, campaign.checklist_version
    found = (Verdict.COMPLIANT, Verdict.NOT_COMPLIANT, Verdict.NOT_COMPLIANT)
    for code, verdict in zip(codes, found, strict=True):
        make_answer(session, visit, code, verdict, "看过")
    comparison = compare_check(session, dispatcher, visit)
    assert comparison
    seen = [(pair.code, pair.differs) for pair in comparison.pairs]
    assert seen == list(zip(codes, (False, True, False), strict=True))
    assert (comparison.differences, compare_site(session, dispatcher, school.id)) == (1, comparison)
    rows = {row.code: (row.looked_at, row.claimed_met, row.not_met) for row in differences_of(session, campaign)}
    assert rows == {codes[0]: (1, 1, 0), codes[1]: (1, 1, 1), codes[2]: (1, 0, 0)}
    early = make_check(session, school, officer, device_id="b", device_finished_at=AT - timedelta(days=3))
    early.checklist_code, early.checklist_version = campaign.checklist_code, campaign.checklist_version
    assert compare_check(session, dispatcher, early) is None


def test_progress_is_counted_by_township_and_state(session, dispatcher, campaign, check, head) -> None:
    assert [(row.township, row.total, row.answered) for row in by_township(session, campaign)] == [("", 1, 0)]
    submit(session, head, check, answers(session, check), AT)
    assert by_township(session, campaign)[0].counts == {SelfCheckState.SUBMITTED: 1}
    assert sites_of(session, campaign, unanswered=True) == []


def test_a_campaign_goes_to_the_sites_that_were_picked_by_hand(session: Session, dispatcher, school: Site) -> None:
    other = make_site(session, name="和平小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    club = make_site(session, name="舞蹈中心", kind=SiteKind.INSTITUTION, category=SiteCategory.ARTS)
    form = FORM | {"to": PICKED}
    campaign = send(session, dispatcher, form, ["school"], AT, TODAY, [str(other.id), str(club.id), str(club.id)])
    assert [row.site.name for row in sites_of(session, campaign, unanswered=True)] == ["和平小学", "舞蹈中心"]
    assert campaign.site_kinds == ["school", "institution"]


def test_what_cannot_be_picked_is_said(session: Session, dispatcher, school: Site) -> None:
    suspected = make_site(session, name="疑似点")
    closed = make_site(session, name="关了的", kind=SiteKind.SCHOOL, category="primary", state=SiteState.CLOSED)
    form = FORM | {"to": PICKED}
    for picked, said in (
        ([], "还没有选点位"),
        (["no-id"], "还没有选点位"),
        ([str(school.id), str(suspected.id), str(closed.id)], "有 2 个不能发"),
    ):
        with pytest.raises(Invalid) as caught:
            send(session, dispatcher, form, ["school"], AT, TODAY, picked)
        assert said in str(caught.value.fields["sites"])


def test_sites_to_pick_are_found_by_name_or_address(session: Session, dispatcher, school: Site) -> None:
    make_site(session, name="和平小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, address="幸福路 3 号")
    make_site(session, name="幸福托管", address="幸福路")
    assert [site.name for site in find_sites(session, dispatcher, "幸福")] == ["和平小学", "幸福小学"]
    assert [site.name for site in find_sites(session, dispatcher, "幸福 和平")] == ["和平小学"]
    assert find_sites(session, dispatcher, "100%_") == []


def test_the_sites_of_one_campaign_are_searched_filtered_and_paged(session, dispatcher, school, check) -> None:
    for n in range(60):
        make_site(session, name=f"第{n:02}小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    campaign = send(session, dispatcher, FORM | {"title": "又一次"}, ["school"], AT, TODAY)

    def asked(**given: str) -> list[str]:
        question = Question.of(SELF_CHECKS, {key: [value] for key, value in given.items()})
        return [row.site for row in read(session, dispatcher, SELF_CHECKS, question).rows]

    this = str(campaign.id)
    assert len(asked(campaign=this)) == 50
    assert len(asked(campaign=this, page="2")) == 11
    assert asked(campaign=this, q="第07") == ["第07小学"]
    assert asked(campaign=this, sort="-site")[0] == "第59小学"
    assert asked(campaign=this, state="submitted") == []
    assert len(asked(campaign=this, mark="unanswered", page="2")) == 11
    assert asked(campaign=str(check.campaign_id)) == ["幸福小学"]


def test_reminders_are_counted_and_end_with_the_campaign(session: Session, dispatcher, campaign) -> None:
    assert reminders_of(session, campaign) == (0, None)
    remind(session, dispatcher, campaign, 3)
    remind(session, dispatcher, campaign, 0)
    session.flush()
    assert reminders_of(session, campaign)[0] == 1
    end(session, dispatcher, campaign.id, AT)
    with pytest.raises(Conflict):
        remind(session, dispatcher, campaign, 3)
