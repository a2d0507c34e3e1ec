"""A week's count against the same season of the years before (Farrington et al. 1996, `geo.change.seasonal`)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from geo.change import seasonal

from ...errors import say
from .detectors import Detector, Values
from .fees import DAYS_A_MONTH
from .material import Material
from .signals import Names, Series, Signal, records_of, sites_of
from .streams import Stream, streams
from .warnings import Severity

WEEKS_A_YEAR, HALF_WINDOW = 52, 3
LEAST_WEEKS = WEEKS_A_YEAR + HALF_WINDOW + 1
SHOWN_WEEKS = 26


def seasons(material: Material, values: Values, days: Iterable[date], names: Names) -> Iterator[Signal]:
    """Streams whose last seven days exceed their own season; none while there is less than a year and a month."""
    every = [stream for stream in streams(material) if len(stream.counts) >= LEAST_WEEKS * 7]
    if not every:
        return
    alpha = values["per_month"] / DAYS_A_MONTH / len(every)
    for day in days:
        for stream in every:
            weeks = weekly(stream, day)
            if len(weeks) < LEAST_WEEKS or weeks[-1] < values["least"]:
                continue
            found = seasonal(weeks, period=WEEKS_A_YEAR, half_window=HALF_WINDOW, alpha=alpha)
            if found.p < alpha:
                yield _signal(material, stream, day, weeks, found.expected, found.bound, found.p, alpha, names)


def weekly(stream: Stream, day: date) -> NDArray[np.float64]:
    """Counts of whole weeks of which the last ends with a day."""
    known = stream.counts[: (day - stream.first).days + 1]
    whole = len(known) // 7
    return known[len(known) - whole * 7 :].reshape(whole, 7).sum(axis=1).astype(float)


def _signal(
    material: Material,
    stream: Stream,
    day: date,
    weeks: NDArray[np.float64],
    expected: float,
    bound: float,
    p: float,
    alpha: float,
    names: Names,
) -> Signal:
    days = material.days
    recent = stream.chosen & (days <= np.datetime64(day)) & (days > np.datetime64(day - timedelta(days=7)))
    records = material.only(recent)
    shown = weeks[-SHOWN_WEEKS:]
    flat = [expected] * len(shown)
    return Signal(
        Detector.SEASON,
        stream.key,
        day,
        Severity.RED if p < alpha / 1000 else Severity.ORANGE,
        -float(np.log10(max(p, 1e-300))),
        -float(np.log10(alpha)),
        say("{what}高于往年同期", what=stream.named(names)),
        (
            say(
                "最近 7 天 {n} 件，往年同一时节每周约 {usual} 件，超过 {bound} 件才预警。",
                n=int(weeks[-1]),
                usual=f"{expected:.1f}",
                bound=f"{bound:.1f}",
            ),
        ),
        about=stream.township,
        records=records_of(records),
        sites=sites_of(records),
        series=Series(
            day - timedelta(days=7 * len(shown) - 1), shown.astype(int).tolist(), flat, [bound] * len(shown), 7
        ),
    )
