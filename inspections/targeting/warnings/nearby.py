"""Near repeats: more tips and findings within a few hundred metres and a few days than the place lets expect.

Around each new event those of the window are counted, without itself, against the predictive distribution of the
neighbourhood's own past (Poisson rate with a gamma prior of the county's mean neighbourhood), so that a place with
much trouble all year is no alarm. Every event of the window is a try: the level is shared out among them
(Bonferroni).
Space-time nearness as in Knox (1964), The detection of space-time interactions.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import cKDTree

from geo.planes import Plane

from ...errors import say
from .detectors import Detector, Values
from .fees import DAYS_A_MONTH
from .material import FINDING, TIP, Material
from .signals import Names, Series, Signal, records_of, sites_of
from .streams import daily, first_day
from .warnings import Severity

PAST = 365  # days before the window
LEAST_PAST = 90
KEY_M = 1000  # a condition is named by the kilometre it lies in; one that moved over is known by its records

Floats = NDArray[np.float64]


def near_repeats(material: Material, values: Values, days: Iterable[date], names: Names) -> Iterator[Signal]:
    """The densest neighbourhood of each group of events that are too many together."""
    counted = np.isin(material["source"], (TIP, FINDING)) & ~material["is_repeat"] & np.isfinite(material["lon"])
    events, first = material.only(counted), first_day(material)
    if first is None or not len(events):
        return
    places = flat(events["lon"], events["lat"])
    day_of, radius_m, window = events.days, values["radius_m"], int(values["days"])
    for day in days:
        ago = (np.datetime64(day) - day_of).astype(int)
        past_days = min(PAST, (day - first).days + 1 - window)
        if past_days < LEAST_PAST:
            continue
        now = np.flatnonzero((ago >= 0) & (ago < window))
        before = np.flatnonzero((ago >= window) & (ago < window + past_days))
        if len(now) >= values["least"]:
            yield from _of_day(events, places, now, before, past_days / window, radius_m, day, values)


def flat(lon: Floats, lat: Floats) -> Floats:
    """Positions in metres, a row each."""
    points = shapely.points(lon, lat)
    plane = Plane.around(shapely.multipoints(points))
    return np.asarray(shapely.get_coordinates(plane.flat(points)))


def _of_day(
    events: Material,
    places: Floats,
    now: NDArray[np.int64],
    before: NDArray[np.int64],
    windows: float,
    radius_m: float,
    day: date,
    values: Values,
) -> Iterator[Signal]:
    tree = cKDTree(places[now])
    around = tree.query_ball_point(places[now], radius_m)
    others = np.array([len(each) - 1 for each in around])
    past = _past_around(places, now, before, radius_m)
    mean = max(float(past.mean()) / windows, 1e-3)
    rate = 1 / mean + windows
    p = stats.nbinom.sf(others - 1, 1 + past, rate / (1 + rate))
    alpha = values["per_month"] / DAYS_A_MONTH / len(now)
    hot = np.flatnonzero((p < alpha) & (others + 1 >= values["least"]))
    middles: list[Floats] = []
    # The least likely first; equal ones by place, so that the order of records plays no part
    for i in sorted(hot, key=lambda i: (p[i], -others[i], *places[now[i]])):
        middle = places[now[i]]
        if any(np.hypot(*(middle - each)) <= 3 * radius_m for each in middles):
            continue
        middles.append(middle)
        chosen = np.zeros(len(events), dtype=bool)
        chosen[now[sorted(around[i])]] = True
        expected = float(1 + past[i]) / rate
        yield _signal(events, chosen, places[now[i]], day, expected, float(p[i]), alpha, values)


def _past_around(
    places: Floats, now: NDArray[np.int64], before: NDArray[np.int64], radius_m: float
) -> NDArray[np.int64]:
    if not len(before):
        return np.zeros(len(now), dtype=np.int64)
    near = cKDTree(places[before]).query_ball_point(places[now], radius_m, return_length=True)
    return np.asarray(near, dtype=np.int64)


def _signal(
    events: Material,
    chosen: NDArray[np.bool_],
    middle: Floats,
    day: date,
    expected: float,
    p: float,
    alpha: float,
    values: Values,
) -> Signal:
    own, window = events.only(chosen), int(values["days"])
    townships = [str(each) for each in own["township"] if each]
    east, north = (int(each // KEY_M) for each in middle)
    return Signal(
        Detector.NEAR_REPEAT,
        f"near:{east}:{north}",
        day,
        Severity.RED if p < alpha / 1000 else Severity.ORANGE if p < alpha / 10 else Severity.YELLOW,
        -float(np.log10(max(p, 1e-300))),
        -float(np.log10(alpha)),
        say("{n} 件线索和问题接连发生在 {radius} 米内", n=len(own), radius=int(values["radius_m"])),
        (
            say(
                "近 {days} 天、半径 {radius} 米内有 {n} 件；按这里以往的情况约 {usual} 件。",
                days=window,
                radius=int(values["radius_m"]),
                n=len(own),
                usual=f"{expected:.1f}",
            ),
            say("建议对周边楼栋拉网排查，问清是否同一班次换了地方。"),
        ),
        about=max(sorted(set(townships)), key=townships.count) if townships else "",
        records=records_of(own),
        sites=sites_of(own),
        series=_series(own, day, window, expected),
    )


def _series(own: Material, day: date, window: int, expected: float) -> Series:
    first = day - timedelta(days=window - 1)
    counts = daily(own, np.ones(len(own), dtype=bool), first, day)
    mean = expected / window
    upper = float(stats.poisson.ppf(0.999, mean))
    return Series(first, counts.tolist(), [mean] * window, [upper] * window)
