"""The ladder of a suspected site, and what somebody finds out about its place."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspections.days import day_of
from inspections.errors import Forbidden, Invalid
from inspections.registry.locating import locate_site
from inspections.registry.people import Role
from inspections.registry.sites import Site, SiteKind, SiteState
from inspections.registry.suspect_stages import SuspectStage, stage_of
from tests.factories import NOW, PLACE, make_person, make_site
from tests.orders import Case

TODAY = day_of(NOW)
FAR = TODAY + timedelta(days=4_000)


@pytest.mark.parametrize(
    ("values", "stage"),
    [
        ({"place": None}, SuspectStage.RUMOUR),
        ({"location_accuracy_m": 300}, SuspectStage.RUMOUR),
        ({"location_accuracy_m": 12}, SuspectStage.ADDRESS),
        ({"place": None, "building": "3 栋"}, SuspectStage.ADDRESS),
        ({"state": SiteState.VERIFIED, "place": None}, SuspectStage.CONFIRMED),
        ({"state": SiteState.RECTIFYING}, SuspectStage.ORDERED),
        ({"state": SiteState.SUSPENDED}, SuspectStage.ORDERED),
        ({"state": SiteState.CLOSED, "watched_until": FAR}, SuspectStage.WATCHED),
        ({"state": SiteState.CLOSED, "watched_until": TODAY - timedelta(days=4_000)}, SuspectStage.CLOSED),
        ({"state": SiteState.DISMISSED}, SuspectStage.DISMISSED),
        ({"state": SiteState.LICENSED}, SuspectStage.LICENSED),
    ],
)
def test_a_site_stands_on_the_rung_that_its_state_and_its_place_say(
    session: Session, values: dict[str, Any], stage: SuspectStage
) -> None:
    assert stage_of(session, make_site(session, **values)) is stage


def test_a_closed_site_that_opened_elsewhere_has_moved(session: Session) -> None:
    old = make_site(session, state=SiteState.CLOSED, watched_until=FAR)
    make_site(session, moved_from_id=old.id)
    assert stage_of(session, old) is SuspectStage.MOVED


def test_a_room_that_was_found_out_makes_an_address_of_a_rumour(session: Session) -> None:
    head = make_person(session, Role.DISPATCHER)
    site = make_site(session, place=None)
    locate_site(
        session, head, site.id, {"compound": "东门小区", "building": "3", "floor": "-1", "premises": "basement"}
    )
    assert stage_of(session, site) is SuspectStage.ADDRESS
    assert (site.floor, site.premises.value) == ("-1", "basement")


def test_a_point_brings_its_circle_and_its_township(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    site = make_site(session, place=None)
    given = {"lon": str(PLACE[0]), "lat": str(PLACE[1]), "accuracy_m": "400"}
    locate_site(session, dispatcher, site.id, given)
    session.refresh(site)
    assert (round(site.place.lon, 4), site.location_accuracy_m) == (PLACE[0], 400)
    assert stage_of(session, site) is SuspectStage.RUMOUR


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "address"),
        ({"lon": "117"}, "lon"),
        ({"lon": "abc", "lat": "28"}, "lon"),
        ({"address": "路" * 301}, "address"),
        ({"room": "1" * 61}, "room"),
        ({"address": "东门", "accuracy_m": "-3"}, "accuracy_m"),
        ({"address": "东门", "accuracy_m": "很远"}, "accuracy_m"),
        ({"address": "东门", "premises": "castle"}, "premises"),
    ],
)
def test_a_place_that_cannot_be_is_refused_by_its_field(session: Session, given: dict, field: str) -> None:
    site = make_site(session, place=None)
    with pytest.raises(Invalid) as refused:
        locate_site(session, make_person(session, Role.DISPATCHER), site.id, given)
    assert field in refused.value.fields


def test_who_may_not_find_places_is_told(session: Session) -> None:
    with pytest.raises(Forbidden):
        locate_site(session, make_person(session, Role.VOLUNTEER), make_site(session).id, {"address": "东门"})
    assert session.query(Site).one().address is None


def test_a_signed_order_raises_a_confirmed_site_by_itself(session: Session) -> None:
    case = Case(session, findings=1)
    case.site.kind, case.site.state = SiteKind.SUSPECTED, SiteState.VERIFIED
    session.flush()
    assert stage_of(session, case.site) is SuspectStage.CONFIRMED
    case.issued()
    assert stage_of(session, case.site) is SuspectStage.ORDERED
