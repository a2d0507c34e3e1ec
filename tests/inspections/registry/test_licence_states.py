"""Licences run out by themselves, and the state of the papers follows."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.events import Event
from inspections.registry.licence_states import refresh_licence_states
from inspections.registry.licences import Licence, LicenceKind
from inspections.registry.sites import LicenceState, Site, SiteCategory, SiteKind, SiteState
from tests.factories import COUNTY, make_site

DAY = date(2026, 11, 20)


def institution(session: Session, *papers: tuple[LicenceKind, date | None, date | None], **values) -> Site:
    site = make_site(
        session,
        **({"kind": SiteKind.INSTITUTION, "category": SiteCategory.ARTS, "state": SiteState.LICENSED} | values),
    )
    for kind, first, last in papers:
        row = {"county": COUNTY, "id": new_id(), "site_id": site.id, "kind": kind, "number": new_id().hex}
        session.add(Licence(**row, valid_from=first, valid_until=last))
    session.flush()
    return site


@pytest.mark.parametrize(
    ("papers", "state"),
    [
        ([(LicenceKind.PERMIT, None, None), (LicenceKind.BUSINESS, None, DAY)], LicenceState.COMPLETE),
        (
            [(LicenceKind.PERMIT, None, None), (LicenceKind.CIVIL, None, date(2026, 11, 19))],
            LicenceState.PERMIT_ONLY,
        ),
        (
            [(LicenceKind.PERMIT, date(2026, 11, 21), None), (LicenceKind.CIVIL, None, None)],
            LicenceState.REGISTRATION_ONLY,
        ),
        ([(LicenceKind.PERMIT, None, date(2025, 1, 1))], LicenceState.NONE),
    ],
)
def test_the_state_follows_from_the_licences_in_force_on_the_day(session: Session, papers, state) -> None:
    site = institution(session, *papers)
    refresh_licence_states(session, COUNTY, DAY)
    assert site.licence_state is state


def test_a_licence_that_ran_out_over_night_is_in_the_history_of_its_site(session: Session) -> None:
    papers = [(LicenceKind.PERMIT, None, None), (LicenceKind.BUSINESS, None, DAY)]
    site = institution(session, *papers, licence_state=LicenceState.COMPLETE)
    assert refresh_licence_states(session, COUNTY, DAY) == {}
    refresh_licence_states(session, COUNTY, date(2026, 11, 21))
    event = session.scalars(select(Event).where(Event.subject_id == site.id)).one()
    assert (event.verb, event.detail) == ("licences_change", {"was": "complete", "now": "permit_only"})


def test_what_an_officer_saw_stands_where_no_licence_was_ever_entered(session: Session) -> None:
    site = make_site(session, licence_state=LicenceState.NONE)
    assert refresh_licence_states(session, COUNTY, DAY) == {}
    assert site.licence_state is LicenceState.NONE


def test_only_the_sites_that_were_asked_for_are_looked_at(session: Session) -> None:
    one, other = (institution(session, (LicenceKind.PERMIT, None, None)) for _ in range(2))
    assert list(refresh_licence_states(session, COUNTY, DAY, [one.id])) == [one.id]
    assert other.licence_state is None
