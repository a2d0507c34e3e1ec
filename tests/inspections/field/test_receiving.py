from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections.casework.findings import Finding, FindingState
from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.evidence.store import ContentMismatch
from inspections.field.checks import Answer, Check, CheckConflict, CheckKind, CheckState, Fence, Standing
from inspections.field.photos import Photo
from inspections.field.receiving import Received, receive_check
from inspections.field.tasks import Task, TaskState
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Certificate, Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.registry.zones import Zone
from tests.factories import COUNTY, NOW, PLACE, as_sent, make_person, make_record, make_site, photo_entry

SHOWN = (NOW - timedelta(minutes=29)).isoformat()


@pytest.fixture
def inspector(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, certificate="赣E001")


@pytest.fixture
def partner(session: Session) -> Person:
    return make_person(session, Role.ENFORCER, name="王强", certificate="赣E002")


@pytest.fixture
def site(session: Session) -> Site:
    return make_site(session)


def send(session: Session, person: Person, record: dict[str, Any]) -> Received:
    outcome = receive_check(session, person, *as_sent(record), NOW)
    assert isinstance(outcome, Received)
    return outcome


def check_of(session: Session, record: dict[str, Any]) -> Check:
    return session.scalars(select(Check).where(Check.id == record["id"])).one()


def make_task(session: Session, site: Site, assignee: Person, **values: Any) -> Task:
    defaults = {"kind": CheckKind.TIP, "state": TaskState.OPEN, "due_on": date(2026, 11, 25)}
    task = Task(county=COUNTY, site_id=site.id, assignee_id=assignee.id, **(defaults | values))
    session.add(task)
    session.flush()
    return task


def test_a_check_is_kept_as_it_was_sent(session: Session, inspector: Person, site: Site) -> None:
    record = make_record(site.id)
    content, sha256 = as_sent(record)
    receipt = send(session, inspector, record).receipt
    check = check_of(session, record)
    assert check.record == content
    assert check.record_sha256 == receipt.record_sha256 == sha256
    assert (check.device_started_at, check.device_finished_at) == (NOW - timedelta(minutes=30), NOW)
    assert (check.clock_offset_ms, check.received_at, check.facts) == (120, NOW, {"pupils_present": 12})
    assert (check.location_grade, check.fence, check.flags) == ("A", Fence.INSIDE, [])
    [event] = session.scalars(select(Event).where(Event.subject_id == check.id))
    assert (event.verb, event.detail["record_sha256"]) == ("submit", sha256)


def test_a_check_without_files_is_received_at_once(session: Session, inspector: Person, site: Site) -> None:
    receipt = send(session, inspector, make_record(site.id)).receipt
    assert (receipt.state, receipt.completed_at) == (CheckState.RECEIVED, NOW)


def test_a_check_is_incomplete_until_its_manifest_is_met(session: Session, inspector, site) -> None:
    file = photo_entry(b"bytes")
    receipt = send(session, inspector, make_record(site.id, files=[file])).receipt
    assert (receipt.state, receipt.missing, receipt.received) == (CheckState.INCOMPLETE, [file["sha256"]], [])


def test_the_same_bytes_again_give_the_same_receipt(session: Session, inspector: Person, site: Site) -> None:
    record = make_record(site.id, files=[photo_entry(b"bytes")])
    first, again = send(session, inspector, record), send(session, inspector, record)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.receipt == again.receipt
    assert session.scalar(select(func.count()).select_from(Photo)) == 1


def test_other_bytes_under_the_same_id_are_kept_beside_the_first(session, inspector, site) -> None:
    record = make_record(site.id)
    send(session, inspector, record)
    content, sha256 = as_sent(record | {"summary": "改过"})
    for _ in range(2):
        assert isinstance(receive_check(session, inspector, content, sha256, NOW), Conflict)
    [kept] = session.scalars(select(CheckConflict))
    assert (kept.record, kept.record_sha256) == (content, sha256)
    assert check_of(session, record).summary == "正常"


def test_bytes_that_are_not_the_announced_ones_are_refused(session, inspector, site) -> None:
    content, _ = as_sent(make_record(site.id))
    with pytest.raises(ContentMismatch):
        receive_check(session, inspector, content, "0" * 64, NOW)


def test_a_site_that_the_person_may_not_see_is_not_found(session: Session, site: Site) -> None:
    admin = make_person(session, Role.TOWNSHIP_ADMIN)  # of no township, so of no site
    with pytest.raises(NotFound):
        receive_check(session, admin, *as_sent(make_record(site.id)), NOW)


def test_an_auditor_records_no_check(session: Session, site: Site) -> None:
    with pytest.raises(Forbidden):
        receive_check(session, make_person(session, Role.AUDITOR), *as_sent(make_record(site.id)), NOW)


def refused(session: Session, person: Person, record: dict[str, Any]) -> set[str]:
    with pytest.raises(Invalid) as caught:
        receive_check(session, person, *as_sent(record), NOW)
    return set(caught.value.fields)


def test_not_compliant_needs_a_note_and_a_photo_of_the_item(session, inspector, site) -> None:
    answers = [
        {"item": "zd-01", "verdict": "compliant"},
        {"item": "zd-17", "verdict": "not_compliant", "note": "　"},
    ]
    signature = photo_entry(b"s", item="zd-17", purpose="signature")
    record = make_record(site.id, answers=answers, files=[signature])
    assert refused(session, inspector, record) == {"answers.1.note", "answers.1.files"}
    assert session.scalar(select(func.count()).select_from(Check)) == 0


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"answers": [{"item": "zd-99", "verdict": "compliant"}]}, "answers.0.item"),
        ({"files": [photo_entry(b"x", item="zd-99")]}, "files.0.item"),
        ({"checklist": {"code": "zd-25", "version": 7}}, "checklist"),
        ({"checklist": None}, "answers.0.item"),
        ({"second_person_id": str(new_id())}, "second_person_id"),
        ({"answers": [{"item": "zd-01", "verdict": "unseen"}] * 2}, "answers.1.item"),
        ({"format": "mingcha-check/9"}, "format"),
        ({"finished_at": "2026-11-20T20:40:00"}, "finished_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
        ({"summary": "字" * 2001}, "summary"),
        ({"facts": {"pupils_present": {"deep": 1}}}, "facts.pupils_present"),
        ({"files": [photo_entry(b"x", sha256="../../etc/passwd")]}, "files.0.sha256"),
        ({"files": [photo_entry(b"x"), photo_entry(b"x", size=7)]}, "files.1.size"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(session, inspector, site, values, path: str) -> None:
    assert path in refused(session, inspector, make_record(site.id, **values))


def test_the_second_officer_is_another_person(session: Session, inspector: Person, site: Site) -> None:
    record = make_record(site.id, second_person_id=str(inspector.id))
    assert refused(session, inspector, record) == {"second_person_id"}


def test_a_photo_id_of_another_check_is_refused(session: Session, inspector: Person, site: Site) -> None:
    file = photo_entry(b"x")
    send(session, inspector, make_record(site.id, files=[file]))
    assert refused(session, inspector, make_record(site.id, files=[file])) == {"files.0.id"}


def test_empty_and_huge_files_are_refused_by_name_and_lose_no_record(session, inspector, site) -> None:
    files = [photo_entry(b""), photo_entry(b"x", size=30_000_000)]
    receipt = send(session, inspector, make_record(site.id, files=files)).receipt
    assert {str(file.message) for file in receipt.refused} == {
        "照片是空文件，请重拍",
        "照片文件太大，请调低相机的分辨率后重拍",
    }
    assert (receipt.state, receipt.missing) == (CheckState.RECEIVED, [])


def test_what_is_not_compliant_is_proposed_and_changes_nothing_else(session, inspector, site) -> None:
    answers = [{"item": "zd-17", "verdict": "not_compliant", "note": "21:10 仍在上课"}]
    record = make_record(site.id, answers=answers, files=[photo_entry(b"x", item="zd-17")])
    send(session, inspector, record)
    [finding] = session.scalars(select(Finding))
    assert (finding.state, finding.severity, finding.item_code) == (FindingState.PROPOSED, 2, "zd-17")
    assert finding.text.startswith("不得占用法定节假日")
    assert finding.text.endswith("21:10 仍在上课")
    assert session.get_one(Site, (COUNTY, site.id)).state is SiteState.REPORTED
    assert session.scalars(select(Answer.note)).all() == ["21:10 仍在上课"]


def test_two_certified_officers_who_were_sent_make_an_inspection(session, inspector, partner, site) -> None:
    task = make_task(session, site, partner)
    record = make_record(
        site.id, task_id=str(task.id), second_person_id=str(partner.id), certificates_shown_at=SHOWN
    )
    send(session, inspector, record)
    check = check_of(session, record)
    assert check.standing is Standing.INSPECTION
    assert (check.certificate_number, check.second_certificate_number) == ("赣E001", "赣E002")
    assert (task.state, task.check_id) == (TaskState.DONE, check.id)


@pytest.mark.parametrize("lacking", ["second", "shown", "task", "their task", "certificate", "self"])
def test_an_inspection_that_lacks_one_thing_is_a_lead(session, inspector, partner, site, lacking: str) -> None:
    stranger = make_person(session, Role.INSPECTOR, name="李四")
    task = make_task(session, site, stranger if lacking == "their task" else inspector)
    if lacking == "certificate":
        partner.certificates[0].valid_until = NOW.date() - timedelta(days=1)
    record = make_record(
        site.id,
        kind="self" if lacking == "self" else "tip",
        task_id=None if lacking == "task" else str(task.id),
        second_person_id=None if lacking == "second" else str(partner.id),
        certificates_shown_at=None if lacking == "shown" else SHOWN,
    )
    send(session, inspector, record)
    assert check_of(session, record).standing is Standing.LEAD


def test_a_grid_worker_makes_leads_even_with_a_certificate(session, partner, site) -> None:
    worker = make_person(session, Role.GRID_WORKER, certificate="赣E009")
    task = make_task(session, site, worker)
    record = make_record(
        site.id, task_id=str(task.id), second_person_id=str(partner.id), certificates_shown_at=SHOWN
    )
    send(session, worker, record)
    check = check_of(session, record)
    assert (check.standing, check.certificate_number) == (Standing.LEAD, None)


@pytest.mark.parametrize(
    ("values", "own_zone", "standing"),
    [
        ({}, True, Standing.INSPECTION),
        ({}, False, Standing.LEAD),
        ({"kind": "special"}, True, Standing.LEAD),
        ({"certificates_shown_at": None}, True, Standing.LEAD),
    ],
)
def test_an_inspector_makes_the_routine_visit_to_an_own_school_alone(
    session, inspector, partner, values, own_zone: bool, standing: Standing
) -> None:
    zone = Zone(county=COUNTY, name="一片区", inspector_id=(inspector if own_zone else partner).id)
    session.add(zone)
    session.flush()
    school = make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, zone_id=zone.id)
    record = make_record(school.id, **({"kind": "routine", "certificates_shown_at": SHOWN} | values))
    send(session, inspector, record)
    assert check_of(session, record).standing is standing


def test_the_certificate_is_that_of_the_day_in_china(session: Session, inspector: Person, site: Site) -> None:
    # 23:30 on the 19th in Beijing is still 15:30 UTC; the day after begins at 16:00 UTC
    inspector.certificates = [
        Certificate(county=COUNTY, number="旧", valid_until=date(2026, 11, 19)),
        Certificate(county=COUNTY, number="新", valid_from=date(2026, 11, 20)),
    ]
    numbers = []
    for sequence, moment in enumerate(["2026-11-19T15:59:00Z", "2026-11-19T16:01:00Z"]):
        record = make_record(site.id, finished_at=moment, started_at=moment, device=device(sequence, 0))
        send(session, inspector, record)
        numbers.append(check_of(session, record).certificate_number)
    assert numbers == ["旧", "新"]


def device(sequence: int, clock_offset_ms: int | None) -> dict[str, Any]:
    return {"id": "phone-1", "sequence": sequence, "clock_offset_ms": clock_offset_ms}


def test_a_wrong_clock_is_kept_and_flagged_and_put_right_by_its_offset(session, inspector, site) -> None:
    at_1970 = "1970-01-01T00:10:00+00:00"
    offset = int((NOW.timestamp() - 600) * 1000)
    answers = [{"item": "zd-17", "verdict": "not_compliant", "note": "是"}]
    record = make_record(
        site.id,
        started_at=at_1970,
        finished_at=at_1970,
        device=device(1, offset),
        answers=answers,
        files=[photo_entry(b"x", item="zd-17")],
    )
    send(session, inspector, record)
    check = check_of(session, record)
    assert check.device_finished_at.year == 1970
    assert "clock_skew" in check.flags
    assert session.scalars(select(Finding.found_at)).one() == NOW


def test_a_check_from_the_future_is_kept_and_flagged(session: Session, inspector: Person, site: Site) -> None:
    record = make_record(site.id, finished_at="2031-01-01T00:00:00Z", started_at="2031-01-02T00:00:00Z")
    send(session, inspector, record)
    assert {"clock_skew", "clock_jumped"} <= set(check_of(session, record).flags)


def fix(lon: Any, lat: Any, accuracy_m: Any = 8.0, minutes_ago: float = 1, **values: Any) -> dict[str, Any]:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return {"at": at, "lon": lon, "lat": lat, "accuracy_m": accuracy_m} | values


@pytest.mark.parametrize(
    ("fixes", "grade", "fence", "flag"),
    [
        ([], "D", Fence.CANNOT_TELL, "no_fix"),
        ([fix(0, 0)], "D", Fence.CANNOT_TELL, "no_fix"),
        ([fix("x", [1], {"a": 1})], "D", Fence.CANNOT_TELL, "no_fix"),
        ([fix(PLACE[1], PLACE[0])], "D", Fence.CANNOT_TELL, "swapped_fix"),
        ([fix(*PLACE, accuracy_m=5000)], "D", Fence.CANNOT_TELL, None),
        ([fix(*PLACE, accuracy_m=None)], "D", Fence.CANNOT_TELL, "unknown_accuracy"),
        ([fix(*PLACE, minutes_ago=600)], "D", Fence.CANNOT_TELL, "stale_fix"),
        ([fix(PLACE[0] + 0.1, PLACE[1])], "A", Fence.OUTSIDE, None),
        ([fix(PLACE[0] + 0.1, PLACE[1], 500), fix(*PLACE, accuracy_m=9, minutes_ago=25)], "A", Fence.INSIDE, None),
        ([fix(*PLACE, source="map")], "C", Fence.INSIDE, None),
    ],
)
def test_a_position_is_graded_and_never_forbids(session, inspector, site, fixes, grade, fence, flag) -> None:
    record = make_record(site.id, fixes=fixes)
    send(session, inspector, record)
    check = check_of(session, record)
    assert (check.location_grade, check.fence) == (grade, fence)
    assert flag is None or flag in check.flags


def test_a_shifted_position_shows_its_fingerprint(session: Session, inspector: Person, site: Site) -> None:
    from geo.coordinates import Datum, from_wgs84

    shifted = from_wgs84(*PLACE, Datum.GCJ02)
    record = make_record(site.id, fixes=[fix(float(shifted[0]), float(shifted[1]))])
    send(session, inspector, record)
    assert "gcj02_fingerprint" in check_of(session, record).flags


def test_a_position_outside_the_county_is_flagged(session: Session, inspector: Person, site: Site) -> None:
    around = func.ST_Multi(func.ST_Buffer(lonlat(*PLACE), 0.05))
    session.add(Area(county=COUNTY, level=AreaLevel.COUNTY, name="万年县", boundary=around))
    session.flush()
    here, away = make_record(site.id), make_record(site.id, fixes=[fix(118.0, 28.0)], device=device(2, 0))
    for record in (here, away):
        send(session, inspector, record)
    assert "outside_county" not in check_of(session, here).flags
    assert "outside_county" in check_of(session, away).flags


def test_a_restored_phone_that_counts_again_loses_nothing(session, inspector, site) -> None:
    records = [make_record(site.id), make_record(site.id)]
    for record in records:
        send(session, inspector, record)
    assert "sequence_reused" in check_of(session, records[1]).flags


def test_what_a_person_typed_survives_as_data(session: Session, inspector: Person, site: Site) -> None:
    typed = '${alert(1)} </script> =HYPERLINK("x") \'; drop table checks; -- 𠮷\u202e\u200b'
    record = make_record(site.id, summary=typed, person_in_charge="张\x00三\ud83d")
    send(session, inspector, record)
    check = check_of(session, record)
    assert check.summary == typed
    assert check.person_in_charge == "张三"
    assert "cleaned_text" in check.flags
    assert check.record == as_sent(record)[0]


def test_a_task_that_is_not_the_officers_own_stays_open(session, inspector, partner, site) -> None:
    task = make_task(session, site, partner)
    send(session, inspector, make_record(site.id, task_id=str(task.id)))
    assert task.state is TaskState.OPEN
