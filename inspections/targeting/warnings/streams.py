"""Streams: daily counts of tips and of findings by township, by kind, and by kind in a township."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ...errors import Message, say
from .material import FINDING, TIP, Material
from .signals import Names

LEAST_IN_YEAR = 12  # a series with less than one event a month tells nothing of a change
COUNTED = {TIP: say("线索"), FINDING: say("问题")}
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Stream:
    """Counts of the days from `first` on. An empty township means the whole county, an empty kind all kinds."""

    source: str
    township: str
    kind: str
    first: date
    counts: Counts
    chosen: NDArray[np.bool_]  # the rows of the material that are counted

    @property
    def key(self) -> str:
        """The condition: of a township all its kinds are one, in the county each kind is one."""
        return f"surge:{self.source}:{self.township or 'county:' + self.kind}"

    def named(self, names: Names) -> Message:
        """What is counted, in words."""
        what = COUNTED[self.source]
        if not self.township:
            return say("全县“{kind}”{what}", kind=names.kind(self.kind), what=what)
        township = names.township(self.township)
        if not self.kind:
            return say("{township}{what}", township=township, what=what)
        return say("{township}“{kind}”{what}", township=township, kind=names.kind(self.kind), what=what)


def first_day(material: Material) -> date | None:
    """The day of the first tip or finding; before it nothing was written down."""
    counted = np.isin(material["source"], (TIP, FINDING))
    days = material.days[counted]
    found: date | None = days.min().astype(object) if len(days) else None
    return found


def streams(material: Material, days: int | None = None) -> list[Stream]:
    """Every series with enough in it, over all days up to the last whole one, or over the last `days`."""
    first, last = first_day(material), material.last_day
    if first is None or first > last:
        return []
    if days is not None:
        first = max(first, last - timedelta(days=days - 1))
    return [
        Stream(source, township, kind, first, daily(material, chosen, first, last), chosen)
        for source, township, kind, chosen in _groups(material)
        if enough(material, chosen, last)
    ]


def daily(material: Material, chosen: NDArray[np.bool_], first: date, last: date) -> Counts:
    """How many of the chosen rows each day has."""
    at = (material.days[chosen] - np.datetime64(first)).astype(int)
    length = (last - first).days + 1
    return np.bincount(at[(at >= 0) & (at < length)], minlength=length).astype(np.int64)


def enough(material: Material, chosen: NDArray[np.bool_], last: date) -> bool:
    recent = material.days > np.datetime64(last - timedelta(days=365))
    return int((chosen & recent).sum()) >= LEAST_IN_YEAR


def _groups(material: Material) -> Iterator[tuple[str, str, str, NDArray[np.bool_]]]:
    for source in (TIP, FINDING):
        own = (material["source"] == source) & ~material["is_repeat"]
        for township in _words(material["township"][own]):
            there = own & (material["township"] == township)
            yield source, township, "", there
            for kind in _words(material["kind"][there]):
                yield source, township, kind, there & (material["kind"] == kind)
        for kind in _words(material["kind"][own]):
            yield source, "", kind, own & (material["kind"] == kind)


def _words(column: NDArray[np.str_]) -> list[str]:
    return [str(each) for each in np.unique(column) if each]
