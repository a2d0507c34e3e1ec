"""One warning for one condition: raised once, kept up to date, ended by itself; computed again to the last bit."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.access import visible
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.intake.clues import ClueKind, GivenClue, add_clues
from inspections.intake.tips import TipState
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteState
from inspections.reporting.documents.files import word_of
from inspections.targeting.snapshots import columns_of
from inspections.targeting.warnings import handling, setting
from inspections.targeting.warnings.detecting import detect, read_names
from inspections.targeting.warnings.detectors import Detector, in_force
from inspections.targeting.warnings.masking import masked
from inspections.targeting.warnings.material import Material
from inspections.targeting.warnings.raising import evidence_of, refresh
from inspections.targeting.warnings.sending import send
from inspections.targeting.warnings.warning_file import rates, read_warning_file
from inspections.targeting.warnings.warnings import VERSION, EarlyWarning, Severity, WarningState
from tests.factories import COUNTY, NOW, PLACE, make_finding, make_person, make_site, make_tip, make_township
from tests.word_files import what_is_wrong


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李专班")


def plant(session: Session, **values: Any) -> Any:
    """A closed site that a tip came for."""
    site = make_site(session, state=SiteState.CLOSED, closed_on=NOW.date() - timedelta(days=20), **values)
    tip = make_tip(session, site_id=site.id, township_id=site.township_id, received_at=NOW - timedelta(hours=5))
    return site, tip


def every(session: Session) -> list[EarlyWarning]:
    session.flush()
    return list(session.scalars(select(EarlyWarning).order_by(EarlyWarning.id)))


def test_a_condition_is_one_warning_however_often_it_is_looked_at(session: Session) -> None:
    plant(session)
    refresh(session, COUNTY, NOW)
    refresh(session, COUNTY, NOW + timedelta(minutes=1))
    [row] = every(session)
    assert row.detector is Detector.REOPENED
    assert (row.state, row.raised_at, row.last_signal_at) == (WarningState.NEW, NOW, NOW + timedelta(minutes=1))
    assert row.version == VERSION


def test_what_grows_worse_is_the_same_warning_with_a_nearer_due_time(session: Session) -> None:
    site, _ = plant(session)
    refresh(session, COUNTY, NOW)
    assert every(session)[0].severity is Severity.YELLOW
    make_finding(session, site, found_at=NOW - timedelta(hours=1))
    refresh(session, COUNTY, NOW + timedelta(minutes=1))
    [row] = every(session)
    assert row.severity is Severity.RED
    assert row.due_at == NOW + timedelta(minutes=1, days=1)
    verbs = session.scalars(select(Event.verb).where(Event.subject_id == row.id).order_by(Event.at)).all()
    assert verbs == ["raise", "worsen"]


def test_a_condition_that_is_over_ends_by_itself_and_is_still_there_to_read(
    session: Session, dispatcher: Person
) -> None:
    _, tip = plant(session)
    refresh(session, COUNTY, NOW)
    tip.state = TipState.UNFOUNDED
    refresh(session, COUNTY, NOW + timedelta(days=6))
    assert every(session)[0].ended_at is None
    refresh(session, COUNTY, NOW + timedelta(days=7))
    [row] = every(session)
    assert row.ended_at == NOW + timedelta(days=7)
    assert row.state is WarningState.NEW
    assert handling.waiting_warnings(session, dispatcher) == 0
    assert read_warning_file(session, dispatcher, row.id).history[0][0].verb == "end"


def test_after_it_was_over_the_same_condition_is_a_new_warning(session: Session) -> None:
    site, tip = plant(session)
    refresh(session, COUNTY, NOW)
    tip.state = TipState.UNFOUNDED
    refresh(session, COUNTY, NOW + timedelta(days=8))
    make_tip(session, site_id=site.id, received_at=NOW + timedelta(days=9))
    refresh(session, COUNTY, NOW + timedelta(days=10))
    first, second = every(session)
    assert first.key == second.key
    assert (first.ended_at is None, second.ended_at) == (False, None)


def test_a_false_alarm_is_not_told_again_while_the_condition_lasts(session: Session, dispatcher: Person) -> None:
    plant(session)
    refresh(session, COUNTY, NOW)
    [row] = every(session)
    handling.close(session, dispatcher, row.id, {"outcome": "false_alarm", "note": "查无此事"}, NOW)
    refresh(session, COUNTY, NOW + timedelta(days=1))
    [row] = every(session)
    assert row.state is WarningState.FALSE_ALARM
    assert rates(session, COUNTY)[Detector.REOPENED].n == 1


def test_a_warning_is_computed_again_from_what_was_kept(session: Session) -> None:
    plant(session)
    refresh(session, COUNTY, NOW)
    [row] = every(session)
    again = Material(columns_of(session, COUNTY, row.snapshot_id), NOW)
    [signal] = detect(again, in_force(session, COUNTY), read_names(session, COUNTY))
    assert evidence_of(signal) | {"clue": ""} == row.evidence


def test_a_county_without_data_has_no_warning(session: Session) -> None:
    refresh(session, COUNTY, NOW)
    assert every(session) == []


def test_a_shared_telephone_is_masked_in_the_evidence_and_kept_nowhere_else(session: Session) -> None:
    for n in range(3):
        site = make_site(session, name=f"小太阳{n}")
        add_clues(
            session, COUNTY, [GivenClue(kind=ClueKind.PHONE, text="13800001234")], site=site, at=NOW - timedelta(1)
        )
    refresh(session, COUNTY, NOW)
    [row] = every(session)
    assert row.evidence["clue"] == "138****1234"
    kept = columns_of(session, COUNTY, row.snapshot_id)
    told = f"{row.key}{row.title}{row.words}{row.evidence}{[list(each) for each in kept.values()]}"
    assert "13800001234" not in told


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (ClueKind.PHONE, "0793123456", "07********"),
        (ClueKind.TEACHER, "王", "王*"),
        (ClueKind.PAYMENT, "abc", "a**"),
        (ClueKind.WECHAT, "", ""),
    ],
)
def test_no_clue_is_shown_whole(kind: ClueKind, value: str, shown: str) -> None:
    assert masked(kind, value) == shown


def test_a_warning_goes_to_its_townships_office_else_to_the_bureau(session: Session) -> None:
    town = make_township(session)
    office = Department(county=COUNTY, name="陈营镇政府", kind=DepartmentKind.TOWNSHIP, township_id=town.id)
    bureau = Department(county=COUNTY, name="县教育局", kind=DepartmentKind.EDUCATION)
    session.add_all([office, bureau])
    session.flush()
    plant(session, township_id=town.id)
    plant(session, name="无镇街的点位")
    refresh(session, COUNTY, NOW)
    to = {(row.township_id, row.department_id) for row in every(session)}
    assert to == {(town.id, office.id), (None, bureau.id)}


def test_the_head_of_a_township_sees_its_own_and_what_is_addressed_to_the_person(
    session: Session, dispatcher: Person
) -> None:
    town = make_township(session)
    other = make_township(session, name="石镇镇", code=f"{COUNTY}101")
    plant(session, township_id=town.id)
    refresh(session, COUNTY, NOW)
    [row] = every(session)
    own = make_person(session, Role.TOWNSHIP_ADMIN, name="镇长", township_id=town.id)
    strange = make_person(session, Role.TOWNSHIP_ADMIN, name="别镇", township_id=other.id)
    nowhere = make_person(session, Role.TOWNSHIP_ADMIN, name="无镇")
    seen = {
        person.name: len(session.scalars(visible(person, EarlyWarning)).all())
        for person in (own, strange, nowhere)
    }
    assert seen == {"镇长": 1, "别镇": 0, "无镇": 0}
    with pytest.raises(NotFound):
        handling.acknowledge(session, strange, row.id)
    handling.pass_on(session, own, row.id, {"to": f"person:{nowhere.id}", "reason": "分管"})
    assert session.scalars(visible(nowhere, EarlyWarning)).one().id == row.id
    assert session.scalars(visible(own, EarlyWarning)).all() == []
    assert row.state is WarningState.NEW


def test_from_acknowledged_to_its_outcome_every_step_is_in_its_history(
    session: Session, dispatcher: Person
) -> None:
    plant(session)
    refresh(session, COUNTY, NOW)
    [row] = every(session)
    handling.acknowledge(session, dispatcher, row.id)
    handling.acknowledge(session, dispatcher, row.id)  # twice is as good as once
    handling.take_up(session, dispatcher, row.id, {"note": "当晚复查"})
    handling.close(session, dispatcher, row.id, {"outcome": "confirmed", "note": "确已复开"}, NOW)
    file = read_warning_file(session, dispatcher, row.id)
    assert [event.verb for event, _ in file.history][::-1] == ["raise", "acknowledge", "take_up", "close"]
    assert file.rate.interval[1] == 1.0
    with pytest.raises(Conflict):
        handling.take_up(session, dispatcher, row.id, {"note": "再来"})
    with pytest.raises(Conflict):
        handling.acknowledge(session, dispatcher, row.id)


def test_warnings_can_not_be_merged_in_a_circle(session: Session, dispatcher: Person) -> None:
    plant(session)
    plant(session, name="另一个")
    refresh(session, COUNTY, NOW)
    first, second = every(session)
    handling.merge(session, dispatcher, first.id, {"into": str(second.id), "note": "同一伙人"}, NOW)
    assert read_warning_file(session, dispatcher, second.id).merged == [first]
    for row, into in ((second, first), (second, second)):
        with pytest.raises(Invalid):
            handling.merge(session, dispatcher, row.id, {"into": str(into.id), "note": "转圈"}, NOW)
    with pytest.raises(Conflict):
        handling.merge(session, dispatcher, first.id, {"into": str(second.id), "note": "再来"}, NOW)


@pytest.mark.parametrize(
    ("act", "form"),
    [
        (handling.take_up, {"note": " "}),
        (handling.pass_on, {"to": "", "reason": "分管"}),
        (handling.pass_on, {"to": "township:nonsense", "reason": "分管"}),
        (handling.pass_on, {"to": "people:1", "reason": "分管"}),
    ],
)
def test_what_is_missing_is_named(session: Session, dispatcher: Person, act: Any, form: dict[str, str]) -> None:
    plant(session)
    refresh(session, COUNTY, NOW)
    with pytest.raises(Invalid):
        act(session, dispatcher, every(session)[0].id, form)


def test_who_may_not_handle_warnings_is_refused(session: Session) -> None:
    plant(session)
    refresh(session, COUNTY, NOW)
    with pytest.raises(Forbidden):
        handling.acknowledge(session, make_person(session, Role.AUDITOR), every(session)[0].id)


def test_a_notice_is_sent_once_and_its_words_stay_what_they_were(session: Session, dispatcher: Person) -> None:
    site, _ = plant(session)
    refresh(session, COUNTY, NOW)
    [row] = every(session)
    form = {"to": "各镇街", "text": "请立即核查<b>"}
    send(session, dispatcher, row.id, form, NOW)
    before = dict(row.content)
    make_finding(session, site, found_at=NOW - timedelta(hours=1))
    refresh(session, COUNTY, NOW + timedelta(minutes=1))
    assert row.content == before
    words, body = word_of(session, dispatcher, "warning", row.id)
    assert "预警通报" in words.name
    assert what_is_wrong(body) == []
    with ZipFile(BytesIO(body)) as packed:
        assert "请立即核查&lt;b&gt;" in packed.read("word/document.xml").decode()
    with pytest.raises(Conflict):
        send(session, dispatcher, row.id, form, NOW)


def test_thresholds_are_tried_on_the_past_year_and_kept_with_reason_and_result(
    session: Session, dispatcher: Person
) -> None:
    plant(session)
    form = {"least": "2", "days": "30"}
    tried = setting.trial(session, dispatcher, Detector.REOPENED, {"least": "1", "days": "30"}, NOW)
    assert tried.warned == 1
    with pytest.raises(Invalid) as wrong:
        setting.set_thresholds(session, dispatcher, Detector.REOPENED, form, NOW)
    assert set(wrong.value.fields) == {"reason"}
    row = setting.set_thresholds(
        session, dispatcher, Detector.REOPENED, form | {"reason": "太多", "is_on": "1"}, NOW
    )
    assert row.trial["warned"] == 0
    assert in_force(session, COUNTY)[Detector.REOPENED].values["least"] == 2
    refresh(session, COUNTY, NOW)
    assert every(session) == []


@pytest.mark.parametrize("given", ["", "abc", "nan", "0", "1.5", "101", "inf"])
def test_a_threshold_that_is_no_number_in_its_range_is_named(
    session: Session, dispatcher: Person, given: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        setting.trial(session, dispatcher, Detector.REOPENED, {"least": given, "days": "30"}, NOW)
    assert set(wrong.value.fields) == {"least"}


def test_a_detector_that_is_off_says_nothing(session: Session, dispatcher: Person) -> None:
    plant(session)
    form = {"least": "1", "days": "30", "reason": "暂停"}
    setting.set_thresholds(session, dispatcher, Detector.REOPENED, form, NOW)
    refresh(session, COUNTY, NOW)
    assert every(session) == []


def test_records_of_another_township_are_counted_and_not_shown(session: Session, dispatcher: Person) -> None:
    town = make_township(session)
    plant(session, place=PLACE, township_id=town.id)
    refresh(session, COUNTY, NOW)
    [row] = every(session)
    nowhere = make_person(session, Role.TOWNSHIP_ADMIN, name="无镇")
    handling.pass_on(session, dispatcher, row.id, {"to": f"person:{nowhere.id}", "reason": "看看"})
    file = read_warning_file(session, nowhere, row.id)
    assert (file.sites, file.records, file.hidden) == ([], [], 1)
