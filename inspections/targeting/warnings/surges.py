"""Sudden and slow rises of a stream: EARS C1, C2, C3 and CUSUM, with thresholds by the false alarms one accepts.

The usual 3 standard deviations mean nothing for counts near zero: with two hundred series a county would drown.
So the threshold of each statistic is the one that quiet series of the same rates, weekdays and overdispersion
pass on no more days than were asked for, found by simulation from a fixed seed. A day over it that follows another
is the same warning, so that the number of warnings is lower still.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo.change import Alarms, cusum, ears_c1, ears_c2, ears_c3

from ...errors import Message, say
from .detectors import Detector, Values
from .fees import DAYS_A_MONTH
from .material import CHECK, FINDING, Material
from .signals import Names, Series, Signal, records_of, sites_of
from .streams import Stream, streams
from .warnings import Severity

SEED = 20261123
SIMULATED_DAYS = 300_000  # of all streams together
GUARD, BASELINE = 28, 56  # days: a rise is held against what lay before the last four weeks
WARM_UP = GUARD + BASELINE
CUSUM_K = 0.5  # deviations above the level that are forgiven each day
LEAST_SIGMA = 0.5  # one event after a quiet week is no surge
SHOWN_DAYS = 60
SURGES = (Detector.EARS_C1, Detector.EARS_C2, Detector.EARS_C3, Detector.CUSUM)
# Over how many days the events of a signal lie
SPANS = {Detector.EARS_C1: 1, Detector.EARS_C2: 1, Detector.EARS_C3: 3, Detector.CUSUM: 7}

Floats = NDArray[np.float64]


def surges(
    material: Material, detector: Detector, values: Values, days: Iterable[date], names: Names
) -> Iterator[Signal]:
    """Signals of one detector over every stream of the county."""
    every = [stream for stream in streams(material) if len(stream.counts) > WARM_UP]
    if not every:
        return
    threshold = threshold_of(every, detector, values["per_month"])
    span = SPANS[detector]
    for stream in every:
        found = judged(stream.counts, detector, threshold)
        sums = np.convolve(stream.counts, np.ones(span, dtype=np.int64))[: len(stream.counts)]
        hits = found.alarm & (sums >= values["least"])
        for day in days:
            at = (day - stream.first).days
            if WARM_UP <= at < len(hits) and hits[at]:
                yield _signal(material, stream, detector, found, at, threshold, names)


def judged(counts: NDArray[np.int64], detector: Detector, threshold: float) -> Alarms:
    """The alarms of one series. CUSUM runs over residuals from a moving baseline, and without beginning again."""
    plain = counts.astype(float)
    match detector:
        case Detector.EARS_C1:
            return ears_c1(plain, threshold=threshold, least_sigma=LEAST_SIGMA)
        case Detector.EARS_C2:
            return ears_c2(plain, threshold=threshold, least_sigma=LEAST_SIGMA)
        case Detector.EARS_C3:
            return ears_c3(plain, threshold=threshold, least_sigma=LEAST_SIGMA)
    level, residuals = _residuals(plain)
    found = cusum(residuals, k=CUSUM_K, mean=0.0, sigma=1.0, h=threshold, reset=False)
    return Alarms(plain, level, found.statistic, found.bound, found.alarm)


def _residuals(counts: Floats) -> tuple[Floats, Floats]:
    """The level of the baseline of each day, and its distance in deviations; 0 while there is none."""
    level, deviation = np.full(len(counts), np.nan), np.ones(len(counts))
    if len(counts) > WARM_UP:
        sums, squares = (_sums(each)[: len(counts) - WARM_UP] for each in (counts, counts**2))
        level[WARM_UP:] = sums / BASELINE
        variance = np.maximum(squares - sums**2 / BASELINE, 0) / (BASELINE - 1)
        deviation[WARM_UP:] = np.sqrt(np.maximum.reduce([variance, level[WARM_UP:], np.full(len(sums), 0.25)]))
    return level, np.where(np.isnan(level), 0.0, (counts - level) / deviation)


def _sums(values: Floats) -> Floats:
    """The sum of each `BASELINE` values in a row; exact, since they are whole numbers."""
    total = np.concatenate([[0.0], values.cumsum()])
    return np.asarray(total[BASELINE:] - total[:-BASELINE])


def threshold_of(every: Sequence[Stream], detector: Detector, per_month: float) -> float:
    """What quiet streams like these pass on `per_month` days of a month, all together."""
    rates, week = [], np.zeros(7)
    for stream in every:
        year = stream.counts[-365:]
        rates.append(_rounded(float(year.mean())))
        weekday = (np.arange(len(stream.counts)) + stream.first.weekday()) % 7
        week += np.bincount(weekday[-365:], weights=year, minlength=7)
    factors = week / max(week.mean(), 1e-9)
    dispersion = _rounded(_dispersion(every, factors))
    rounded = tuple(_rounded(float(each)) for each in factors)
    return simulated_threshold(tuple(sorted(rates)), rounded, dispersion, detector, per_month)


def _rounded(value: float) -> float:
    """To two digits: a new tip moves no threshold, and what was simulated this morning still counts."""
    return float(f"{value:.2g}")


def _dispersion(every: Sequence[Stream], factors: Floats) -> float:
    """Variance over mean of an ordinary stream: the median, so that an outbreak doesn't excuse itself."""
    found = []
    for stream in every:
        weekday = (np.arange(len(stream.counts)) + stream.first.weekday()) % 7
        mean = np.maximum(stream.counts.mean() * factors[weekday], 1e-9)
        found.append(float(((stream.counts - mean) ** 2 / mean).sum() / (len(mean) - 1)))
    return float(np.clip(np.median(found), 1.0, 3.0))


@lru_cache(maxsize=64)
def simulated_threshold(
    rates: tuple[float, ...], week: tuple[float, ...], dispersion: float, detector: Detector, per_month: float
) -> float:
    """The quantile of the detector's statistic over simulated days of quiet streams with these daily rates."""
    each = SIMULATED_DAYS // len(rates) + WARM_UP
    statistic = _of_quiet(np.array(rates), np.array(week), dispersion, each, detector)
    beyond = per_month / DAYS_A_MONTH / len(rates)
    return float(np.quantile(statistic, max(0.0, 1 - beyond), method="higher"))


def _of_quiet(rates: Floats, week: Floats, dispersion: float, each: int, detector: Detector) -> Floats:
    """The statistic of every simulated day after the warm-up of its stream."""
    chance = np.random.default_rng([SEED, list(Detector).index(detector)])
    counts = quiet_counts(chance, rates, week, dispersion, each).ravel()
    if detector is not Detector.CUSUM:
        return judged(counts, detector, np.inf).statistic.reshape(len(rates), each)[:, WARM_UP:].ravel()
    # Laid end to end one stream would go on where another stopped, so each row is summed by itself
    residuals = _residuals(counts.astype(float))[1].reshape(len(rates), each) - CUSUM_K
    residuals[:, :WARM_UP] = 0
    total = residuals.cumsum(axis=1)
    return np.asarray(total - np.minimum(np.minimum.accumulate(total, axis=1), 0))[:, WARM_UP:].ravel()


def quiet_counts(
    chance: np.random.Generator, rates: Floats, week: Floats, dispersion: float, days: int
) -> NDArray[np.int64]:
    """Days of streams that nothing happens in: Poisson, or negative binomial with variance = dispersion × mean."""
    mean = np.maximum(rates[:, None] * week[np.arange(days) % 7], 1e-12)
    if dispersion <= 1.0:
        return chance.poisson(mean)
    return chance.negative_binomial(mean / (dispersion - 1), 1 / dispersion)


def _signal(
    material: Material,
    stream: Stream,
    detector: Detector,
    found: Alarms,
    at: int,
    threshold: float,
    names: Names,
) -> Signal:
    day = stream.first + timedelta(days=at)
    span = SPANS[detector]
    count = int(stream.counts[max(0, at - span + 1) : at + 1].sum())
    usual = float(found.expected[at]) * span
    days = material.days
    since = np.datetime64(day - timedelta(days=max(span, 7)))
    records = material.only(stream.chosen & (days <= np.datetime64(day)) & (days > since))
    what = stream.named(names)
    value = float(found.statistic[at])
    return Signal(
        detector,
        stream.key,
        day,
        _graded(value / threshold),
        value,
        threshold,
        say("{what}{how}", what=what, how=_how(detector)),
        (
            say(
                "{day} 为止 {span} 天共 {n} 件，按此前水平约 {usual} 件。",
                day=day.isoformat(),
                span=span,
                n=count,
                usual=f"{usual:.1f}",
            ),
            *_effort(material, stream, day),
        ),
        about=stream.township,
        records=records_of(records),
        sites=sites_of(records),
        series=_series(stream, found, detector, at),
    )


def _how(detector: Detector) -> Message:
    return say("持续上升") if detector is Detector.CUSUM else say("突然增多")


def _effort(material: Material, stream: Stream, day: date) -> Iterator[Message]:
    """Who looks more finds more: how many checks there were, beside how many problems."""
    if stream.source != FINDING:
        return
    checks = material["source"] == CHECK
    if stream.township:
        checks &= material["township"] == stream.township
    ago = (np.datetime64(day) - material.days[checks]).astype(int)
    now, before = int(((ago >= 0) & (ago < 7)).sum()), int(((ago >= 7) & (ago < 35)).sum())
    yield say("同期检查 {now} 次，之前四周平均每周 {before} 次。", now=now, before=f"{before / 4:.1f}")


def _series(stream: Stream, found: Alarms, detector: Detector, at: int) -> Series:
    begin = max(WARM_UP, at - SHOWN_DAYS + 1)
    expected = np.nan_to_num(found.expected[begin : at + 1])
    upper = found.bound[begin : at + 1]
    if detector is Detector.CUSUM:  # its bound is of the sum; of a single day two deviations are a picture of it
        upper = expected + 2 * np.sqrt(np.maximum(expected, 0.25))
    counts = stream.counts[begin : at + 1].tolist()
    return Series(stream.first + timedelta(days=begin), counts, expected.tolist(), np.nan_to_num(upper).tolist())


def _graded(ratio: float) -> Severity:
    if ratio >= 2:
        return Severity.RED
    return Severity.ORANGE if ratio >= 1.4 else Severity.YELLOW
