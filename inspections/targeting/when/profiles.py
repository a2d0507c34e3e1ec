"""The profile of every site of a county: what is known of it, of its neighbourhood, of its kind, of the county."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ...rules.calendar import Calendar, calendar_of
from ...rules.school_year import SchoolPeriod
from ...rules.statutory import list_years
from ..risk.history import History
from .evidence import Evidence, evidence_of
from .priors import GROUPS, PRIOR_EVENTS, group_of, prior
from .shares import SLOTS, Floats, scaled, shrunk, smooth, strength_of

SQUARE_M = 1000.0
VERSION = 1


@dataclass(frozen=True)
class Profiles:
    """`rates` are sites × SLOTS; `own`, `near` and `county` how many occurrences each profile rests on.

    `strengths` are what the neighbourhood is worth to a site, and the county to a neighbourhood, in occurrences.
    """

    rates: Floats
    own: Floats
    near: Floats
    county: float
    untimed: int
    strengths: tuple[float, float]


def county_calendar(session: Session, county: str) -> Calendar:
    """Days off and the county's own terms and vacations, whoever asks."""
    periods = session.scalars(select(SchoolPeriod).where(SchoolPeriod.county == county))
    return calendar_of(list_years(session, county), periods)


def read_walks(session: Session, county: str, until: datetime) -> Floats:
    """When walks through grid cells ended, in POSIX seconds, of those that had arrived by a moment."""
    query = text(
        "select extract(epoch from device_finished_at)::float8 from canvass_visits"
        " where county = :county and received_at <= :until and outcome <> 'no_access'"
    )
    return np.array(session.scalars(query, {"county": county, "until": until}).all(), dtype=float)


def profiles_at(session: Session, county: str, history: History) -> Profiles:
    """As of the moment that the history reaches to."""
    calendar = county_calendar(session, county)
    walks_s = read_walks(session, county, history.until)
    return profiles_of(history, evidence_of(history, calendar, walks_s, history.until.timestamp()))


def profiles_of(history: History, evidence: Evidence) -> Profiles:
    counts, days = smooth(evidence.counts), evidence.days
    groups = np.array([GROUPS.index(group_of(each)) for each in history.sites.words["category"]], dtype=np.int64)
    priors = np.stack([scaled(smooth(prior(group)[None])[0], np.maximum(days, 1e-9)) for group in GROUPS])
    everywhere = counts.sum(axis=0) + smooth(evidence.place_counts.sum(axis=0)[None])[0]
    county = shrunk(everywhere[None], days, priors.mean(axis=0)[None], PRIOR_EVENTS)[0]
    of_group = np.stack([counts[groups == number].sum(axis=0) for number in range(len(GROUPS))])
    group_parent = scaled(county * priors / np.maximum(priors.mean(axis=0), 1e-12), np.maximum(days, 1e-9))
    by_group = shrunk(of_group, days, group_parent, PRIOR_EVENTS)
    square, near = _near(history, evidence)
    near_strength = strength_of(near, days, county[None])
    by_square = shrunk(smooth(near), days, county[None], near_strength)
    parent = scaled(by_square[square] * by_group[groups] / np.maximum(county, 1e-12), np.maximum(days, 1e-9))
    own_strength = strength_of(evidence.counts, days, parent)
    rates = shrunk(counts, days, parent, own_strength)
    return Profiles(
        rates,
        counts.sum(axis=1),
        near.sum(axis=1)[square],
        float(everywhere.sum()),
        evidence.untimed,
        (own_strength, near_strength),
    )


def _near(history: History, evidence: Evidence) -> tuple[np.ndarray, Floats]:
    """The square kilometre of each site, and what was counted in each square."""
    sites = history.sites
    x_m = np.concatenate([sites.x_m, evidence.place_x_m])
    y_m = np.concatenate([sites.y_m, evidence.place_y_m])
    key = np.stack([np.floor(each / SQUARE_M) for each in (x_m, y_m)], axis=1)
    square = np.unique(key, axis=0, return_inverse=True)[1].reshape(-1)
    near = np.zeros((int(square.max()) + 1 if len(square) else 0, SLOTS))
    np.add.at(near, square, np.concatenate([evidence.counts, evidence.place_counts]))
    return square[: len(sites)], near
