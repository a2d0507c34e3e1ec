"""What is known of sites before a sweep: risk, hours, visits of the year, what keeps one from going there now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from ..access import visible
from ..days import CHINA, day_of
from ..errors import Message, say
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from ..targeting.risk.models import RiskScoring, SiteRiskRow, unpacked
from ..targeting.risk.scoring import scores_as_of
from ..targeting.target_lists.caps import counted_since
from ..targeting.target_lists.county_settings import rules_of
from ..targeting.target_lists.gathering import FACTS, FINDINGS_FOR, TIPS_FOR, exempt_by, left_out_by
from ..targeting.target_lists.plan import Plan as ListPlan
from ..targeting.target_lists.pool import EXEMPT_WORDS, LEFT_OUT_WORDS, Exempt, LeftOut
from .sweeps import Sweep
from .windows import Hours, Likely, likely_of, profiles_of

Reasons = tuple[tuple[float, Message], ...]


@dataclass(frozen=True)
class Known:
    """A site with a place. `against`: why it would rather not be visited now; it may be added all the same."""

    site: Site
    township: str | None
    probability: float | None
    reasons: Reasons
    likely: Likely | None
    against: Message | None
    cap: Message | None
    exempt: Message | None
    last_visit_on: date | None


def known_of(
    session: Session, person: Person, sweep: Sweep, site_ids: Iterable[UUID], now: datetime
) -> dict[UUID, Known]:
    """By site; those that the person may not see, or that have no place, are left out."""
    sites = _sites(session, person, list(site_ids))
    risks = _risks(session, person.county, set(sites), now)
    hours = Hours(sweep.starts_at, sweep.ends_at)
    likely = likely_of(session, person.county, profiles_of(session, person.county, sites, now), hours)
    plan = _plan_of(session, sweep)
    facts = _facts(session, person.county, plan, sorted(sites), now)
    new_year = datetime.combine(date(day_of(sweep.starts_at).year, 1, 1), time(), CHINA).astimezone(UTC)
    visits = counted_since(session, person.county, new_year, now)
    return {
        key: Known(
            site,
            township,
            *risks.get(key, (None, ())),
            likely.get(key),
            _against(facts[key], plan, now),
            _cap(facts[key], plan, visits.get(key, 0)),
            EXEMPT_WORDS.get(exempt_by(facts[key], plan)),
            day_of(facts[key].last_visit) if facts[key].last_visit else None,
        )
        for key, (site, township) in sites.items()
    }


def _sites(session: Session, person: Person, ids: list[UUID]) -> dict[UUID, tuple[Site, str | None]]:
    query = (
        visible(person, Site)
        .where(Site.id.in_(ids), Site.location.is_not(None))
        .outerjoin(Area, (Area.county == Site.county) & (Area.id == Site.township_id))
        .add_columns(Area.name)
    )
    return {site.id: (site, township) for site, township in session.execute(query)}


def _risks(
    session: Session, county: str, ids: set[UUID], now: datetime
) -> dict[UUID, tuple[float | None, Reasons]]:
    """The newest scores that are kept; computed where none ever were."""
    if session.get(RiskScoring, county) is None:
        return {
            each.site_id: (each.probability, tuple((reason.weight, reason.words) for reason in each.reasons))
            for each in scores_as_of(session, county, now).sites
            if each.site_id in ids
        }
    query = select(SiteRiskRow).where(SiteRiskRow.county == county, SiteRiskRow.site_id.in_(ids))
    return {
        row.site_id: (row.probability, tuple((weight, unpacked(words)) for weight, words in row.reasons))
        for row in session.scalars(query)
    }


def _plan_of(session: Session, sweep: Sweep) -> ListPlan:
    """The rules of target lists, for the days of a sweep."""
    rules = rules_of(session, sweep.county)
    first, last = day_of(sweep.starts_at), day_of(sweep.ends_at)
    return ListPlan(first, last, caps=rules.caps, cap_basis=rules.cap_basis)


def _facts(session: Session, county: str, plan: ListPlan, ids: list[UUID], now: datetime) -> dict[UUID, Row[Any]]:
    asked = {
        "county": county,
        "kinds": [kind.value for kind in SiteKind],
        "now": now,
        "tips_since": now - TIPS_FOR,
        "findings_since": now - FINDINGS_FOR,
        "last_day": plan.last_day,
        "ids": ids,
    }
    return {row.id: row for row in session.execute(OF_SITES, asked)}


OF_SITES = text(f"{FACTS.text} and s.id = any(cast(:ids as uuid[]))")


def _against(row: Row[Any], plan: ListPlan, now: datetime) -> Message | None:
    """The cap is told apart: it is a number, not a reason to stay away from who is exempt."""
    reason = left_out_by(row, plan, now, 0, is_refused=False)
    return LEFT_OUT_WORDS[reason] if reason is not LeftOut.NO else None


def _cap(row: Row[Any], plan: ListPlan, visits: int) -> Message | None:
    cap = next((most for kind, most in plan.caps.items() if kind == row.kind), None)
    if cap is None:
        return None
    if exempt_by(row, plan) is not Exempt.NO:
        return say("今年已查 {n} 次，上限 {cap} 次；这次不计入", n=visits, cap=cap)
    if visits >= cap:
        return say("今年已查 {n} 次，到了上限 {cap} 次：写明免计的理由才能去", n=visits, cap=cap)
    return say("今年已查 {n} 次，上限 {cap} 次；这次计为第 {next} 次", n=visits, cap=cap, next=visits + 1)
