"""What the desk shows of risk: the model in force and how good it is, those before it, and one site's file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import get, require
from ...errors import Message
from ...registry.people import Person
from ...registry.sites import Site
from ..when.day_types import TypedDay, typed
from ..when.profiles import county_calendar
from ..when.shares import Floats
from ..when.windows import Window, basis_words, hours_of, window_of
from .features import CONTROLS, OF_NAME, Group
from .models import (
    RiskModel,
    RiskModelState,
    RiskScoring,
    RiskTerm,
    SiteRiskRow,
    in_force,
    list_models,
    list_terms,
    model_at,
    previous_model,
    unpacked,
)
from .rescoring import rates_of
from .rules import Reason

SHOWN_SITES, SHOWN_DAYS = 10, 7


@dataclass(frozen=True)
class Weight:
    """What a feature adds to the log-odds for one standard deviation more of it."""

    group: Group
    words: Message
    weight: float


@dataclass(frozen=True)
class Overview:
    """`term` is None where nothing was ever decided. `refused` says what a model would need."""

    model: RiskModel | None
    term: RiskTerm | None
    models: Sequence[RiskModel]
    terms: Sequence[tuple[RiskTerm, int | None, str]]
    weights: list[Weight]
    scoring: RiskScoring | None
    drifted: list[tuple[Message, float]]
    riskiest: list[tuple[Site, SiteRiskRow]]
    previous: tuple[UUID | None, bool]
    refused: Message | None


def read_overview(session: Session, person: Person, now: datetime) -> Overview:
    require(person, "hotspot.see")
    county = person.county
    models, model = list_models(session, person), model_at(session, county, now)
    scoring = session.get(RiskScoring, county)
    last = next((each for each in models if each.state is not RiskModelState.WAITING), None)
    refused = last.quality.get("refused") if last is not None else None
    return Overview(
        model,
        in_force(session, county, now),
        models,
        _terms(session, person, models),
        _weights(model),
        scoring,
        _drifted(scoring),
        _riskiest(session, county),
        previous_model(session, county, now),
        unpacked(refused) if refused else None,
    )


def _terms(
    session: Session, person: Person, models: Sequence[RiskModel]
) -> list[tuple[RiskTerm, int | None, str]]:
    numbers: dict[UUID | None, int] = {model.id: model.number for model in models}
    people = session.execute(select(Person.id, Person.name).where(Person.county == person.county))
    names: dict[UUID | None, str] = {row.id: row.name for row in people}
    return [
        (term, numbers.get(term.model_id), names.get(term.person_id, "")) for term in list_terms(session, person)
    ]


def _weights(model: RiskModel | None) -> list[Weight]:
    if model is None:
        return []
    kept = model.content["model"]
    weights = [
        Weight(OF_NAME[name].group, OF_NAME[name].words, weight)
        for name, weight in zip(kept["names"], kept["coefficients"], strict=True)
        if name in OF_NAME and name not in CONTROLS and abs(weight) >= 0.01
    ]
    return sorted(weights, key=lambda each: -abs(each.weight))


def _drifted(scoring: RiskScoring | None) -> list[tuple[Message, float]]:
    """The features that moved most, the score left out."""
    kept: dict[str, Any] = scoring.drift if scoring else {}
    moved = [(OF_NAME[name].words, value) for name, value in kept.items() if name in OF_NAME]
    return sorted(moved, key=lambda each: -each[1])[:5]


def _riskiest(session: Session, county: str) -> list[tuple[Site, SiteRiskRow]]:
    rows = session.execute(
        select(Site, SiteRiskRow)
        .join(SiteRiskRow, (SiteRiskRow.county == Site.county) & (SiteRiskRow.site_id == Site.id))
        .where(Site.county == county)
        .order_by(SiteRiskRow.position)
        .limit(SHOWN_SITES)
    ).all()
    return [(site, row) for site, row in rows]


@dataclass(frozen=True)
class DayStrip:
    """A coming day, its 24 hours against the likeliest of the week (0 to 1), and the window to go."""

    day: TypedDay
    hours: list[float]
    window: Window


@dataclass(frozen=True)
class SiteRiskFile:
    row: SiteRiskRow
    scoring: RiskScoring
    model_number: int | None
    reasons: list[Reason]
    days: list[DayStrip]
    basis: Message


def read_site_risk(session: Session, person: Person, site_id: UUID, today: date) -> SiteRiskFile | None:
    """The newest score of a site and its hours of the week to come; None where it isn't scored.

    Raises Forbidden for who may not see analyses, NotFound for a site that the person may not see.
    """
    require(person, "hotspot.see")
    site = get(session, person, Site, site_id)
    row = session.get(SiteRiskRow, (site.county, site.id))
    scoring = session.get(RiskScoring, site.county)
    if row is None or scoring is None:
        return None
    model = session.get(RiskModel, (site.county, scoring.model_id)) if scoring.model_id else None
    return SiteRiskFile(
        row,
        scoring,
        model.number if model else None,
        [Reason(weight, unpacked(words)) for weight, words in row.reasons],
        _days(session, site.county, rates_of(row), today),
        basis_words(row.own, row.near, scoring.profiles["county"], scoring.profiles["untimed"]),
    )


def _days(session: Session, county: str, rates: Floats, today: date) -> list[DayStrip]:
    calendar = county_calendar(session, county)
    days = [typed(calendar, today + timedelta(days=number)) for number in range(SHOWN_DAYS)]
    hours = [hours_of(rates, day) for day in days]
    most = max((float(each.max()) for each in hours), default=0.0) or 1.0
    return [
        DayStrip(day, [float(hour / most) for hour in each], window_of(rates, day))
        for day, each in zip(days, hours, strict=True)
    ]
