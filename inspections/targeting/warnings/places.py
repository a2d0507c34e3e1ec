"""Rules about places: one clue at several sites, a closed site that is heard of again, a kind that spreads."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from ...errors import say
from ...intake.clues import ClueKind
from .detectors import Detector, Values
from .material import CLUE, FINDING, TIP, Material
from .signals import Names, Signal, records_of, sites_of
from .streams import COUNTED
from .warnings import Severity

CLUE_KINDS: Mapping[str, Any] = {kind.value: kind.label for kind in ClueKind}
FIND = Iterable[date]


def shared_clues(material: Material, values: Values, days: FIND, names: Names) -> Iterator[Signal]:
    """The same phone, teacher, account or WeChat name at several sites."""
    clues = material.only(material["source"] == CLUE)
    for day in days:
        window = _window(clues, day, int(values["days"]))
        for key in np.unique(window["kind"]):
            own = window.only(window["kind"] == key)
            sites = sites_of(own)
            if len(sites) >= values["sites"]:
                yield _shared(own, str(key), sites, day, values)


def _shared(own: Material, key: str, sites: tuple[str, ...], day: date, values: Values) -> Signal:
    kind = CLUE_KINDS[key.partition(":")[0]]
    townships = {str(each) for each in own["township"] if each}
    return Signal(
        Detector.SHARED,
        f"shared:{key}",
        day,
        _graded(len(sites), values["sites"], 1.5, 2.5),
        float(len(sites)),
        values["sites"],
        say("{n} 个点位共用同一{kind}", n=len(sites), kind=kind),
        (
            say(
                "近 {days} 天里，同一{kind}在 {n} 个点位的线索或档案中出现，涉及 {towns} 个镇街。",
                days=int(values["days"]),
                kind=kind,
                n=len(sites),
                towns=len(townships),
            ),
            say("可能是同一伙人在多处办班，建议并案核查，并与公安、市监核对。"),
        ),
        about=townships.pop() if len(townships) == 1 else "",
        sites=sites,
        records=records_of(own),
        clue=key,
    )


def reopened(material: Material, values: Values, days: FIND, names: Names) -> Iterator[Signal]:
    """A tip or a finding at a site after the day on which it was closed."""
    heard = np.isin(material["source"], (TIP, FINDING)) & (material.days > material["closed_on"])
    after = material.only(heard)
    for day in days:
        window = _window(after, day, int(values["days"]))
        for site in np.unique(window["site"]):
            own = window.only(window["site"] == site)
            if len(own) >= values["least"]:
                yield _reopened(own, str(site), day, values)


def _reopened(own: Material, site: str, day: date, values: Values) -> Signal:
    found = int((own["source"] == FINDING).sum())
    closed = own["closed_on"][0].astype(object)
    return Signal(
        Detector.REOPENED,
        f"reopened:{site}",
        day,
        Severity.RED if found else _graded(len(own), values["least"], 2, 5),
        float(len(own)),
        values["least"],
        say("已取缔的点位又收到 {n} 件线索或问题", n=len(own)),
        (
            say(
                "{closed} 取缔后，近 {days} 天收到线索 {tips} 件、查出问题 {found} 个。",
                closed=closed.isoformat(),
                days=int(values["days"]),
                tips=len(own) - found,
                found=found,
            ),
            say("建议尽快复查是否死灰复燃；属实的从重处理。"),
        ),
        about=str(own["township"][-1]),
        sites=(site,),
        records=records_of(own),
    )


def spread(material: Material, values: Values, days: FIND, names: Names) -> Iterator[Signal]:
    """A kind of problem that is now in as many townships as asked, and was not in the time before."""
    own = material.only(np.isin(material["source"], (TIP, FINDING)) & (material["township"] != ""))
    first = own.days.min().astype(object) if len(own) else None
    recent, quiet = (timedelta(days=int(values[name])) for name in ("days", "quiet_days"))
    for day in days:
        # Without a past of that length nobody knows whether it is new
        if first is None or first > day - recent - quiet:
            continue
        now = _window(own, day, recent.days)
        before = _window(own, day - recent, quiet.days)
        for source in (TIP, FINDING):
            for kind in np.unique(now["kind"][now["source"] == source]):
                if kind != "other":
                    yield from _spread(source, str(kind), now, before, day, values, names)


def _spread(
    source: str, kind: str, now: Material, before: Material, day: date, values: Values, names: Names
) -> Iterator[Signal]:
    own, earlier = (each.only((each["source"] == source) & (each["kind"] == kind)) for each in (now, before))
    towns, known = (sorted({str(each) for each in part["township"]}) for part in (own, earlier))
    new = [each for each in towns if each not in known]
    least = int(values["townships"])
    if len(towns) < least or len(known) >= least or not new or len(own) < values["least"]:
        return
    yield Signal(
        Detector.SPREAD,
        f"spread:{source}:{kind}",
        day,
        _graded(len(towns), least, 1.5, 2),
        float(len(towns)),
        float(least),
        say("“{kind}”扩散到 {n} 个镇街", kind=names.kind(kind), n=len(towns)),
        (
            say(
                "近 {days} 天“{kind}”{what}出现在 {n} 个镇街：{towns}。",
                days=int(values["days"]),
                kind=names.kind(kind),
                what=COUNTED[source],
                n=len(towns),
                towns=[names.township(each) for each in towns],
            ),
            say(
                "之前 {quiet} 天只在 {n} 个镇街出现过；新出现的有 {new}。",
                quiet=int(values["quiet_days"]),
                n=len(known),
                new=[names.township(each) for each in new],
            ),
        ),
        sites=sites_of(own),
        records=records_of(own),
    )


def _window(material: Material, day: date, days: int) -> Material:
    """The rows of the last `days` up to a day."""
    last = np.datetime64(day)
    return material.only((material.days <= last) & (material.days > last - np.timedelta64(days, "D")))


def _graded(value: float, threshold: float, orange: float, red: float) -> Severity:
    """How far beyond its threshold."""
    if value >= threshold * red:
        return Severity.RED
    return Severity.ORANGE if value >= threshold * orange else Severity.YELLOW
