"""Signals: what a detector saw on a day. Plain values, computed without the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from ...errors import Message, say
from .detectors import Detector
from .material import Material
from .warnings import Severity

MOST_RECORDS = 60


@dataclass(frozen=True)
class Series:
    """Counts of steps of some days, the newest last, what was to be expected, and what is the most by chance."""

    first: date
    counts: list[int]
    expected: list[float]
    upper: list[float]
    step_days: int = 1

    def as_json(self) -> dict[str, Any]:
        return {
            "first": self.first.isoformat(),
            "step_days": self.step_days,
            "counts": self.counts,
            "expected": [round(each, 3) for each in self.expected],
            "upper": [round(each, 3) for each in self.upper],
        }


@dataclass(frozen=True)
class Signal:
    """`key` names the condition: the same one on another day has the same key.

    `value` is the detector's number and `threshold` what it passed. `records` are (source, id), `about` the one
    township that it is about, if it is one.
    """

    detector: Detector
    key: str
    day: date
    severity: Severity
    value: float
    threshold: float
    title: Message
    words: tuple[Message, ...]
    about: str = ""
    records: tuple[tuple[str, str], ...] = ()
    sites: tuple[str, ...] = ()
    series: Series | None = None
    clue: str = ""
    also: tuple[Detector, ...] = field(default=())


@dataclass(frozen=True)
class Names:
    """What detectors call things: townships by id, kinds by code. Names of the county, never of people."""

    townships: dict[str, str]
    kinds: dict[str, Message]

    def township(self, key: str) -> str:
        return self.townships.get(key, key[:8])

    def kind(self, code: str) -> Message | str:
        return self.kinds.get(code, code)


def records_of(material: Material) -> tuple[tuple[str, str], ...]:
    """The newest records, the newest first."""
    pairs = zip(material["source"][::-1], material["id"][::-1], strict=True)
    return tuple((str(source), str(key)) for source, key in pairs)[:MOST_RECORDS]


def sites_of(material: Material) -> tuple[str, ...]:
    return tuple(sorted({str(each) for each in material["site"] if each}))


def folded(signals: Iterable[Signal]) -> list[Signal]:
    """One signal for each condition: of its newest day, by the strongest detector, with the gravest severity.

    Of two series of one condition the one of the larger number against its threshold speaks.
    """
    found: dict[str, list[Signal]] = {}
    for each in signals:
        found.setdefault(each.key, []).append(each)
    return [_folded(each) for _, each in sorted(found.items())]


def _folded(same: list[Signal]) -> Signal:
    newest = max(each.day for each in same)
    now = [each for each in same if each.day == newest]
    order = list(Detector)
    first = min(
        now,
        key=lambda each: (order.index(each.detector), -each.value / each.threshold, str(each.title), each.words),
    )
    also = sorted({each.detector for each in now} - {first.detector}, key=order.index)
    more = {str(each.title): each.title for each in sorted(now, key=lambda each: str(each.title))}
    more.pop(str(first.title))
    words = (*first.words, *([say("同时：{what}。", what=list(more.values())[:6])] if more else []))
    severity = min((each.severity for each in now), key=list(Severity).index)
    return replace(first, severity=severity, also=tuple(also), words=words)


def episodes(signals: Iterable[Signal], gap: timedelta) -> int:
    """How many warnings some signals make: those of a key that come within the gap are one."""
    last: dict[str, date] = {}
    found = 0
    for each in sorted(signals, key=lambda signal: (signal.day, signal.key)):
        before = last.get(each.key)
        found += before is None or each.day - before > gap
        last[each.key] = each.day
    return found
