from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.registry import site_changes
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Person, Role
from inspections.registry.site_file import place_of
from inspections.registry.sites import NEXT_STATES, SiteState
from tests.casefile import make_area
from tests.factories import PLACE, make_person, make_site


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def now() -> datetime:
    return datetime.now(UTC)


def verbs(session: Session) -> list[str]:
    return list(session.scalars(select(Event.verb).order_by(Event.at)))


@pytest.mark.parametrize("was", list(SiteState))
@pytest.mark.parametrize("target", list(SiteState))
def test_a_site_moves_only_along_its_life(session: Session, dispatcher: Person, was, target) -> None:
    site = make_site(session, state=was)
    if target in NEXT_STATES[was]:
        assert site_changes.change_state(session, dispatcher, site.id, target, "复核").state is target
        assert verbs(session) == ["change_state"]
    else:
        with pytest.raises(Invalid):
            site_changes.change_state(session, dispatcher, site.id, target, "复核")
        assert site.state is was


def test_a_change_of_state_needs_a_reason(session: Session, dispatcher: Person) -> None:
    site = make_site(session)
    with pytest.raises(Invalid, match="原因"):
        site_changes.change_state(session, dispatcher, site.id, "verified", "  ")


def test_undoing_puts_the_state_back_and_keeps_both_changes_in_the_history(
    session: Session, dispatcher: Person
) -> None:
    site = make_site(session)
    site_changes.change_state(session, dispatcher, site.id, "verified", "现场核实")
    session.flush()
    assert site_changes.undo_state(session, dispatcher, site.id, now()).state is SiteState.REPORTED
    session.flush()
    assert verbs(session) == ["change_state", "undo_state"]
    with pytest.raises(Conflict):
        site_changes.undo_state(session, dispatcher, site.id, now())


def test_only_ones_own_fresh_change_can_be_undone(session: Session, dispatcher: Person) -> None:
    site = make_site(session)
    site_changes.change_state(session, dispatcher, site.id, "verified", "现场核实")
    session.flush()
    with pytest.raises(Conflict):
        site_changes.undo_state(session, make_person(session, Role.DISPATCHER), site.id, now())
    with pytest.raises(Conflict):
        site_changes.undo_state(session, dispatcher, site.id, now() + timedelta(minutes=11))


def test_facts_are_corrected_and_the_event_says_from_what_to_what(session: Session, dispatcher: Person) -> None:
    site = make_site(session, pupils=10)
    site_changes.edit_site(
        session, dispatcher, site.id, {"name": " 启航 ", "pupils": "12", "category": "after_care"}
    )
    assert (site.name, site.pupils) == ("启航", 12)
    event = session.scalars(select(Event)).one()
    assert event.detail == {"was": {"name": "小太阳托管班", "pupils": 10}, "now": {"name": "启航", "pupils": 12}}


def test_every_wrong_field_is_named_and_nothing_is_changed(session: Session, dispatcher: Person) -> None:
    site = make_site(session)
    given = {"name": "", "pupils": "-1", "category": "primary", "address": "长" * 301}
    with pytest.raises(Invalid) as caught:
        site_changes.edit_site(session, dispatcher, site.id, given)
    assert set(caught.value.fields) == {"name", "pupils", "category", "address"}
    assert site.name == "小太阳托管班"


def test_a_new_suspected_site_finds_its_township_by_the_map(session: Session, dispatcher: Person) -> None:
    area = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.1, 28.7))
    site = site_changes.add_suspected_site(session, dispatcher, {"name": "三楼亮灯"}, LonLat(*PLACE))
    session.expire(site)
    assert (site.state, site.township_id) == (SiteState.REPORTED, area.id)
    assert place_of(session, site) == LonLat(*PLACE)
    assert verbs(session) == ["add"]


@pytest.mark.parametrize(("lon", "lat"), [("", ""), ("nan", "1"), ("200", "1"), ("28.69", "117.07"), ("x", "y")])
def test_a_position_that_is_none_is_refused_in_words(lon: str, lat: str) -> None:
    with pytest.raises(Invalid, match="位置"):
        site_changes.place_from(lon, lat)


def test_who_may_not_may_not(session: Session) -> None:
    site = make_site(session)
    auditor = make_person(session, Role.AUDITOR)
    with pytest.raises(Forbidden):
        site_changes.change_state(session, auditor, site.id, "verified", "x")
    with pytest.raises(Forbidden):
        site_changes.edit_site(session, auditor, site.id, {"name": "x"})
    with pytest.raises(Forbidden):
        site_changes.add_suspected_site(session, auditor, {"name": "x"}, LonLat(*PLACE))
    with pytest.raises(NotFound):
        site_changes.edit_site(session, make_person(session, Role.DISPATCHER), auditor.id, {"name": "x"})
