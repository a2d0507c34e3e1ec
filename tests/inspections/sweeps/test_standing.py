"""How a stop stands by its journal: late, wrong clocks, two teams, commands that crossed a fact."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from inspections.db import new_id
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.standing import ClashKind, in_order, next_state, play
from inspections.sweeps.stops import StopState

RELEASE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST, SECOND = new_id(), new_id()
OFFICER, OTHER, COMMANDER = new_id(), new_id(), new_id()


def entry(number: int, kind: Entry, minute: float, team: UUID | None = FIRST, **values: Any) -> SweepEntry:
    at = RELEASE + timedelta(minutes=minute)
    author = {FIRST: OFFICER, SECOND: OTHER, None: COMMANDER}[team]
    defaults = {"author_id": author, "heard_at": at + timedelta(hours=3), "skew_s": 0, "detail": {}}
    return SweepEntry(id=new_id(), number=number, kind=kind, team_id=team, at=at, **(defaults | values))


def moved(number: int, minute: float, to: UUID = SECOND, was: UUID = FIRST) -> SweepEntry:
    made = entry(number, Entry.REASSIGNED, minute, None, detail={"from": str(was), "to": str(to)})
    made.team_id = to
    return made


def kinds(entries: list[SweepEntry], team: UUID) -> list[tuple[ClashKind, UUID]]:
    return [(clash.kind, clash.team_id) for clash in play(entries, RELEASE, team).clashes]


def test_a_visit_goes_from_setting_out_to_done():
    steps = (Entry.SET_OUT, Entry.ARRIVED, Entry.ENTERED, Entry.DONE)
    standing = play([entry(n, kind, 10 * n) for n, kind in enumerate(steps)], RELEASE, FIRST)
    assert standing.state is StopState.DONE
    assert standing.entered_at == RELEASE + timedelta(minutes=20)
    assert standing.settled_at == RELEASE + timedelta(minutes=30)
    assert standing.settled_by_id == FIRST
    assert not standing.clashes


@pytest.mark.parametrize(
    ("state", "kind", "own", "after"),
    [
        (StopState.ENTERED, Entry.ARRIVED, True, StopState.ENTERED),
        (StopState.CLOSED, Entry.SET_OUT, True, StopState.UNDER_WAY),
        (StopState.CLOSED, Entry.SET_OUT, False, StopState.CLOSED),
        (StopState.CLOSED, Entry.ENTERED, False, StopState.ENTERED),
        (StopState.ENTERED, Entry.CLOSED, False, StopState.ENTERED),
        (StopState.DONE, Entry.CLOSED, True, StopState.DONE),
        (StopState.DONE, Entry.REOPENED, True, StopState.WAITING),
        (StopState.ENTERED, Entry.DROPPED, True, StopState.ENTERED),
        (StopState.ENTERED, Entry.REASSIGNED, True, StopState.ENTERED),
        (StopState.DROPPED, Entry.DONE, True, StopState.DONE),
        (StopState.WAITING, Entry.MESSAGE, True, StopState.WAITING),
    ],
)
def test_what_was_seen_on_the_spot_outweighs_what_was_said_elsewhere(state, kind, own, after):
    assert next_state(state, kind, is_own=own) is after


def test_a_stop_that_one_team_closes_calls_off_the_other_that_is_on_its_way():
    entries = [
        entry(1, Entry.SET_OUT, 5), moved(2, 10), entry(3, Entry.SET_OUT, 12, SECOND),
        entry(4, Entry.CLOSED, 20), entry(5, Entry.ARRIVED, 25, SECOND),
    ]  # fmt: skip
    assert play(entries[:4], RELEASE, SECOND).state is StopState.CLOSED
    assert kinds(entries[:4], SECOND) == [(ClashKind.NOT_ITS_OWN, FIRST), (ClashKind.ON_ITS_WAY, SECOND)]
    assert play(entries, RELEASE, SECOND).state is StopState.ARRIVED  # its own team may see for itself


def test_who_sets_out_for_what_another_has_done_is_called_off():
    entries = [entry(1, Entry.DONE, 5), moved(2, 4), entry(3, Entry.SET_OUT, 12, SECOND)]
    assert (ClashKind.ON_ITS_WAY, SECOND) in kinds(entries, SECOND)
    assert play(entries, RELEASE, SECOND).state is StopState.DONE


def test_a_stop_given_away_while_its_team_was_inside_without_a_signal_stays_theirs_to_finish():
    entries = [moved(1, 15), entry(2, Entry.SET_OUT, 5), entry(3, Entry.ENTERED, 10), entry(4, Entry.DONE, 40)]
    standing = play(entries, RELEASE, SECOND)
    assert standing.state is StopState.DONE
    assert standing.settled_by_id == FIRST
    assert ClashKind.INSIDE in [clash.kind for clash in standing.clashes]


def test_a_stop_that_was_dropped_and_entered_all_the_same_is_told():
    entries = [entry(1, Entry.DROPPED, 5, None), entry(2, Entry.ENTERED, 10)]
    assert play(entries, RELEASE, FIRST).state is StopState.ENTERED
    assert kinds(entries, FIRST) == [(ClashKind.AFTER_DROP, FIRST)]


def test_a_wrong_clock_is_reckoned_out():
    ahead = entry(2, Entry.ENTERED, 90, skew_s=80 * 60)  # ten past, by a clock that is eighty minutes ahead
    reopened = entry(1, Entry.REOPENED, 20, None)
    assert [each.number for _, each in in_order([reopened, ahead], RELEASE)] == [2, 1]


def test_nothing_happened_after_it_was_heard_or_before_the_release():
    heard = RELEASE + timedelta(minutes=7)
    early, late = entry(1, Entry.SET_OUT, -300, heard_at=heard), entry(2, Entry.ARRIVED, 300, heard_at=heard)
    assert [at for at, _ in in_order([early, late], RELEASE)] == [RELEASE, heard]


def test_a_clock_set_right_between_two_entries_does_not_turn_them_round():
    first, second = entry(1, Entry.ENTERED, 60), entry(2, Entry.DONE, 30)
    assert play([first, second], RELEASE, FIRST).state is StopState.DONE
    assert [each for _, each in in_order([first, second], RELEASE)] == [first, second]


def test_what_its_author_took_back_does_not_count_and_nobody_elses_is_taken_back():
    closed = entry(1, Entry.CLOSED, 5)
    own = entry(2, Entry.REPLY, 6, detail={"undoes": str(closed.id)})
    foreign = entry(2, Entry.REPLY, 6, SECOND, detail={"undoes": str(closed.id)})
    assert play([closed, own], RELEASE, FIRST).state is StopState.WAITING
    assert play([closed, foreign], RELEASE, FIRST).state is StopState.CLOSED


def test_reopening_forgets_the_moments_of_the_first_visit():
    entries = [entry(1, Entry.ENTERED, 5), entry(2, Entry.DONE, 9), entry(3, Entry.REOPENED, 12, None)]
    standing = play(entries, RELEASE, FIRST)
    assert (standing.state, standing.entered_at, standing.settled_at) == (StopState.WAITING, None, None)


DEEDS = some.sampled_from(
    [Entry.SET_OUT, Entry.ARRIVED, Entry.ENTERED, Entry.DONE, Entry.CLOSED, Entry.REFUSED, Entry.MOVED]
)
ALL = some.sampled_from(list(Entry))


@given(some.lists(some.tuples(some.booleans(), DEEDS), max_size=12), some.randoms(use_true_random=False))
def test_how_a_stop_stands_does_not_depend_on_whose_phone_was_heard_first(deeds, random):
    teams = {
        team: [entry(0, kind, minute, team) for minute, (is_first, kind) in enumerate(deeds) if is_first is own]
        for team, own in ((FIRST, True), (SECOND, False))
    }
    both = [FIRST] * len(teams[FIRST]) + [SECOND] * len(teams[SECOND])
    results = set()
    for _ in range(3):
        random.shuffle(both)
        queues = {team: iter(entries) for team, entries in teams.items()}
        heard = [next(queues[team]) for team in both]
        for number, each in enumerate(heard):
            each.number = number
        standing = play(heard, RELEASE, FIRST)
        results.add((standing.state, standing.entered_at, standing.settled_at, standing.settled_by_id))
    assert len(results) == 1


@given(some.lists(some.tuples(ALL, some.sampled_from([FIRST, SECOND, None])), max_size=15))
def test_a_stop_has_a_moment_of_settling_exactly_while_it_is_settled(deeds):
    entries = [entry(number, kind, number, team) for number, (kind, team) in enumerate(deeds)]
    standing = play(entries, RELEASE, FIRST)
    settled = (StopState.DONE, StopState.CLOSED, StopState.MOVED, StopState.REFUSED, StopState.DROPPED)
    assert (standing.settled_at is not None) == (standing.state in settled)
