"""Flight risk 卷款跑路: complaints about fees at one institution that are more than its own past lets expect.

The number of a window is held against the predictive distribution of a Poisson rate with a gamma prior (negative
binomial): the rate of all institutions, as strong as one window, and the institution's own year before.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
from scipy import stats

from ...errors import say
from .detectors import Detector, Values
from .material import TIP, Material
from .signals import Names, Series, Signal, records_of
from .streams import daily, first_day
from .warnings import Severity

PAST = 365  # days before the window
DAYS_A_MONTH = 30.4


def fees(material: Material, values: Values, days: Iterable[date], names: Names) -> Iterator[Signal]:
    """Institutions whose fee complaints of the window exceed the number that chance allows in the county."""
    first = first_day(material)
    told = (material["source"] == TIP) & material["is_fee"] & (material["site"] != "")
    complaints = material.only(told)
    sites = np.unique(complaints["site"])
    if first is None or not len(sites):
        return
    window = int(values["days"])
    alpha = values["per_month"] / DAYS_A_MONTH / len(sites)
    table = np.array([daily(complaints, complaints["site"] == site, first, material.last_day) for site in sites])
    sums = np.concatenate([np.zeros((len(sites), 1), dtype=np.int64), table.cumsum(axis=1)], axis=1)
    for day in days:
        end = (day - first).days + 1
        begin = end - window
        past = min(PAST, begin)
        if past < window or end > table.shape[1]:
            continue  # an institution that nobody knew a window ago has no past to be held against
        now, before = sums[:, end] - sums[:, begin], sums[:, begin] - sums[:, begin - past]
        p = exceeding(now, before, past / window)
        for at in np.flatnonzero((p < alpha) & (now >= values["least"])):
            own = complaints.only(complaints["site"] == sites[at])
            yield _signal(own, day, window, int(now[at]), float(before[at]) * window / past, float(p[at]), alpha)


def exceeding(now: np.ndarray, before: np.ndarray, windows: float) -> np.ndarray:
    """The chance of so many or more in one window, after `before` in `windows` of the same length."""
    mean = max(before.mean() / windows, 1e-3)
    shape, rate = 1 + before, 1 / mean + windows  # the prior: one window at the rate of all
    return np.asarray(stats.nbinom.sf(now - 1, shape, rate / (1 + rate)))


def _signal(own: Material, day: date, window: int, now: int, expected: float, p: float, alpha: float) -> Signal:
    recent = own.only((own.days <= np.datetime64(day)) & (own.days > np.datetime64(day - timedelta(days=window))))
    site = str(own["site"][0])
    return Signal(
        Detector.FEES,
        f"fees:{site}",
        day,
        Severity.RED if now >= 5 or p < alpha / 100 else Severity.ORANGE,
        -float(np.log10(max(p, 1e-300))),
        -float(np.log10(alpha)),
        say("收费投诉 {n} 件，有卷款跑路风险", n=now),
        (
            say(
                "近 {days} 天收到退费、预收费投诉 {n} 件；按它以往的情况每 {days} 天约 {usual} 件。",
                days=window,
                n=now,
                usual=f"{expected:.1f}",
            ),
            say("建议立即核对预收费监管账户余额，约谈负责人，会同公安、市监、人行先行布控。"),
        ),
        about=str(recent["township"][-1]),
        sites=(site,),
        records=records_of(recent),
        series=_weekly(own, day),
    )


def _weekly(own: Material, day: date) -> Series:
    first = day - timedelta(days=89)
    counts = daily(own, np.ones(len(own), dtype=bool), first, day)
    mean = float(counts[:-30].mean())
    upper = float(stats.poisson.ppf(0.999, max(mean, 0.01)))
    return Series(first, counts.tolist(), [mean] * len(counts), [upper] * len(counts))
