"""What a new plan changes: all of it, once, and nothing of a plan that is the same."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from inspections.sweeps.differences import SMALL_S, Change, Difference, differences, travel_s
from inspections.sweeps.plan import Plan, PlannedRoute, PlannedStop, PlannedVisit
from inspections.sweeps.wording import told

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TEAMS = [uuid4() for _ in range(3)]
STOPS = [PlannedStop(id=uuid4(), site_id=uuid4()) for _ in range(6)]


def visit(stop: PlannedStop, minutes: int, drive: int = 5) -> PlannedVisit:
    enters = AT + timedelta(minutes=minutes)
    return PlannedVisit(
        stop_id=stop.id, sets_out_at=enters - timedelta(minutes=drive), arrives_at=enters, enters_at=enters,
        leaves_at=enters + timedelta(minutes=10),
    )  # fmt: skip


def plan(*routes: list[PlannedVisit]) -> Plan:
    return Plan(
        stops=tuple(STOPS),
        routes=tuple(PlannedRoute(team_id=TEAMS[n], visits=tuple(route)) for n, route in enumerate(routes)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    placed = draw(st.lists(st.sampled_from([0, 1, 2, None]), min_size=len(STOPS), max_size=len(STOPS)))
    routes: list[list[PlannedVisit]] = [[], [], []]
    for stop, team in zip(STOPS, placed, strict=True):
        if team is not None:
            routes[team].append(visit(stop, draw(st.integers(0, 300)), draw(st.integers(0, 60))))
    return plan(*routes)


def where(of: Plan) -> dict[UUID, UUID]:
    return {each.stop_id: route.team_id for route in of.routes for each in route.visits}


@given(plans(), plans())
def test_the_old_plan_with_its_differences_is_the_new_one(before: Plan, after: Plan) -> None:
    at = where(before)
    for each in differences(before, after):
        if each.change in (Change.MOVED, Change.TAKEN_IN):
            assert each.stop_id is not None
            assert each.to_team is not None
            assert at.get(each.stop_id) == each.from_team
            at[each.stop_id] = each.to_team
        elif each.change is Change.LEFT_OUT:
            assert each.stop_id is not None
            assert at.pop(each.stop_id) == each.from_team
    assert at == where(after)


@given(plans())
def test_a_plan_differs_in_nothing_from_itself(same: Plan) -> None:
    assert differences(same, same) == []


@given(plans(), plans())
def test_going_back_undoes_every_difference(before: Plan, after: Plan) -> None:
    there, back = differences(before, after), differences(after, before)
    assert sum(each.minutes for each in there) == -sum(each.minutes for each in back)
    assert len(there) == len(back)


def test_a_small_shift_is_not_worth_a_word_and_a_larger_one_is_said_in_minutes() -> None:
    before = plan([visit(STOPS[0], 0)])
    assert differences(before, plan([visit(STOPS[0], SMALL_S // 60 - 1)])) == []
    later = plan([visit(STOPS[0], 12)])
    names, teams = {STOPS[0].id: "小太阳托管班"}, {TEAMS[0]: "第1组", TEAMS[1]: "第2组"}
    said = [str(told(each, names, teams)) for each in differences(before, later)]
    assert said == ["小太阳托管班：晚 12 分钟", "第1组收队晚 12 分钟"]
    moved = differences(before, plan([], [visit(STOPS[0], -3, drive=9)]))
    assert [str(told(each, names, teams)) for each in moved] == [
        "小太阳托管班：第1组 → 第2组，早 3 分钟", "全部小组路上共多 4 分钟",
    ]  # fmt: skip


def test_what_is_no_longer_in_the_plan_is_told_without_its_name() -> None:
    gone = Difference(Change.LEFT_OUT, uuid4(), TEAMS[0])
    assert str(told(gone, {}, {})) == "—：从—退出，没有排上"
    assert travel_s(plan([visit(STOPS[0], 0), visit(STOPS[1], 30)])) == 600
