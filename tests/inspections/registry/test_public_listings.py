import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.events import Event
from inspections.registry.people import Role
from inspections.registry.public_listings import PublicListing, listings_of, put_on_list, take_off_list
from inspections.registry.sites import LicenceState, PublicList, SiteCategory, SiteKind, SiteState
from tests.factories import NOW, make_person, make_site

WHY = "行政处罚决定书〔2026〕3 号"


def test_a_site_on_a_list_has_its_reason_who_and_when(session: Session) -> None:
    director, site = make_person(session, Role.DIRECTOR), make_site(session, state=SiteState.CLOSED)
    put_on_list(session, director, site.id, "black", WHY, NOW)
    (listing,) = listings_of(session, site)
    assert (site.public_list, listing.reason, listing.listed_by_id) == (PublicList.BLACK, WHY, director.id)


def test_what_is_taken_off_stays_in_the_history_and_can_be_listed_again(session: Session) -> None:
    director, site = make_person(session, Role.DIRECTOR), make_site(session)
    put_on_list(session, director, site.id, "black", WHY, NOW)
    take_off_list(session, director, site.id, "整改完成，经复查", NOW)
    assert site.public_list is None
    put_on_list(session, director, site.id, "black", "死灰复燃，再次查处", NOW)
    assert [bool(each.removed_at) for each in listings_of(session, site)] == [False, True]
    verbs = [event.verb for event in session.query(Event).order_by(Event.id)]
    assert verbs == ["list_publicly", "unlist", "list_publicly"]


def test_going_over_to_the_other_list_ends_the_stay_on_the_first(session: Session) -> None:
    director = make_person(session, Role.DIRECTOR)
    site = make_site(
        session,
        kind=SiteKind.INSTITUTION,
        category=SiteCategory.ARTS,
        state=SiteState.LICENSED,
        licence_state=LicenceState.COMPLETE,
    )
    put_on_list(session, director, site.id, "white", "年检合格", NOW)
    put_on_list(session, director, site.id, "black", WHY, NOW)
    assert site.public_list is PublicList.BLACK
    assert [each.list.value for each in listings_of(session, site) if not each.removed_at] == ["black"]


@pytest.mark.parametrize(
    ("which", "reason", "values", "field"),
    [
        ("white", WHY, {}, "list"),  # no papers
        ("grey", WHY, {}, "list"),
        ("black", "坏", {}, "reason"),
        ("black", WHY, {"kind": SiteKind.SCHOOL, "category": SiteCategory.PRIMARY}, "list"),
    ],
)
def test_a_listing_without_ground_is_refused(session: Session, which, reason, values, field) -> None:
    site = make_site(session, **values)
    with pytest.raises(Invalid) as refused:
        put_on_list(session, make_person(session, Role.DIRECTOR), site.id, which, reason, NOW)
    assert field in refused.value.fields
    assert site.public_list is None


def test_only_the_director_lists_and_nobody_takes_off_what_is_not_on(session: Session) -> None:
    site = make_site(session)
    with pytest.raises(Forbidden):
        put_on_list(session, make_person(session, Role.DISPATCHER), site.id, "black", WHY, NOW)
    with pytest.raises(Conflict):
        take_off_list(session, make_person(session, Role.DIRECTOR), site.id, WHY, NOW)


def test_the_database_lets_no_site_stand_on_two_lists(session: Session) -> None:
    site = make_site(session)
    for _ in range(2):
        session.add(
            PublicListing(
                county=site.county, id=new_id(), site_id=site.id, list=PublicList.BLACK, listed_at=NOW, reason=WHY
            )
        )
    with pytest.raises(IntegrityError):
        session.flush()
