from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from inspections.casework.approvals import ApprovalKind
from inspections.casework.approving import ask, grant
from inspections.casework.closing import reopen
from inspections.casework.confirming import reject
from inspections.casework.findings import FindingState
from inspections.casework.handing_over import hand_over
from inspections.casework.penalising import change_penalty, note_penalty
from inspections.casework.rechecks import RecheckOutcome
from inspections.casework.steps import Origin, Step, StepKind, StepState
from inspections.casework.taking import begin, prepare, record, sign
from inspections.casework.timeline import Actor, EntryKind, timeline
from inspections.field.checks import Check
from tests.casefile import make_photo
from tests.factories import COUNTY
from tests.inspections.casework.test_measures import FINE, HANDED
from tests.inspections.casework.test_taking import INTERVIEW, RECORD
from tests.orders import AT, LATER, TODAY, Case

Kind = EntryKind
HELD = datetime(2026, 12, 18, 3, 0, tzinfo=UTC)


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session)
    case.findings[0].confirmed_at, case.findings[0].confirmed_by_id = AT - timedelta(hours=3), case.dispatcher.id
    return case


def told(case: Case) -> list[tuple[EntryKind, str, str]]:
    entries = timeline(case.session, case.dispatcher, case.findings[0])
    assert entries == sorted(entries, key=lambda entry: entry.at)
    return [(entry.kind, str(entry.title), entry.who) for entry in entries]


def test_a_case_is_told_from_the_check_to_its_reopening(session: Session, case: Case) -> None:
    order = case.served()
    order.created_at = AT - timedelta(hours=1)
    approval = ask(session, case.dispatcher, case.findings[0].id, ApprovalKind.EXTENSION,
                   {"reason": "核对退费", "days": "5"}, AT + timedelta(days=1), TODAY)  # fmt: skip
    grant(session, case.director, approval.id, "同意一次", AT + timedelta(days=2))
    case.struck_off()
    reopen(
        session,
        case.dispatcher,
        case.findings[0].id,
        "群众再次举报",
        LATER + timedelta(days=9),
        date(2026, 12, 12),
    )
    assert told(case) == [
        (Kind.FOUND, "明察暗访发现问题", "张敏、何静"),
        (Kind.CONFIRMED, "确认问题属实", "李调度"),
        (Kind.DRAFTED, "整改通知书拟稿", "李调度"),
        (Kind.ISSUED, "整改通知书 万教整改〔2026〕1号 签发", "周组长"),
        (Kind.SERVED, "万教整改〔2026〕1号 送达", "李调度"),
        (Kind.ASKED, "申请延期", "李调度"),
        (Kind.DECIDED, "延期：同意", "周组长"),
        (Kind.RECHECKED, "复查：已整改到位", "张敏、何静"),
        (Kind.CLOSED, "销号", "李调度"),
        (Kind.REOPENED, "重新打开", "李调度"),
    ]


def test_what_the_clock_did_and_what_a_person_decided_stay_plain(session: Session, case: Case) -> None:
    step = {
        "county": COUNTY,
        "finding_id": case.findings[0].id,
        "due_on": TODAY,
        "deadline": TODAY,
        "proposed_at": AT,
    }
    session.add_all([
        Step(**step, kind=StepKind.REMINDER, origin=Origin.CLOCK, state=StepState.DONE, decided_at=AT),
        Step(**step, kind=StepKind.INTERVIEW, origin=Origin.CLOCK, state=StepState.SKIPPED, reason="已停业",
             decided_at=LATER, decided_by_id=case.director.id),
    ])  # fmt: skip
    session.flush()
    steps = [each for each in timeline(session, case.dispatcher, case.findings[0]) if each.kind is Kind.STEP]
    assert [(str(each.title), each.actor, each.who) for each in steps] == [
        ("催办", Actor.CLOCK, ""), ("约谈", Actor.CLOCK, ""), ("约谈：不办", Actor.PERSON, "周组长"),
    ]  # fmt: skip
    assert steps[2].text == "已停业"


def test_photos_stand_with_their_checks_and_pairs_side_by_side(session: Session, case: Case) -> None:
    before = make_photo(session, case.check, 0)
    recheck = case.recheck(photos=0, outcome=RecheckOutcome.PARTLY)
    check = session.get_one(Check, (COUNTY, recheck.check_id))
    after = make_photo(session, check, 0, finding_id=case.findings[0].id, before_id=before.id)
    entries = timeline(session, case.dispatcher, case.findings[0])
    assert entries[0].photos == [before]
    assert [(pair.before, pair.after) for pair in entries[-1].pairs] == [(before, after)]
    assert entries[-1].subject == ("checks", check.id)


def test_penalties_and_hand_overs_are_told_with_each_change_of_them(session: Session, case: Case) -> None:
    about = {"finding_id": str(case.findings[0].id)}
    first = note_penalty(session, case.dispatcher, case.site.id, FINE | about, LATER, LATER.date())
    paid = FINE | {"state": "carried_out", "carried_out_on": "2026-12-03", "reason": "已缴清", "version": "1"}
    change_penalty(session, case.dispatcher, first.id, paid, LATER + timedelta(hours=1), LATER.date())
    sent = hand_over(session, case.dispatcher, case.site.id, HANDED | about, LATER + timedelta(hours=2),
                     LATER.date())  # fmt: skip
    entries = timeline(session, case.director, case.findings[0])[-3:]
    assert [(each.kind, str(each.title), each.who, each.text, each.is_open) for each in entries] == [
        (Kind.PENALTY, "罚款：已决定待执行", "李调度", "", False),
        (Kind.PENALTY, "罚款：已执行", "李调度", "已缴清", False),
        (Kind.PENALTY, "移送万年县市监局：已移送待回复", "李调度", "无证无照收费办班", True),
    ]
    assert [each.subject for each in entries] == [("penalties", first.id)] * 2 + [("handovers", sent.root_id)]


def test_an_interview_is_told_when_it_was_called_and_when_it_was_held(session: Session, case: Case) -> None:
    case.served()
    step = begin(session, case.dispatcher, case.findings[0].id, StepKind.INTERVIEW, AT, TODAY)
    prepare(session, case.dispatcher, step.id, INTERVIEW, AT)
    sign(session, case.director, step.id, AT, TODAY)
    record(session, case.dispatcher, step.id, RECORD, HELD)
    told = timeline(session, case.director, case.findings[0])
    # The draft of the order bears the database's own moment, wherever that falls
    lines = [(each.actor, str(each.title)) for each in told if each.kind is Kind.STEP]
    assert lines == [
        (Actor.PERSON, "约谈"),
        (Actor.PERSON, f"约谈通知书 {step.number_text} 签发"),
        (Actor.PERSON, "约谈：已办"),
    ]


def test_what_waits_for_somebody_is_marked(session: Session, case: Case) -> None:
    ask(session, case.dispatcher, case.findings[0].id, ApprovalKind.SUSPENSION, {"reason": "诉讼"}, AT, TODAY)
    assert [str(each.title) for each in timeline(session, case.director, case.findings[0]) if each.is_open] == [
        "申请中止"
    ]


def test_a_rejection_is_told_with_its_reason(session: Session, case: Case) -> None:
    finding = case.find("拍错了地方", state=FindingState.PROPOSED)
    reject(session, case.dispatcher, finding.id, "照片是隔壁的")
    last = timeline(session, case.dispatcher, finding)[-1]
    assert (last.kind, last.who, last.text) == (Kind.REJECTED, "李调度", "照片是隔壁的")
