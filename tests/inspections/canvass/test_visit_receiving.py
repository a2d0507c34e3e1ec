import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.canvass.receiving import VisitReceived, receive_visit, receive_visits
from inspections.canvass.visit_conflicts import VisitConflict
from inspections.canvass.visit_receipts import verify_visit_receipt
from inspections.canvass.visits import CanvassVisit
from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, InspectionError, Invalid
from inspections.events import Event
from inspections.evidence.keys import KeyRing
from inspections.field.checks import Fence
from inspections.field.receiving import Sent
from inspections.incoming import Malformed
from inspections.registry.people import Person, Role
from inspections.registry.time_bands import TimeBand
from inspections.rules.school_year import PeriodKind, SchoolPeriod
from tests.factories import NOW, PLACE, as_sent, make_check, make_person, make_site
from tests.walks import make_square, start_campaign, visit_record

SOON = NOW + timedelta(hours=3)
FAR = (117.2, 28.9)


@pytest.fixture
def worker(session: Session) -> Person:
    return make_person(session, Role.GRID_WORKER, name="王强")


@pytest.fixture
def taken(session: Session, worker: Person) -> Callable[..., CanvassVisit]:
    """Sends the record of a walk, through a cell of the worker's own unless told otherwise."""

    def take(cell: Any = None, **values: Any) -> CanvassVisit:
        cell = cell or make_square(session, worker_id=worker.id)
        record = visit_record(cell.id, **values)
        outcome = receive_visit(session, worker, *as_sent(record), SOON)
        assert isinstance(outcome, VisitReceived)
        return session.get_one(CanvassVisit, (worker.county, UUID(record["id"])))

    return take


def test_a_walk_is_kept_with_its_place_its_time_and_its_bytes(session, worker, taken) -> None:
    cell = make_square(session, worker_id=worker.id)
    record = visit_record(cell.id)
    content, sha256 = as_sent(record)
    outcome = receive_visit(session, worker, content, sha256, SOON)
    assert isinstance(outcome, VisitReceived)
    assert (outcome.is_new, outcome.receipt.record_sha256, outcome.receipt.received_at) == (True, sha256, SOON)
    visit = session.scalars(select(CanvassVisit)).one()
    assert (visit.record, visit.record_sha256, visit.outcome.value) == (content, sha256, "clean")
    assert (visit.fence, visit.distance_m, visit.location_grade) == (Fence.INSIDE, 0, "A")
    assert (visit.band, visit.flags, len(visit.fixes)) == (TimeBand.EVENING, [], 4)
    [event] = session.scalars(select(Event).where(Event.verb == "walk"))
    assert event.subject_id == visit.id


def test_the_same_bytes_again_give_the_same_receipt_and_one_walk(session, worker) -> None:
    sent = as_sent(visit_record(make_square(session, worker_id=worker.id).id))
    outcomes = [receive_visit(session, worker, *sent, SOON + timedelta(minutes=n)) for n in range(3)]
    assert len({outcome.receipt for outcome in outcomes if isinstance(outcome, VisitReceived)}) == 1
    assert [outcome.is_new for outcome in outcomes if isinstance(outcome, VisitReceived)] == [True, False, False]
    assert session.scalar(select(func.count()).select_from(CanvassVisit)) == 1


def test_other_bytes_under_the_same_id_are_kept_beside_the_first(session, worker) -> None:
    record = visit_record(make_square(session, worker_id=worker.id).id)
    receive_visit(session, worker, *as_sent(record), SOON)
    for _ in range(2):
        other = receive_visit(session, worker, *as_sent(record | {"note": "另一版"}), SOON)
        assert isinstance(other, Conflict)
    [kept] = session.scalars(select(VisitConflict))
    assert json.loads(kept.record)["note"] == "另一版"
    assert session.scalars(select(CanvassVisit)).one().note == record["note"]
    assert session.scalar(select(func.count()).where(Event.verb == "conflict")) == 1


def test_a_signed_receipt_is_known_again_and_a_changed_one_is_not(session, worker) -> None:
    keys = KeyRing.of(["test"])
    outcome = receive_visit(session, worker, *as_sent(visit_record(make_square(session).id)), SOON)
    assert isinstance(outcome, VisitReceived)
    given = outcome.receipt.signed_part() | {"signature": outcome.receipt.signature(keys)}
    assert verify_visit_receipt(keys, given)
    assert not verify_visit_receipt(keys, given | {"record_sha256": "0" * 64})
    assert not verify_visit_receipt(keys, {"visit": given["visit"]})


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"retired_at": NOW}, "retired_cell"),
        ({"worker_id": None}, "others_cell"),
    ],
)
def test_what_became_of_a_cell_is_flagged_and_takes_nothing_away(session, worker, taken, change, flag) -> None:
    cell = make_square(session, **({"worker_id": worker.id} | change))
    visit = taken(cell)
    assert (visit.cell_id, visit.flags) == (cell.id, [flag])


def test_a_walk_of_a_cell_that_was_never_ours_is_kept_without_one(session, worker, taken) -> None:
    record = visit_record(uuid4())
    outcome = receive_visit(session, worker, *as_sent(record), SOON)
    assert isinstance(outcome, VisitReceived)
    visit = session.get_one(CanvassVisit, (worker.county, UUID(record["id"])))
    assert (visit.cell_id, visit.fence, visit.distance_m) == (None, Fence.CANNOT_TELL, None)
    assert visit.flags == ["unknown_cell"]
    assert json.loads(visit.record)["cell_id"] == record["cell_id"]


def test_a_cell_that_a_campaign_gave_to_the_walker_is_no_others(session, worker, taken) -> None:
    other = make_person(session, Role.GRID_WORKER)
    cell = make_square(session, worker_id=other.id)
    campaign = start_campaign(session, other, cell, assignee=worker)
    visit = taken(cell, campaign_id=str(campaign.id))
    assert (visit.campaign_id, visit.flags) == (campaign.id, [])
    assert taken(cell, campaign_id=str(uuid4())).flags == ["unknown_campaign", "sequence_reused"]


def test_a_walk_somewhere_else_says_so_and_how_far(session, worker, taken) -> None:
    visit = taken(make_square(session, FAR, worker_id=worker.id))
    assert visit.fence is Fence.OUTSIDE
    assert visit.distance_m == pytest.approx(26_000, rel=0.1)


def test_who_only_passes_through_is_inside_and_mostly_elsewhere(session, worker, taken) -> None:
    fixes = visit_record(uuid4())["fixes"]
    away = [fix | {"lon": PLACE[0] + 0.02} for fix in fixes]
    visit = taken(fixes=[fixes[0], *away[1:]])
    assert (visit.fence, visit.flags) == (Fence.INSIDE, ["mostly_elsewhere"])


def test_without_a_fix_the_reason_stands(taken) -> None:
    visit = taken(fixes=[], no_fix_reason="地下室")
    assert (visit.location, visit.fence, visit.no_fix_reason) == (None, Fence.CANNOT_TELL, "地下室")
    assert visit.flags == ["no_fix"]


def test_impossible_fixes_are_kept_and_believed_by_nobody(taken) -> None:
    odd = [{"at": NOW.isoformat(), "lon": 999, "lat": "x"}, {"at": None, "lon": 0, "lat": 0}, {}]
    visit = taken(fixes=odd)
    assert (len(visit.fixes), visit.location, visit.flags) == (3, None, ["no_fix"])


@pytest.mark.parametrize(
    ("day", "hour", "band"),
    [(20, 10, "workday"), (20, 18, "evening"), (21, 10, "weekend"), (22, 20, "weekend")],
)
def test_the_server_tells_the_part_of_the_week(taken, day: int, hour: int, band: str) -> None:
    at = f"2026-11-{day}T{hour:02}:30:00+08:00"
    before = f"2026-11-{day}T{hour:02}:10:00+08:00"
    visit = taken(started_at=before, finished_at=at, fixes=[])
    # what was finished later than now is said to be finished now
    assert visit.band.value == (band if day < 21 else "evening")


def test_a_clock_that_is_wrong_is_put_right_by_what_the_phone_last_heard(taken) -> None:
    hours_8 = 8 * 3_600_000
    device = {"id": "phone-9", "sequence": 4, "clock_offset_ms": -hours_8}
    visit = taken(device=device, fixes=[])
    assert visit.band is TimeBand.WORKDAY
    assert "clock_skew" in visit.flags


def test_a_walk_of_half_a_minute_is_marked(taken) -> None:
    started = (NOW - timedelta(seconds=30)).isoformat()
    assert "short_walk" in taken(started_at=started).flags
    assert "clock_jumped" in taken(started_at=(NOW + timedelta(minutes=5)).isoformat()).flags


def test_a_sequence_number_that_a_check_has_used_is_marked(session, worker, taken) -> None:
    make_check(session, worker, make_site(session), device_id="phone-1", device_sequence=1)
    assert "sequence_reused" in taken().flags


def test_leads_may_arrive_later(taken) -> None:
    leads = [str(new_id()), str(new_id())]
    visit = taken(outcome="leads", lead_ids=leads)
    assert [str(each) for each in visit.lead_ids] == leads


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"outcome": "leads"}, "lead_ids"),
        ({"outcome": "nothing"}, "outcome"),
        ({"cell_id": "x"}, "cell_id"),
        ({"started_at": "2026-11-20 19:00"}, "started_at"),
        ({"device": {"id": "", "sequence": 1}}, "device.id"),
        ({"device": {"id": "a", "sequence": -1}}, "device.sequence"),
        ({"lead_ids": ["x"], "outcome": "leads"}, "lead_ids.0"),
        ({"fixes": [{}] * 5_001}, "fixes"),
        ({"note": "字" * 2_001}, "note"),
        ({"format": "mingcha-visit/9"}, "format"),
    ],
)
def test_what_can_not_be_read_is_named_field_by_field_and_nothing_is_written(
    session, worker, values: dict[str, Any], field: str
) -> None:
    record = visit_record(make_square(session).id) | values
    with pytest.raises(Invalid) as error:
        receive_visit(session, worker, *as_sent(record), SOON)
    assert list(error.value.fields) == [field]
    assert session.scalar(select(func.count()).select_from(CanvassVisit)) == 0


def test_bytes_that_are_no_record_or_changed_on_the_way_are_refused(session, worker) -> None:
    content, _ = as_sent(visit_record(make_square(session).id))
    with pytest.raises(InspectionError):
        receive_visit(session, worker, content, "0" * 64, SOON)
    for junk in (b"", b"[]", b"{", b"\xff"):
        with pytest.raises(Malformed):
            receive_visit(session, worker, junk, hashlib.sha256(junk).hexdigest(), SOON)


def test_who_may_not_walk_is_refused(session) -> None:
    volunteer = make_person(session, Role.VOLUNTEER)
    with pytest.raises(Forbidden):
        receive_visit(session, volunteer, *as_sent(visit_record(make_square(session).id)), SOON)


def test_text_is_cleaned_of_what_no_database_keeps(taken) -> None:
    visit = taken(note="三楼\u0000<script>")
    assert (visit.note, visit.flags) == ("三楼<script>", ["cleaned_text"])


def test_in_a_batch_each_walk_has_its_own_outcome(session, worker) -> None:
    cell = make_square(session, worker_id=worker.id)
    good, bad = visit_record(cell.id), visit_record(cell.id, outcome="x")
    twice = good | {"note": "另一版"}
    sent = [Sent(*as_sent(each)) for each in (good, bad, good, twice)]
    first, second, third, fourth = receive_visits(session, worker, sent, SOON)
    assert isinstance(first, VisitReceived)
    assert first.is_new
    assert isinstance(second, Invalid)
    assert isinstance(third, VisitReceived)
    assert not third.is_new
    assert isinstance(fourth, Conflict)


def test_a_vacation_is_a_holiday(session, worker, taken) -> None:
    days = {"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 30)}
    session.add(SchoolPeriod(county=worker.county, kind=PeriodKind.WINTER, source="校历", **days))
    session.flush()
    assert taken().band is TimeBand.HOLIDAY
