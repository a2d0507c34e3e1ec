"""A campaign is planned with goals, takes sweeps and canvasses under its name, and ends."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.access import visible
from inspections.canvass.campaigns import CanvassCampaign
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.people import Person, Role
from inspections.special_campaigns import planning
from inspections.special_campaigns.progress import canvasses_of, choices, free_canvasses, free_sweeps, sweeps_of
from inspections.sweeps.campaigns import SpecialCampaign
from tests.factories import NOW, make_person
from tests.special import FIRST, form_of, make_campaign, make_sweep


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李科长")


def make_canvass(session: Session, person: Person, first: int = 0, last: int = 5) -> CanvassCampaign:
    canvass = CanvassCampaign(
        county=person.county, name="晚间排查", starts_on=FIRST + timedelta(days=first),
        ends_on=FIRST + timedelta(days=last), bands=["evening"], created_by_id=person.id,
    )  # fmt: skip
    session.add(canvass)
    session.flush()
    return canvass


def test_a_campaign_keeps_the_goals_that_were_set_and_no_others(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher, **{"goal-shut.all": "5", "goal-found.all": " "})
    assert campaign.goals == {"made.all": 30, "shut.all": 5}


@pytest.mark.parametrize(
    ("field", "text"),
    [("name", " "), ("name", "长" * 61), ("first_day", "x"), ("last_day", "2026-11-10"),
     ("last_day", "2028-01-01"), ("goal-made.all", "0"),
     ("goal-made.all", "-3"), ("goal-made.all", "三"), ("goal-made.all", "9" * 30)],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(session: Session, dispatcher: Person, field: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        planning.begin(session, dispatcher, form_of(**{field: text}))
    assert list(refused.value.fields) == [field]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(list(form_of())), st.text(max_size=80), max_size=4))
def test_nothing_that_is_typed_breaks_the_form(
    session: Session, dispatcher: Person, typed: dict[str, str]
) -> None:
    with session.begin_nested() as undone:
        try:
            planning.begin(session, dispatcher, form_of(**typed))
        except Invalid as refused:
            named = set(refused.fields)
        else:
            named = set()
        undone.rollback()
    assert named <= set(typed) | {"last_day"}


def test_the_second_of_two_who_edit_is_told_who_changed_it(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    seen = planning.mark_of(campaign)
    planning.change(session, dispatcher, campaign.id, form_of(name="攻坚", seen=seen))
    other = make_person(session, Role.DIRECTOR, name="王局长")
    with pytest.raises(Conflict) as refused:
        planning.change(session, other, campaign.id, form_of(name="会战", seen=seen))
    assert "李科长" in str(refused.value.message)
    session.expire(campaign)
    assert campaign.name == "攻坚"
    planning.change(session, other, campaign.id, form_of(name="会战", seen=planning.mark_of(campaign)))
    assert campaign.name == "会战"


def test_a_canvass_belongs_to_one_campaign_and_can_be_taken_out(session: Session, dispatcher: Person) -> None:
    first, second = make_campaign(session, dispatcher), make_campaign(session, dispatcher, name="另一次")
    canvass, far = make_canvass(session, dispatcher), make_canvass(session, dispatcher, 90, 99)
    assert [each.id for each in free_canvasses(session, dispatcher, first)] == [canvass.id]
    planning.put_canvass(session, dispatcher, first.id, canvass.id)
    assert not free_canvasses(session, dispatcher, second)
    with pytest.raises(Conflict):
        planning.put_canvass(session, dispatcher, second.id, canvass.id)
    assert [part.canvass.id for part in canvasses_of(session, dispatcher, first)] == [canvass.id]
    with pytest.raises(NotFound):
        planning.take_canvass(session, dispatcher, first.id, far.id)
    planning.take_canvass(session, dispatcher, first.id, canvass.id)
    assert not canvasses_of(session, dispatcher, first)


def test_a_sweep_belongs_to_one_campaign_and_can_be_taken_out(session: Session, dispatcher: Person) -> None:
    first, second = make_campaign(session, dispatcher), make_campaign(session, dispatcher, name="另一次")
    sweep = make_sweep(session, dispatcher)
    assert free_sweeps(session, dispatcher, first) == [sweep]
    planning.put_sweep(session, dispatcher, first.id, sweep.id)
    with pytest.raises(Conflict):
        planning.put_sweep(session, dispatcher, second.id, sweep.id)
    with pytest.raises(NotFound):
        planning.take_sweep(session, dispatcher, second.id, sweep.id)
    assert list(sweeps_of(session, dispatcher, first)) == [sweep]
    planning.take_sweep(session, dispatcher, first.id, sweep.id)
    assert not sweeps_of(session, dispatcher, first)


def test_a_campaign_that_has_ended_changes_no_more(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    today = NOW.date()
    assert choices(session, dispatcher, today) == [(str(campaign.id), "百日攻坚")]
    planning.end(session, dispatcher, campaign.id, NOW)
    assert choices(session, dispatcher, today) == []
    assert choices(session, dispatcher, today, campaign.id) == [(str(campaign.id), "百日攻坚")]
    for deed in (
        lambda: planning.end(session, dispatcher, campaign.id, NOW),
        lambda: planning.change(session, dispatcher, campaign.id, form_of(seen=planning.mark_of(campaign))),
    ):
        with pytest.raises(Conflict):
            deed()


def test_heads_of_townships_read_campaigns_and_plan_none(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    head, walker = make_person(session, Role.TOWNSHIP_ADMIN), make_person(session, Role.GRID_WORKER)
    assert session.scalars(visible(head, SpecialCampaign)).all() == [campaign]
    assert session.scalars(visible(walker, SpecialCampaign)).all() == []
    for person in (head, walker, make_person(session, Role.AUDITOR)):
        with pytest.raises(Forbidden):
            planning.begin(session, person, form_of())
