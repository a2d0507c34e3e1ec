"""How nights go against their plans: what a county's finished sweeps say, and what a rehearsal may assume."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import Invalid, say
from .stops import StopState, SweepStop
from .sweeps import Sweep, SweepState

if TYPE_CHECKING:
    from geo.routes.simulation import Assumptions

ENOUGH = 20  # stops of finished sweeps, before their times say more than an assumption
NOBODY = (StopState.CLOSED, StopState.MOVED)


class Bounds(NamedTuple):
    least: float
    most: float


# Percent, minutes; a form's field and what it may say
FIELDS: dict[str, Bounds] = {
    "service": Bounds(20, 400),
    "service_cv": Bounds(0, 200),
    "travel": Bounds(50, 400),
    "travel_cv": Bounds(0, 200),
    "closed": Bounds(0, 100),
    "closed_minutes": Bounds(0, 60),
    "seed": Bounds(0, 2**31),
}


@dataclass(frozen=True)
class Learned:
    """What finished sweeps say: how many visits and doors it rests on. `values` are in the units of the form."""

    visits: int
    doors: int
    values: Mapping[str, float] = field(default_factory=dict)


def usual(session: Session, county: str, now: datetime) -> tuple[dict[str, float], Learned]:
    """What the form of a rehearsal begins with, and what of it was learned."""
    from geo.routes.simulation import Assumptions

    plain = Assumptions()
    values = {
        "service": 100 * plain.service, "service_cv": 100 * plain.service_cv, "travel": 100 * plain.travel,
        "travel_cv": 100 * plain.travel_cv, "closed": 100 * plain.closed,
        "closed_minutes": plain.closed_s / 60, "seed": 1.0,
    }  # fmt: skip
    learned = learn(session, county, now)
    return values | dict(learned.values), learned


def learn(session: Session, county: str, now: datetime) -> Learned:
    """From the stops of sweeps that ended within the year: how long visits took against the plan, how many doors
    were closed.
    """
    of_past = (
        select(SweepStop)
        .join(Sweep, (Sweep.county == SweepStop.county) & (Sweep.id == SweepStop.sweep_id))
        .where(
            SweepStop.county == county, Sweep.state == SweepState.FINISHED,
            Sweep.ended_at > now - timedelta(days=365),
        )
    )  # fmt: skip
    done = of_past.with_only_columns(
        func.extract("epoch", SweepStop.settled_at - SweepStop.entered_at)
        / func.extract("epoch", SweepStop.planned_leaves_at - SweepStop.planned_enters_at)
    ).where(
        SweepStop.state == StopState.DONE, SweepStop.settled_at > SweepStop.entered_at,
        SweepStop.planned_leaves_at > SweepStop.planned_enters_at,
    )  # fmt: skip
    ratios = np.array([float(each) for each in session.scalars(done)])
    doors, closed = session.execute(
        of_past.where(SweepStop.state.in_([StopState.DONE, StopState.REFUSED, *NOBODY])).with_only_columns(
            func.count(), func.count().filter(SweepStop.state.in_(NOBODY))
        )
    ).one()
    values: dict[str, float] = {}
    if len(ratios) >= ENOUGH:
        values |= {"service": 100 * ratios.mean(), "service_cv": 100 * ratios.std(ddof=1) / ratios.mean()}
    if doors >= ENOUGH:
        values["closed"] = 100 * closed / doors
    bounded = {name: float(np.clip(round(value), *FIELDS[name])) for name, value in values.items()}
    return Learned(len(ratios), doors, bounded)


def asked(given: Mapping[str, str], beginning: Mapping[str, float]) -> dict[str, float]:
    """The figures of a form, what it leaves out as it began. Raises Invalid, field by field."""
    values, wrong = dict(beginning), {}
    for name, (least, most) in FIELDS.items():
        if not given.get(name, "").strip():
            continue
        try:
            values[name] = float(given[name])
        except ValueError:
            values[name] = float("nan")
        if not least <= values[name] <= most:
            wrong[name] = say("请填 {least} 到 {most} 之间的数", least=f"{least:g}", most=f"{most:g}")
    if wrong:
        raise Invalid(wrong)
    return values


def assumptions(values: Mapping[str, float]) -> "Assumptions":
    from geo.routes.simulation import Assumptions

    return replace(
        Assumptions(),
        service=values["service"] / 100, service_cv=values["service_cv"] / 100, travel=values["travel"] / 100,
        travel_cv=values["travel_cv"] / 100, closed=values["closed"] / 100, closed_s=60 * values["closed_minutes"],
    )  # fmt: skip
