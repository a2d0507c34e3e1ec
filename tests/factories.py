"""Rows with sane values; each function says what it needs and lets the test set the rest."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections.registry.accounts import Account, hasher
from inspections.registry.people import Certificate, Person, PersonRole, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState

COUNTY = "361129"
PASSWORD = "correct horse battery"
PLACE = (117.07, 28.69)  # the county town of Wannian
NOW = datetime(2026, 11, 20, 12, 40, tzinfo=UTC)


def make_account(session: Session, login: str = "zhang", county: str = COUNTY, **values: Any) -> Account:
    account = Account(county=county, login=login, password_hash=hasher.hash(PASSWORD), **values)
    session.add(account)
    session.flush()
    return account


def make_person(
    session: Session,
    *roles: Role,
    login: str | None = None,
    certificate: str | None = None,
    county: str = COUNTY,
    **values: Any,
) -> Person:
    """A person with roles; with an account if `login`, with a certificate if a number is given."""
    account = make_account(session, login, county) if login else None
    person = Person(county=county, **({"name": "张敏", "account_id": account and account.id} | values))
    person.grants = [PersonRole(county=county, role=role) for role in roles]
    if certificate:
        person.certificates = [Certificate(county=county, number=certificate)]
    session.add(person)
    session.flush()
    return person


def make_site(
    session: Session, place: tuple[float, float] | None = PLACE, county: str = COUNTY, **values: Any
) -> Site:
    """A suspected site; `place` is (lon, lat)."""
    defaults = {
        "kind": SiteKind.SUSPECTED,
        "category": SiteCategory.AFTER_CARE,
        "state": SiteState.REPORTED,
        "name": "小太阳托管班",
        "location": lonlat(*place) if place else None,
    }
    site = Site(county=county, **(defaults | values))
    session.add(site)
    session.flush()
    return site
