"""The choice: the sites whose visits promise the most, under the limits of number, time and fairness.

It is an integer programme for HiGHS (Huangfu and Hall, "Parallelizing the dual revised simplex method", 2018) by
`scipy.optimize.milp`: maximise the sum of probability times severity. The answer depends on the columns of the
pool alone: rows stand in the order of ids, and of sites that are equal in all that counts the lower id is taken.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import Invalid, Message, say
from .exploring import draw, exploration_size
from .lists import Part
from .plan import Plan
from .pool import Bools, Floats, Ints, Pool

VERSION = 1
PARTS = tuple(Part)
LEAST_VALUE = 1e-4  # a visit that promises nothing is still better than none
LOWER_SHARE, UPPER_SHARE = 0.5, 2.0


class Bounds(NamedTuple):
    """Between how many visits each township is to have, and how many it got."""

    lower: Ints
    upper: Ints
    got: Ints


@dataclass
class Choice:
    """`part` is the code of each row's part in `PARTS`, -1 where it isn't on the list. `chance`: that of
    each eligible site to be drawn. `lowest`: the smallest value that was taken by risk. `notes` say in words what
    held the choice back.
    """

    part: Ints
    chance: float
    bounds: Bounds
    eligible: int
    explored: int
    hop_minutes: float
    minutes_used: float
    capacity: float
    lowest: float | None
    notes: list[Message] = field(default_factory=list)

    @property
    def chosen(self) -> Bools:
        return self.part >= 0


def choose(pool: Pool, plan: Plan, seed: int, days: int) -> Choice:
    """Choose from a pool for so many days that are left. Raises Invalid where what must be visited doesn't fit."""
    part = pool.held_part.copy()
    was_drawn = part == PARTS.index(Part.EXPLORATION)
    eligible = int((pool.eligible | was_drawn).sum())
    size = exploration_size(plan.wanted, plan.exploration_percent, eligible)
    drawn = draw(pool.ids, pool.eligible & (part < 0), size - int(was_drawn.sum()), seed)
    part[drawn.rows] = PARTS.index(Part.EXPLORATION)
    chance = size / max(eligible, 1)
    part[pool.eligible & pool.is_due & (part < 0)] = PARTS.index(Part.RECHECK)

    hop = hop_minutes(pool, plan)
    limits = _Limits(plan, days, pool.minutes + hop)
    limits.refuse_what_never_fits(part)
    notes: list[Message] = []
    towns = pool.towns[1]
    bounds = fair_bounds(pool, towns, part, limits.most)
    _fill(pool, part, towns, bounds, limits, notes)
    chosen = part >= 0
    by_risk = part == PARTS.index(Part.RISK)
    got = np.bincount(towns[chosen], minlength=len(bounds.lower))
    return Choice(
        part=part,
        chance=chance,
        bounds=bounds._replace(got=got),
        eligible=eligible,
        explored=size,
        hop_minutes=hop,
        minutes_used=float(limits.cost[chosen].sum()),
        capacity=limits.minutes,
        lowest=float(pool.value[by_risk].min()) if by_risk.any() else None,
        notes=notes + limits.notes(int(chosen.sum()), eligible),
    )


class _Limits:
    """How many visits fit, and what each costs of the time there is."""

    def __init__(self, plan: Plan, days: int, cost: NDArray[Any]) -> None:
        self.plan, self.cost = plan, cost
        self.minutes = float(plan.teams * days * plan.minutes_per_day)
        self.visits = plan.teams * days * plan.visits_per_day
        self.most = min(plan.wanted, self.visits)

    def refuse_what_never_fits(self, part: Ints) -> None:
        """Raises Invalid, with what binds and what would free it."""
        fixed = part >= 0
        counts = {each: int((part == code).sum()) for code, each in enumerate(PARTS)}
        n = int(fixed.sum())
        if n > self.plan.wanted:
            raise Invalid({"wanted": say(
                "必须去的有 {n} 处（复查 {rechecks}，随机 {explored}，保留 {kept}），超过名单的 {wanted} 处。"
                "把数量提高到 {n}，或者只列入本期内到期的复查",
                n=n, rechecks=counts[Part.RECHECK], explored=counts[Part.EXPLORATION], kept=counts[Part.RISK],
                wanted=self.plan.wanted)})  # fmt: skip
        if n > self.visits:
            raise Invalid({"teams": say(
                "必须去的有 {n} 处，小组和天数只够 {visits} 处。增加小组、天数或每天的处数", n=n,
                visits=self.visits)})  # fmt: skip
        needed = float(self.cost[fixed].sum())
        if needed > self.minutes:
            raise Invalid({"minutes_per_day": say(
                "必须去的 {n} 处连同路程约需 {needed} 分钟，小组的时间只有 {minutes} 分钟。"
                "延长每天的时间，或增加小组、天数",
                n=n, needed=round(needed), minutes=round(self.minutes))})  # fmt: skip

    def notes(self, n: int, eligible: int) -> list[Message]:
        """Why the list is shorter than was asked."""
        if n >= self.plan.wanted:
            return []
        if self.visits < self.plan.wanted and n >= self.visits:
            return [say("小组和天数只够 {n} 处，少于想要的 {wanted} 处", n=self.visits, wanted=self.plan.wanted)]
        if n >= eligible:
            return [say("可以去的点位只有 {n} 处，全部列入", n=n)]
        return [say("时间或镇街上限用完，名单只有 {n} 处", n=n)]


def hop_minutes(pool: Pool, plan: Plan) -> float:
    """The time from one stop to the next that the choice reckons with, before days are known.

    Of the n riskiest sites, the mean way to the nearest other one: stops of a day lie together.
    """
    order = np.lexsort((pool.id_low, pool.id_high, -pool.value))
    rows = order[pool.eligible[order]][: max(plan.wanted, 2)]
    if len(rows) < 2:
        return 0.0
    x, y = metres(pool.lon[rows], pool.lat[rows])
    away = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(away, np.inf)
    return round(plan.travel_minutes(float(away.min(axis=1).mean())), 1)


def metres(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS-84 degrees on a plane around their middle; good to a per cent over a county."""
    middle = np.radians(lat.mean()) if len(lat) else 0.0
    return lon * 111_320 * np.cos(middle), lat * 110_574.0


def fair_bounds(pool: Pool, towns: Ints, part: Ints, most: int) -> Bounds:
    """A township gets at least half of the smaller, at most twice the larger, of its shares of sites and risk."""
    count = int(towns.max()) + 1 if len(towns) else 0
    eligible = pool.eligible
    sites = np.bincount(towns[eligible], minlength=count).astype(float)
    risk = np.bincount(towns[eligible], pool.value[eligible], minlength=count)
    site_share = sites / max(sites.sum(), 1.0)
    risk_share = risk / risk.sum() if risk.sum() > 0 else site_share
    lower = np.floor(LOWER_SHARE * np.minimum(site_share, risk_share) * most).astype(int)
    upper = np.ceil(UPPER_SHARE * np.maximum(site_share, risk_share) * most).astype(int)
    return Bounds(np.minimum(lower, sites.astype(int)), upper, np.zeros(count, dtype=int))


def _fill(pool: Pool, part: Ints, towns: Ints, bounds: Bounds, limits: _Limits, notes: list[Message]) -> None:
    """Take by risk what is left of the list."""
    fixed = part >= 0
    room = limits.most - int(fixed.sum())
    had = np.bincount(towns[fixed], minlength=len(bounds.lower))
    missing = np.maximum(bounds.lower - had, 0)
    free = np.maximum(bounds.upper - had, 0)
    candidates = np.flatnonzero(pool.eligible & ~fixed)
    rows = _worth_asking(pool, towns, candidates, room)
    time = limits.minutes - float(limits.cost[fixed].sum())
    taken = None
    if missing.sum() <= room:
        taken = _solve(pool, limits.cost, towns, rows, room, time, missing, free)
    if taken is None:
        notes.append(say("名额或时间不够，这次放宽了各镇街的下限"))
        taken = _solve(pool, limits.cost, towns, rows, room, time, np.zeros_like(missing), free)
    if taken is not None:
        part[_lowest_of_equals(pool, limits.cost, towns, candidates, taken)] = PARTS.index(Part.RISK)


def _worth_asking(pool: Pool, towns: Ints, rows: Ints, room: int) -> Ints:
    """Of each township and length of visit the `room` best: more of them can't be in any best choice."""
    order = rows[np.lexsort((rows, -pool.value[rows]))]
    seen: dict[tuple[int, int], int] = {}
    kept = []
    for row in order.tolist():
        group = (int(towns[row]), int(pool.minutes[row]))
        seen[group] = seen.get(group, 0) + 1
        if seen[group] <= room:
            kept.append(row)
    return np.array(sorted(kept), dtype=int)


def _solve(
    pool: Pool, cost: Floats, towns: Ints, rows: Ints, room: int, time: float, lower: Ints, upper: Ints
) -> Ints | None:
    """The rows of the best choice, or None if there is none."""
    from scipy.optimize import Bounds as Box  # half a second, which no other page should wait for
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import csr_array

    n = len(rows)
    if not n or room <= 0:
        return rows[:0] if not lower.any() else None
    membership = csr_array((np.ones(n), (towns[rows], np.arange(n))), shape=(len(lower), n))
    constraints: list[Any] = [
        LinearConstraint(np.ones((1, n)), 0, room),
        LinearConstraint(cost[rows].reshape(1, n), 0, max(time, 0.0)),
        LinearConstraint(membership, lower, upper),
    ]
    found = milp(
        -(pool.value[rows] + LEAST_VALUE),
        integrality=np.ones(n),
        bounds=Box(0, 1),
        constraints=constraints,
        options={"mip_rel_gap": 0.0},
    )
    return rows[found.x > 0.5] if found.x is not None else None


def _lowest_of_equals(pool: Pool, cost: Floats, towns: Ints, candidates: Ints, taken: Ints) -> Ints:
    """As many of each kind of equal sites as were taken, but those with the lowest ids."""
    value = pool.value
    wanted: dict[tuple[int, float, float], int] = {}
    for row in taken.tolist():
        key = (int(towns[row]), float(cost[row]), float(value[row]))
        wanted[key] = wanted.get(key, 0) + 1
    kept = []
    for row in candidates.tolist():
        key = (int(towns[row]), float(cost[row]), float(value[row]))
        if wanted.get(key, 0) > 0:
            wanted[key] -= 1
            kept.append(row)
    return np.array(kept, dtype=int)
