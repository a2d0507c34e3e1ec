"""How good a source is: counted honestly, shown with an interval, drawn towards others where little is known."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sqlalchemy.orm import Session

from inspections.intake.credibility import prior, rates, source_of, sources, wilson
from inspections.intake.merging import merge
from inspections.intake.tips import TipChannel, TipState
from inspections.registry.people import Role
from tests.factories import NOW, make_person, make_tip


@given(n=st.integers(1, 500), share=st.floats(0, 1))
def test_the_interval_is_wilsons(n: int, share: float) -> None:
    successes = round(n * share)
    known = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson(successes, n) == pytest.approx((known.low, known.high), abs=1e-6)


def test_of_none_everything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda each: (min(each), max(each))), max_size=8
    )
)
def test_whatever_was_counted_an_expected_rate_lies_between_its_own_and_the_mean(
    counts: list[tuple[int, int]],
) -> None:
    mean, strength = prior(counts)
    assert 0 <= mean <= 1
    assert strength > 0
    for (k, n), rate in zip(counts, rates(counts), strict=True):
        ends = sorted((k / n if n else mean, mean))
        assert ends[0] - 1e-9 <= rate.shrunk <= ends[1] + 1e-9


def test_the_fewer_are_known_the_more_is_borrowed() -> None:
    counts = [(2 * n, 2 * n) for n in (1, 5, 25)] + [(0, 10), (10, 40), (30, 50)]
    drawn = [rate.shrunk for rate in rates(counts)[:3]]
    assert all(less < more < 1 for less, more in pairwise(drawn))


def test_sources_that_differ_widely_keep_their_own_rate() -> None:
    apart, alike = [(95, 100), (5, 100), (50, 100)], [(50, 100), (51, 100), (49, 100)]
    assert prior(apart)[1] < 5 < prior(alike)[1]


def test_a_joined_tip_was_as_right_as_its_master_and_what_is_open_counts_nothing(session: Session) -> None:
    li = make_person(session, Role.DISPATCHER)
    master = make_tip(session, channel=TipChannel.HOTLINE, state=TipState.CONFIRMED)
    joined, open_one = make_tip(session), make_tip(session)
    make_tip(session, state=TipState.UNFOUNDED)
    make_tip(session, state=TipState.CONFIRMED, received_at=NOW - timedelta(days=1000))
    merge(session, li, master.id, [joined.id], NOW)
    by_channel = {each.channel: each.rate for each in sources(session, li, NOW) if each.name is None}
    assert (by_channel[TipChannel.WEB].confirmed, by_channel[TipChannel.WEB].n) == (1, 2)
    assert (by_channel[TipChannel.HOTLINE].confirmed, by_channel[TipChannel.HOTLINE].n) == (1, 1)
    assert [each.channel for each in source_of(session, open_one, NOW)] == [TipChannel.WEB]


def test_volunteers_and_bodies_are_named_and_nobody_else(session: Session) -> None:
    volunteer, operator = make_person(session, Role.VOLUNTEER, name="陈红"), make_person(session, Role.OPERATOR)
    for state in (TipState.CONFIRMED, TipState.CONFIRMED, TipState.UNFOUNDED):
        tip = make_tip(session, channel=TipChannel.VOLUNTEER, taken_by_id=volunteer.id, state=state)
        make_tip(session, channel=TipChannel.HOTLINE, taken_by_id=operator.id, state=state)
        make_tip(session, channel=TipChannel.HIGHER, reference_from="市教育局", state=state)
    li = make_person(session, Role.DISPATCHER)
    assert {each.name for each in sources(session, li, NOW) if each.name} == {"陈红", "市教育局"}
    assert [(each.name, each.rate.confirmed, each.rate.n) for each in source_of(session, tip, NOW)] == [
        (None, 2, 3),
        ("陈红", 2, 3),
    ]
