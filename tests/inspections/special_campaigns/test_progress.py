"""Goals are counted with the records that are behind them, and held against the time that has passed."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from inspections.canvass.campaigns import CampaignCell, CanvassCampaign
from inspections.canvass.visits import VisitOutcome
from inspections.errors import NotFound
from inspections.registry.people import Person, Role
from inspections.registry.time_bands import TimeBand
from inspections.special_campaigns import planning
from inspections.special_campaigns.figures import cells_of
from inspections.special_campaigns.progress import elapsed, goals_of, selection_of
from inspections.special_campaigns.records import read_records
from inspections.sweeps.campaigns import SpecialCampaign
from inspections.sweeps.stops import StopState
from tests.factories import NOW, make_check, make_person, make_site, make_township, make_visit
from tests.special import FIRST, LAST, finish, make_campaign, make_sweep
from tests.walks import make_square


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李科长")


def counted(session: Session, person: Person, campaign: SpecialCampaign) -> dict[str, int]:
    return {goal.cell.key: goal.n for goal in goals_of(session, person, campaign, NOW)}


def every_goal() -> dict[str, str]:
    return {f"goal-{key}": "10" for key in cells_of(planning.ANY)}


def test_each_goal_says_what_its_list_shows(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher, **every_goal())
    site = make_site(session)
    for days in (0, 3, 30):  # the last lies before the campaign
        make_check(session, dispatcher, site, device_finished_at=NOW - timedelta(days=days, hours=2))
    sweep = make_sweep(session, dispatcher, campaign.id)
    finish(session, sweep, [StopState.DONE, StopState.CLOSED, StopState.DROPPED], NOW - timedelta(hours=3))
    walk(session, dispatcher, campaign)
    found = counted(session, dispatcher, campaign)
    there = {"made.all": 2, "checked.training": 1, "sweeps.all": 1, "stops.all": 1, "walks.all": 1}
    assert {key: n for key, n in found.items() if n} == there
    selection = selection_of(campaign, NOW)
    assert selection is not None
    for key, n in found.items():
        records = read_records(session, dispatcher, campaign, selection.as_text(), key)
        assert records.total == n == sum(row.n for row in records.shown)


def walk(session: Session, person: Person, campaign: SpecialCampaign) -> None:
    """Of one cell: a walk in the band asked for, one that didn't get in, one in another band, one too early."""
    cell = make_square(session)
    canvass = CanvassCampaign(
        county=person.county, name="晚间排查", starts_on=FIRST, ends_on=LAST, bands=["evening"],
        created_by_id=person.id,
    )  # fmt: skip
    session.add(canvass)
    session.flush()
    session.add(CampaignCell(county=person.county, campaign_id=canvass.id, cell_id=cell.id))
    session.flush()
    planning.put_canvass(session, person, campaign.id, canvass.id)
    at = NOW - timedelta(days=1)
    for values in (
        {"band": TimeBand.EVENING},
        {"band": TimeBand.EVENING, "outcome": VisitOutcome.NO_ACCESS},
        {"band": TimeBand.WORKDAY},
        {"band": TimeBand.EVENING, "device_finished_at": at - timedelta(days=30)},
    ):
        make_visit(session, person, cell, **({"device_finished_at": at, "received_at": at} | values))


def test_a_sweep_before_its_release_counts_nowhere(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher, **every_goal())
    make_sweep(session, dispatcher, campaign.id)
    found = counted(session, dispatcher, campaign)
    assert (found["sweeps.all"], found["stops.all"]) == (0, 0)


@pytest.mark.parametrize(
    ("day", "share"),
    [(FIRST - timedelta(days=1), 0.0), (FIRST, 0.5 / 30), (LAST, 29.5 / 30), (LAST + timedelta(days=1), 1.0)],
)
def test_the_share_of_days_that_have_passed_runs_from_none_to_all(day: date, share: float) -> None:
    campaign = SpecialCampaign(first_day=FIRST, last_day=LAST)
    assert elapsed(campaign, day) == pytest.approx(share)


def test_a_goal_is_behind_while_less_of_it_is_done_than_of_the_days(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher, **{"goal-made.all": "4"})
    site = make_site(session)
    (goal,) = goals_of(session, dispatcher, campaign, NOW)
    assert (goal.is_behind, goal.is_reached) == (True, False)
    for hours in (1, 2):
        make_check(session, dispatcher, site, device_finished_at=NOW - timedelta(hours=hours))
    (goal,) = goals_of(session, dispatcher, campaign, NOW)
    assert (goal.n, goal.percent, goal.is_behind) == (2, 50, False)


def test_the_head_of_a_township_is_shown_the_own_records_and_the_number_of_all(
    session: Session, dispatcher: Person
) -> None:
    campaign = make_campaign(session, dispatcher)
    town = make_township(session)
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=town.id)
    own, other = make_site(session, township_id=town.id, name="本镇点位"), make_site(session, name="外镇点位")
    for site in (own, other):
        make_check(session, dispatcher, site, device_finished_at=NOW - timedelta(hours=2))
    selection = selection_of(campaign, NOW)
    assert selection is not None
    records = read_records(session, head, campaign, selection.as_text(), "made.all")
    assert (records.total, [row.site for row in records.shown], records.more) == (2, ["本镇点位"], 1)


def test_a_question_that_no_page_asks_finds_nothing(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    selection = selection_of(campaign, NOW)
    assert selection is not None
    text = selection.as_text()
    for of, key in (
        ("", "made.all"), (text, "nothing.all"), (text.replace(selection.county, "421303"), "made.all"),
        (text.replace("2026-11-11", "2020-01-01"), "made.all"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            read_records(session, dispatcher, campaign, of, key)
