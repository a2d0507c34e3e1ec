"""The rules form of risk: points for recorded facts, each with its reason, as anyone can add them up again.

They stand while there is too little data for a model. Where history knows a moment, the points are those of that
moment. The points are an order, no chance: `as_share` brings them between 0 and 1 without changing the order.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import Message, say
from ...registry.sites import LicenceState, SiteState
from .facts import Facts

LICENCE_POINTS = {LicenceState.NONE: 3.0, LicenceState.REGISTRATION_ONLY: 2.0, LicenceState.PERMIT_ONLY: 1.0}
HEAT_POINTS = {99: 4.0, 95: 3.0, 90: 2.0}
HALF = 8.0  # so many points are brought to one half


class Reason(NamedTuple):
    """Why: its part of the sum, in points or in log-odds, and its words."""

    weight: float
    words: Message


def as_share(points: float) -> float:
    """Points of 0 and more between 0 and 1, in the same order; no probability."""
    return points / (points + HALF)


def reasons_of(facts: Facts, row: int, heat: NDArray[np.int64]) -> tuple[Reason, ...]:
    """The weightiest first; their weights sum to the points. `heat`: 0, 90, 95 or 99 for each site."""
    found = [*_reported(facts, row), *_papers(facts, row), *_state(facts, row), *_visited(facts, row)]
    if heat[row]:
        found.append(
            Reason(HEAT_POINTS[int(heat[row])], say("位于热点网格（{percent}% 可信）", percent=int(heat[row])))
        )
    return tuple(sorted(found, key=lambda reason: -reason.weight))


def points_of(facts: Facts, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The points of rows, 0 for a row of −1; without those of the hotspot map, which past days don't have."""
    cold = np.zeros(len(facts.is_known), dtype=np.int64)
    sums = [
        sum(each.weight for each in reasons_of(facts, row, cold)) if row >= 0 else 0.0 for row in rows.tolist()
    ]
    return np.array(sums, dtype=float)


def _reported(facts: Facts, row: int) -> Iterator[Reason]:
    """The caps keep one loud fact from drowning the rest."""
    if tips := int(facts["tips_recent"][row]):
        yield Reason(min(2.0 * tips, 8.0), say("近 90 天有 {n} 条线索", n=tips))
    if overdue := int(facts["overdue"][row]):
        yield Reason(min(2.0 * overdue, 6.0), say("{n} 个问题逾期未整改", n=overdue))
    elif findings := int(facts["open"][row]):
        yield Reason(min(1.0 * findings, 3.0), say("{n} 个问题未销号", n=findings))


def _papers(facts: Facts, row: int) -> Iterator[Reason]:
    for state, points in LICENCE_POINTS.items():
        if facts.words["licence_state"][row] == state.value:
            yield Reason(points, state.label)


def _state(facts: Facts, row: int) -> Iterator[Reason]:
    if facts.words["state"][row] == SiteState.REPORTED.value:
        yield Reason(2.0, say("上报后尚未核实"))
    if facts["watched"][row]:
        yield Reason(1.5, say("已取缔，仍在防死灰复燃观察期"))
    if facts["moved"][row]:
        yield Reason(1.5, say("由已查处点位搬迁而来"))


def _visited(facts: Facts, row: int) -> Iterator[Reason]:
    days = facts["last_visit_days"][row]
    if np.isinf(days):
        yield Reason(1.5, say("从未检查过"))
    elif days >= 60:
        yield Reason(min(days / 90, 2.0), say("已 {days} 天没有检查", days=int(days)))
