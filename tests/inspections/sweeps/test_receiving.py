from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.people import Role
from inspections.sweeps.entry_conflicts import SweepEntryConflict
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.receiving import MOST_LINES, Outcome, Receipt, receive
from inspections.sweeps.stops import StopState
from inspections.sweeps.sweeps import SweepState
from inspections.sweeps.teams import Absence, SweepTeamMember
from tests.factories import NOW, make_person
from tests.nights import Night, fix, line, make_night

SOON = NOW + timedelta(minutes=1)


@pytest.fixture
def night(session) -> Night:
    return make_night(session)


def one(session, night: Night, given, person: int = 0, now=SOON) -> Receipt:
    [receipt] = receive(session, night.people[person], [given], now)
    return receipt


def count(session, model) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_what_a_team_does_at_a_stop_is_written_down_and_moves_the_stop(session, night) -> None:
    given = line(night, "entered", night.stops[0], words="老板在场", fix=fix(), clock_offset_ms=-4000)
    receipt = one(session, night, given)
    assert (receipt.outcome, receipt.marks, receipt.stop) == (Outcome.NEW, (), night.stops[0])
    entry = session.scalars(select(SweepEntry)).one()
    assert (entry.kind, entry.words, entry.author_id) == (Entry.ENTERED, "老板在场", night.people[0].id)
    assert (entry.team_id, entry.at, entry.heard_at, entry.skew_s) == (night.teams[0].id, NOW, SOON, 4)
    assert (entry.accuracy_m, receipt.number) == (12, entry.number)
    assert night.stops[0].state is StopState.ENTERED


def test_the_same_line_again_gives_the_same_receipt_and_one_entry(session, night) -> None:
    given = line(night, "closed", night.stops[0])
    first = one(session, night, given)
    again = one(session, night, given | {"clock_offset_ms": 900}, now=SOON + timedelta(hours=1))
    assert (first.outcome, again.outcome) == (Outcome.NEW, Outcome.SAME)
    assert (again.number, again.stop) == (first.number, first.stop)
    assert count(session, SweepEntry) == 1


@pytest.mark.parametrize("other", [{"kind": "moved"}, {"words": "换了一版"}, {"at": SOON.isoformat()}])
def test_another_line_under_the_same_id_is_kept_beside_the_first(session, night, other) -> None:
    given = line(night, "closed", night.stops[0])
    one(session, night, given)
    for _ in range(2):
        receipt = one(session, night, given | other)
        assert (receipt.outcome, type(receipt.error)) == (Outcome.BESIDE, Conflict)
    kept = session.scalars(select(SweepEntryConflict)).one()
    assert kept.line["kind"] == (given | other)["kind"]
    assert night.stops[0].state is StopState.CLOSED


def test_a_colleagues_line_under_the_same_id_does_not_take_its_place(session, night) -> None:
    given = line(night, "closed", night.stops[0])
    one(session, night, given)
    assert one(session, night, given, person=1).outcome is Outcome.BESIDE


def test_a_stop_that_is_another_teams_by_now_takes_the_entry_with_a_mark(session, night) -> None:
    receipt = one(session, night, line(night, "done", night.stops[2]))
    assert (receipt.outcome, receipt.marks) == (Outcome.NEW, ("not_your_stop",))
    assert session.scalars(select(SweepEntry.stop_id).where(SweepEntry.kind == Entry.DONE)).all() == [
        night.stops[2].id
    ]


def test_a_stop_that_the_server_does_not_know_yet_waits_on_the_phone(session) -> None:
    night = make_night(session, is_released=False)
    waiting = line(night, "arrived") | {"stop_id": str(uuid4())}
    assert one(session, night, waiting).outcome is Outcome.NOT_YET
    assert one(session, night, line(night, "on_duty")).outcome is Outcome.NEW
    night.sweep.state, night.sweep.released_at = SweepState.RUNNING, NOW
    assert one(session, night, waiting).marks == ("unknown_stop",)


def test_who_has_left_the_team_is_heard_and_marked(session, night) -> None:
    member = session.scalars(select(SweepTeamMember).where(SweepTeamMember.person_id == night.people[0].id)).one()
    member.left_at, member.absence = NOW, Absence.ILL
    session.flush()
    before = line(night, "arrived", night.stops[0], at=NOW - timedelta(minutes=1))
    assert one(session, night, before).marks == ()
    after = line(night, "closed", night.stops[0], at=NOW + timedelta(seconds=30))
    assert one(session, night, after).marks == ("left_team",)


def test_a_phone_without_signal_until_the_end_is_heard(session, night) -> None:
    night.sweep.state, night.sweep.ended_at = SweepState.FINISHED, NOW + timedelta(minutes=5)
    session.flush()
    late = one(session, night, line(night, "done", night.stops[0]), now=NOW + timedelta(hours=9))
    assert (late.outcome, late.marks) == (Outcome.NEW, ("heard_late",))
    assert night.stops[0].state is StopState.DONE


def test_a_wrong_clock_is_marked_and_the_time_is_put_right(session, night) -> None:
    hour_ahead = line(night, "arrived", night.stops[0], at=NOW + timedelta(hours=1), clock_offset_ms=-3_600_000)
    assert one(session, night, hour_ahead).marks == ("skewed_clock",)
    unknown = line(night, "entered", night.stops[0], at=NOW + timedelta(hours=1), clock_offset_ms=None)
    assert one(session, night, unknown).marks == ("from_future",)


def test_a_slip_of_the_thumb_is_taken_back_by_its_author(session, night) -> None:
    slip = line(night, "closed", night.stops[0])
    one(session, night, slip)
    back = line(night, "reply", night.stops[0], undoes_id=slip["id"], words="撤销")
    assert one(session, night, back).outcome is Outcome.NEW
    assert night.stops[0].state is StopState.WAITING


def test_a_message_is_acknowledged_once_for_each_who_read_it(session, night) -> None:
    message = SweepEntry(
        county=night.sweep.county, id=new_id(), sweep_id=night.sweep.id, kind=Entry.MESSAGE, at=NOW, heard_at=NOW,
        words="注意安全", detail={},
    )  # fmt: skip
    session.add(message)
    session.flush()
    receipts = [one(session, night, line(night, "reply", answers_id=message.id), person) for person in (0, 1)]
    assert [each.outcome for each in receipts] == [Outcome.NEW, Outcome.NEW]
    answered = select(SweepEntry.author_id).where(SweepEntry.answers_id == message.id)
    assert set(session.scalars(answered)) == {night.people[0].id, night.people[1].id}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "message"}, "kind"),
        ({"kind": "ended"}, "kind"),
        ({"kind": "dance"}, "kind"),
        ({"kind": "support"}, "support"),
        ({"kind": "closed", "stop_id": None}, "stop_id"),
        ({"at": "gestern"}, "at"),
        ({"words": "长" * 2001}, "words"),
        ({"kind": "done", "undoes_id": str(uuid4())}, "undoes_id"),
    ],
)
def test_a_line_that_says_nothing_sensible_is_refused_by_field_and_the_others_are_taken(
    session, night, change, field
) -> None:
    bad = line(night, "incident", night.stops[0]) | change
    good = line(night, "set_out", night.stops[0])
    refused, taken = receive(session, night.people[0], [bad, good], SOON)
    assert (refused.id, refused.outcome, taken.outcome) == (bad["id"], Outcome.REFUSED, Outcome.NEW)
    assert isinstance(refused.error, Invalid)
    assert field in refused.error.fields


def test_something_that_is_no_line_at_all_is_refused(session, night) -> None:
    receipts = receive(session, night.people[0], ["x", None, {"id": 7}], SOON)
    assert [(each.id, each.outcome) for each in receipts] == [
        ("", Outcome.REFUSED), ("", Outcome.REFUSED), ("7", Outcome.REFUSED),
    ]  # fmt: skip


def test_who_is_on_no_team_learns_nothing_of_the_sweep(session, night) -> None:
    other = make_person(session, Role.ENFORCER, name="外人")
    [receipt] = receive(session, other, [line(night, "closed", night.stops[0])], SOON)
    assert isinstance(receipt.error, NotFound)
    with pytest.raises(Forbidden):
        receive(session, make_person(session, Role.VOLUNTEER), [], SOON)


def test_more_lines_than_a_night_has_are_refused(session, night) -> None:
    with pytest.raises(Invalid):
        receive(session, night.people[0], [{}] * (MOST_LINES + 1), SOON)
