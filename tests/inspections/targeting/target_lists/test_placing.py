"""Days, teams and the order of stops."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from inspections.targeting.target_lists.placing import Likely, Placed, Stop, place, used_minutes
from inspections.targeting.target_lists.plan import Plan

MONDAY = date(2026, 11, 23)
DAYS = [MONDAY + timedelta(days=n) for n in range(3)]
PLAN = Plan(MONDAY, DAYS[-1], teams=2, visits_per_day=3, minutes_per_day=150)


def stop(
    n: int, *likely: Likely, lon: float = 117.0, town: int = 0, minutes: int = 30, is_firm: bool = False
) -> Stop:
    return Stop(UUID(int=n), lon, 28.6, town, minutes, is_firm, likely)


likelies = st.builds(
    lambda day, start, share: Likely(DAYS[day], start, start + 3, share),
    st.integers(0, 2),
    st.integers(8, 20),
    st.floats(0, 1, allow_nan=False),
)
stops = st.lists(
    st.builds(
        lambda lon, town, minutes, firm, likely: (117 + lon, town, minutes, firm, tuple(likely)),
        st.floats(0, 0.2, allow_nan=False),
        st.integers(0, 3),
        st.integers(10, 90),
        st.booleans(),
        st.lists(likelies, max_size=4),
    ),
    max_size=25,
)


@settings(max_examples=80)
@given(stops, st.randoms(use_true_random=False))
def test_no_day_is_overfull_and_the_order_given_plays_no_part(drawn, random) -> None:
    given_stops = [Stop(UUID(int=n), lon, 28.6, *rest) for n, (lon, *rest) in enumerate(drawn, start=1)]
    placed = place(given_stops, PLAN, DAYS)
    used = used_minutes(placed, {each.key: each.minutes for each in given_stops})
    assert all(minutes <= PLAN.minutes_per_day + 0.1 * PLAN.visits_per_day for minutes in used.values())
    for each in given_stops:
        if each.key in placed:
            assert placed[each.key].likely in each.likely
            assert placed[each.key].day == placed[each.key].likely.day
    for day, team in used:
        numbers = sorted(slot.stop for slot in placed.values() if (slot.day, slot.team) == (day, team))
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) <= PLAN.visits_per_day
    mixed = list(given_stops)
    random.shuffle(mixed)
    assert place(mixed, PLAN, DAYS) == placed


def test_each_goes_to_its_likeliest_day() -> None:
    tuesday = Likely(DAYS[1], 18, 21, 0.6)
    placed = place([stop(1, Likely(MONDAY, 18, 21, 0.2), tuesday)], PLAN, DAYS)
    assert placed[UUID(int=1)] == Placed(DAYS[1], 1, 1, 0.0, tuesday)


def test_near_sites_share_a_team() -> None:
    evening = Likely(MONDAY, 18, 21, 0.5)
    near = [stop(1, evening), stop(2, evening, lon=117.001)]
    far = stop(3, evening, lon=117.3, town=1)
    placed = place([*near, far], PLAN, DAYS)
    assert placed[UUID(int=1)].team == placed[UUID(int=2)].team != placed[UUID(int=3)].team


def test_a_firm_stop_goes_before_what_could_be_left_out() -> None:
    evening = Likely(MONDAY, 18, 21, 0.5)
    narrow = Plan(MONDAY, MONDAY, teams=1, visits_per_day=1)
    placed = place([stop(1, evening), stop(2, evening._replace(share=0.1), is_firm=True)], narrow, [MONDAY])
    assert list(placed) == [UUID(int=2)]


def test_what_is_taken_stays_and_uses_its_time() -> None:
    evening = Likely(MONDAY, 18, 21, 0.5)
    one_a_day = Plan(MONDAY, MONDAY, teams=1, visits_per_day=1)
    taken = [(stop(9), Placed(MONDAY, 1, 1, 0.0, evening))]
    assert list(place([stop(1, evening)], one_a_day, [MONDAY], taken)) == [UUID(int=9)]


def test_morning_and_night_are_not_one_shift() -> None:
    morning, night = Likely(MONDAY, 9, 12, 0.5), Likely(MONDAY, 20, 23, 0.5)
    one_team = Plan(MONDAY, MONDAY, teams=1, visits_per_day=4, minutes_per_day=180)
    assert len(place([stop(1, morning), stop(2, night)], one_team, [MONDAY])) == 1


def test_without_days_or_windows_nothing_is_placed() -> None:
    assert place([stop(1, Likely(MONDAY, 18, 21, 0.5))], PLAN, []) == {}
    assert place([stop(1)], PLAN, DAYS) == {}
