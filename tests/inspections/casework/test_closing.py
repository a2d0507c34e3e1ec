from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.closing import close, reopen, returned
from inspections.casework.closures import Closure, standing_closure
from inspections.casework.findings import FindingState
from inspections.casework.issuing import withdraw
from inspections.casework.rechecks import RecheckOutcome
from inspections.casework.serving import serve
from inspections.db import error_from, scope
from inspections.errors import Conflict, Forbidden, InspectionError, Invalid, NotFound
from inspections.events import Event
from inspections.field.checks import CheckConflict, CheckKind, CheckState, Standing
from inspections.field.photos import PhotoPurpose, PhotoState
from inspections.registry.people import Person, Role
from tests.casefile import FINISHED, RECHECKED, make_photo
from tests.factories import COUNTY, make_person
from tests.orders import AT, LATER, Case

FIXED, PARTLY, NOT_FIXED = RecheckOutcome.FIXED, RecheckOutcome.PARTLY, RecheckOutcome.NOT_FIXED
DAY = timedelta(days=1)


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def refusal(case: Case, now: datetime = LATER) -> str:
    with pytest.raises(Conflict) as refused:
        close(case.session, case.dispatcher, case.findings[0].id, now)
    assert standing_closure(case.session, case.findings[0]) is None
    return str(refused.value.message)


def tied(session: Session) -> None:
    """What the database asks of findings and closures at the end of a transaction, asked now."""
    session.flush()
    session.execute(text("set constraints all immediate"))
    session.execute(text("set constraints all deferred"))


def test_a_recheck_with_a_photo_strikes_a_served_finding_off(session: Session, case: Case) -> None:
    case.served()
    closure = case.struck_off()
    finding = case.findings[0]
    assert (finding.state, finding.struck_off_at) == (FindingState.STRUCK_OFF, LATER)
    assert (closure.closed_by_id, closure.closed_at) == (case.dispatcher.id, LATER)
    assert standing_closure(session, finding) is closure
    assert case.findings[1].state is FindingState.RECTIFYING
    tied(session)
    verbs = session.scalars(select(Event.verb).where(Event.subject_id == finding.id)).all()
    assert verbs == ["rectify", "strike_off"]


def test_a_finding_without_an_order_is_closed_by_a_recheck_after_its_confirmation(session, case) -> None:
    case.findings[0].confirmed_at = RECHECKED - DAY
    case.struck_off()
    tied(session)


def test_without_a_recheck_nothing_is_closed(case: Case) -> None:
    case.served()
    assert refusal(case) == "还不能销号：还没有复查，请派人到现场复查并拍照"


@pytest.mark.parametrize("outcome", [PARTLY, NOT_FIXED, RecheckOutcome.UNSEEN])
def test_a_recheck_that_does_not_say_fixed_closes_nothing(case: Case, outcome: RecheckOutcome) -> None:
    case.recheck(outcome=outcome)
    assert refusal(case) == f"还不能销号：最近一次复查的结论是“{outcome.label}”"


def test_the_last_recheck_counts_in_whichever_order_they_arrived(session: Session, case: Case) -> None:
    case.recheck(outcome=PARTLY, device_finished_at=RECHECKED + DAY)
    case.recheck(device_finished_at=RECHECKED)
    assert "部分整改" in refusal(case)
    case.recheck(device_finished_at=RECHECKED + 2 * DAY)
    close(session, case.dispatcher, case.findings[0].id, RECHECKED + 3 * DAY)


def test_a_recheck_before_service_or_confirmation_does_not_count(session: Session, case: Case) -> None:
    case.recheck(device_finished_at=FINISHED + DAY)
    case.findings[0].confirmed_at = FINISHED + 2 * DAY
    assert (
        refusal(case) == "还不能销号：最近一次复查在 2026-11-21，早于 2026-11-22（确认或重新打开），请再复查一次"
    )
    case.served()
    assert "早于 2026-11-23（文书送达或重新打开）" in refusal(case)
    case.recheck(device_finished_at=AT)  # on the day of service
    close(session, case.dispatcher, case.findings[0].id, LATER)


@pytest.mark.parametrize(
    ("photos", "state", "said"),
    [
        (0, PhotoState.RECEIVED, "复查没有拍这个问题的照片"),
        (2, PhotoState.EXPECTED, "复查的照片还没有传到（2 张）"),
        (1, PhotoState.DAMAGED, "复查的照片打不开或不完整，请重拍"),
        (1, PhotoState.REFUSED, "复查的照片打不开或不完整，请重拍"),
    ],
)
def test_a_recheck_needs_a_photo_of_this_finding_that_is_here(case, photos: int, state, said: str) -> None:
    case.recheck(photos=photos, photo_state=state)
    assert refusal(case) == f"还不能销号：{said}"


def test_a_photo_of_another_finding_a_signature_and_a_spoken_note_show_nothing(session, case) -> None:
    recheck = case.recheck(photos=0)
    check = case.session.get_one(type(case.check), (COUNTY, recheck.check_id))
    make_photo(session, check, 1, finding_id=case.findings[1].id)
    make_photo(session, check, 2)
    make_photo(session, check, 3, finding_id=case.findings[0].id, purpose=PhotoPurpose.SIGNATURE)
    make_photo(session, check, 4, finding_id=case.findings[0].id, media_type="audio/webm")
    assert refusal(case) == "还不能销号：复查没有拍这个问题的照片"


def test_what_an_inspection_found_is_rechecked_by_two_certified_officers(session: Session, case: Case) -> None:
    lead = {"standing": Standing.LEAD}
    case.recheck(**lead, second_person_id=None, second_certificate_number=None)
    assert refusal(case) == "还不能销号：问题来自行政检查，复查须由两名持证人员进行，缺第二名执法人员"
    case.recheck(**lead, second_certificate_number=None, device_finished_at=RECHECKED + DAY)
    assert refusal(case) == "还不能销号：何静复查时没有在有效期内的执法证件"
    case.recheck(**lead, certificates_shown_at=None, device_finished_at=RECHECKED + 2 * DAY)
    assert refusal(case) == "还不能销号：复查没有出示执法证件的记录"
    case.recheck(**lead, device_finished_at=RECHECKED + 3 * DAY)
    assert refusal(case) == "还不能销号：复查没有任务，按巡查线索收下，不是行政检查"


def test_what_an_outside_observation_found_may_be_closed_by_one(session: Session, case: Case) -> None:
    case.check.standing = Standing.LEAD
    case.struck_off(standing=Standing.LEAD, second_person_id=None, certificate_number=None)


def test_every_missing_piece_is_named_at_once(case: Case) -> None:
    case.recheck(outcome=PARTLY, photos=0, state=CheckState.INCOMPLETE, kind=CheckKind.SELF)
    assert refusal(case) == (
        "还不能销号：最近一次复查的结论是“部分整改”、复查没有拍这个问题的照片、复查记录的文件还没有传齐、自查不能代替复查"
    )


def test_two_records_of_a_recheck_are_settled_first(session: Session, case: Case) -> None:
    recheck = case.recheck()
    session.add(
        CheckConflict(county=COUNTY, check_id=recheck.check_id, person_id=case.officers[0].id, record=b"{}",
                      record_sha256="1" * 64, received_at=LATER)
    )  # fmt: skip
    session.flush()
    assert refusal(case) == "还不能销号：复查收到两份不同的记录，请先决定以哪一份为准"


@pytest.mark.parametrize("state", [FindingState.PROPOSED, FindingState.REJECTED])
def test_only_what_stands_is_closed(case: Case, state: FindingState) -> None:
    case.findings[0].state = state
    case.recheck()
    assert refusal(case) == f"这个问题现在是“{state.label}”，不能销号"


def test_nothing_is_closed_twice(session: Session, case: Case) -> None:
    case.struck_off()
    with pytest.raises(Conflict, match="已经销号，没有重复销号"):
        close(session, case.dispatcher, case.findings[0].id, LATER)


def test_a_closed_finding_is_taken_up_again_with_a_reason_and_its_closure_stays(session, case) -> None:
    case.served()
    closure = case.struck_off()
    finding = case.findings[0]
    for reason in ("", " ", "长" * 501):
        with pytest.raises(Invalid, match="请写明重新打开的原因"):
            reopen(session, case.dispatcher, finding.id, reason, LATER, date(2026, 12, 3))
    reopen(session, case.dispatcher, finding.id, "群众再次举报", LATER + DAY, date(2026, 12, 4), "3")
    assert (finding.state, finding.struck_off_at) == (FindingState.RECTIFYING, None)
    assert finding.due_on == date(2026, 12, 9)
    assert (closure.reopened_reason, closure.reopened_check_id) == ("群众再次举报", None)
    assert (closure.closed_at, standing_closure(session, finding)) == (LATER, None)
    tied(session)
    assert refusal(case, LATER + 2 * DAY) == (
        "还不能销号：最近一次复查在 2026-12-02，早于 2026-12-04（文书送达或重新打开），请再复查一次"
    )
    case.struck_off(now=LATER + 4 * DAY, device_finished_at=LATER + 3 * DAY)
    assert len(session.scalars(select(Closure).where(Closure.finding_id == finding.id)).all()) == 2
    tied(session)


def test_a_finding_that_no_order_names_any_more_waits_for_another_when_reopened(session, case) -> None:
    order = case.served()
    case.struck_off()
    withdraw(session, case.director, order.id, "写错了对象", LATER)
    reopen(session, case.dispatcher, case.findings[0].id, "又开班了", LATER + DAY, date(2026, 12, 4))
    assert case.findings[0].state is FindingState.CONFIRMED


def test_a_recheck_that_finds_the_trouble_back_proposes_to_reopen(session: Session, case: Case) -> None:
    closure = case.struck_off()
    finding = case.findings[0]
    assert returned(session, finding) is None
    case.recheck(outcome=NOT_FIXED, device_finished_at=RECHECKED - DAY)  # an older one that arrives late
    assert returned(session, finding) is None
    again = case.recheck(outcome=NOT_FIXED, device_finished_at=RECHECKED + 30 * DAY)
    assert returned(session, finding) is again
    reopen(session, case.director, finding.id, "复查发现又在授课", RECHECKED + 31 * DAY, date(2027, 1, 2))
    assert closure.reopened_check_id == again.check_id
    assert returned(session, finding) is None


def test_only_what_is_closed_is_reopened(session: Session, case: Case) -> None:
    with pytest.raises(Conflict, match="现在是“已确认”，不用重新打开"):
        reopen(session, case.dispatcher, case.findings[0].id, "原因", LATER, date(2026, 12, 3))


def test_each_does_what_the_role_may_with_the_own_countys_findings(session: Session, case: Case) -> None:
    case.recheck()
    for stranger in (case.officers[0], make_person(session, Role.AUDITOR)):
        with pytest.raises(Forbidden):
            close(session, stranger, case.findings[0].id, LATER)
        with pytest.raises(Forbidden):
            reopen(session, stranger, case.findings[0].id, "原因", LATER, date(2026, 12, 3))
    scope(session, "421303")
    other = Case(session, county="421303")
    scope(session, COUNTY)
    with pytest.raises(NotFound):
        close(session, case.dispatcher, other.findings[0].id, LATER)


def changed(session: Session, statement: str) -> None:
    with session.begin_nested():
        session.execute(text(statement))
        tied(session)


def closed_by(case: Case, finding_id: UUID, recheck_id: UUID) -> None:
    """A closure written past the command."""
    with case.session.begin_nested():
        by = {"closed_by_id": case.dispatcher.id, "closed_at": LATER}
        case.session.add(Closure(county=COUNTY, finding_id=finding_id, recheck_id=recheck_id, **by))


def test_the_database_itself_refuses_a_state_without_a_closure(session: Session, case: Case) -> None:
    with pytest.raises(DBAPIError, match="its closures disagree"):
        changed(session, "update findings set state = 'struck_off'")
    case.struck_off()
    for assigned in ("closed_at = now()", "note = 'x'", "closed_by_id = null", "recheck_id = gen_random_uuid()"):
        with pytest.raises(DBAPIError) as refused:
            changed(session, f"update closures set {assigned}")
        assert isinstance(error_from(refused.value), InspectionError)
    with pytest.raises(DBAPIError, match="its closures disagree"):
        changed(session, "update findings set state = 'confirmed'")
    with pytest.raises(DBAPIError, match="permission denied"):
        changed(session, "delete from closures")


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": PARTLY},
        {"photos": 0},
        {"photo_state": PhotoState.EXPECTED},
        {"state": CheckState.INCOMPLETE},
        {"kind": CheckKind.SELF},
    ],
)
def test_the_database_itself_refuses_a_closure_without_evidence(case: Case, values) -> None:
    recheck = case.recheck(**values)
    with pytest.raises(DBAPIError, match="lacks evidence"):
        closed_by(case, recheck.finding_id, recheck.id)


def test_a_recheck_of_one_finding_closes_no_other(case: Case) -> None:
    recheck = case.recheck(case.findings[1])
    assert "还没有复查" in refusal(case)
    with pytest.raises(DBAPIError, match="lacks evidence"):
        closed_by(case, case.findings[0].id, recheck.id)


@pytest.fixture
def ready(app_engine: Engine, owner_engine: Engine) -> Iterator[tuple[UUID, UUID]]:
    """A dispatcher and a finding that can be closed, really in the database."""
    with Session(app_engine) as session:
        scope(session, COUNTY)
        case = Case(session)
        case.recheck()
        session.commit()
        yield case.dispatcher.id, case.findings[0].id
    with owner_engine.begin() as connection:
        connection.execute(text("delete from closures"))
        connection.execute(text("update findings set state = 'confirmed'"))


def test_two_who_close_at_once_make_one_closure(app_engine: Engine, ready) -> None:
    def one(_: int) -> str:
        with Session(app_engine) as session:
            scope(session, COUNTY)
            try:
                close(session, session.get_one(Person, (COUNTY, ready[0])), ready[1], LATER)
                session.commit()
            except Conflict as error:
                return str(error.message)
            return "closed"

    with ThreadPoolExecutor(6) as pool:
        said = sorted(pool.map(one, range(6)))
    assert said == ["closed", *["这个问题已经销号，没有重复销号"] * 5]


def test_a_transaction_that_only_says_struck_off_is_not_committed(app_engine: Engine, ready) -> None:
    with Session(app_engine) as session:
        scope(session, COUNTY)
        session.execute(text("update findings set state = 'struck_off'"))
        with pytest.raises(DBAPIError, match="its closures disagree"):
            session.commit()


WORDS = ("fixed", "partly", "bare", "late photo", "early", "close", "reopen", "serve", "withdraw")


class Story:
    """A case on which one thing after another is done, a day apart, whatever is refused."""

    def __init__(self, session: Session):
        self.case, self.session = Case(session, findings=1), session
        self.finding, self.now, self.order = self.case.findings[0], RECHECKED, self.case.issued()
        self.told: list[str] = []

    def tell(self, word: str) -> None:
        self.now += DAY
        try:
            self._do(word)
        except (Conflict, Invalid):
            return
        self.told.append(word)

    def _do(self, word: str) -> None:
        case, today = self.case, self.now.date()
        match word:
            case "close":
                close(self.session, case.dispatcher, self.finding.id, self.now)
            case "reopen":
                reopen(self.session, case.dispatcher, self.finding.id, "又开班了", self.now, today)
            case "serve":
                form = case.service(served_on=today.isoformat())
                serve(self.session, case.dispatcher, self.order.id, form, self.now, today)
            case "withdraw":
                withdraw(self.session, case.director, self.order.id, "写错了", self.now)
            case _:
                outcome = PARTLY if word == "partly" else FIXED
                state = PhotoState.EXPECTED if word == "late photo" else PhotoState.RECEIVED
                at = FINISHED - DAY if word == "early" else self.now
                case.recheck(outcome=outcome, photos=word != "bare", photo_state=state, device_finished_at=at)


def is_proven(told: list[str]) -> bool:
    """By the list of what was done alone: the last re-check says fixed with a photo that is here, and came after
    whatever asked for one anew. A withdrawn order asks for nothing any more.
    """
    seen = [n for n, word in enumerate(told) if word in {"fixed", "partly", "bare", "late photo"}]
    asking = {"reopen"} if "withdraw" in told else {"reopen", "serve"}
    return (
        bool(seen)
        and told[seen[-1]] == "fixed"
        and all(n < seen[-1] for n, word in enumerate(told) if word in asking)
    )


@given(words=st.lists(st.sampled_from(WORDS), max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(words=["fixed", "close", "reopen", "close", "fixed", "close"])
@example(words=["fixed", "serve", "close", "fixed", "withdraw", "close"])
def test_no_sequence_of_commands_strikes_off_without_evidence(session: Session, words: list[str]) -> None:
    with session.begin_nested() as example_of_its_own:
        story = Story(session)
        for word in words:
            was, told = story.finding.state, [*story.told]
            story.tell(word)
            tied(session)
            if was is not FindingState.STRUCK_OFF:
                is_proven_close = word == "close" and is_proven(told)
                assert (story.finding.state is FindingState.STRUCK_OFF) == is_proven_close
        example_of_its_own.rollback()
