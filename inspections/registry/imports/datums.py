"""Guessing the datum of a file from where its points or outlines fall, with the evidence.

The three datums lie 300 m to 1.3 km apart, so most points fall into the same township under each. What decides
are the points that change sides: if datum A is right, nearly all of them are on A's side. Whether "nearly all"
could be chance is a sign test; when it could, the answer is that nobody can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.special import bdtrc  # scipy.stats takes as long to import as all the rest of us
from shapely.geometry.base import BaseGeometry

from geo.coordinates import Datum, geometry_to_wgs84, to_wgs84

from ...errors import Message, say
from .names import NameIndex

CANDIDATES = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
_CHANCE = 0.01
_NO_DOUBT = 1e-6
_LEAST_SHARE = 0.5
_LEAST_OVERLAP = 0.85
_LEAST_LEAD = 0.008


class Confidence(StrEnum):
    HIGH = "high"
    FAIR = "fair"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the table: read as `datum`, so many points fall where they say they are.

    `overlap` is the mean share (0–1) of outlines that cover the known ones; points have None.
    """

    datum: Datum
    in_township: int = 0
    with_township: int = 0
    in_county: int = 0
    points: int = 0
    overlap: float | None = None


@dataclass(frozen=True)
class Verdict:
    """`datum` is None when the evidence does not decide; `reason` is for the user."""

    datum: Datum | None
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    reason: Message


@dataclass(frozen=True)
class Outlines:
    """What is known of the county, in WGS-84."""

    county: BaseGeometry | None
    townships: Mapping[str, BaseGeometry]


def guess_from_points(
    lon: NDArray[np.float64], lat: NDArray[np.float64], stated: Sequence[str], known: Outlines
) -> Verdict:
    """Which datum puts points into the township they state, or else into the county."""
    if known.county is None and not known.townships:
        return _undecided((), say("本县还没有边界，无从比对，请选择坐标系"))
    if not len(lon):
        return _undecided((), say("没有可用的坐标"))
    columns = [_hits(lon, lat, stated, known, datum) for datum in CANDIDATES]
    evidence = tuple(e for _, e in columns)
    return _judge_points(np.array([hits for hits, _ in columns]), evidence)


def _hits(
    lon: NDArray[np.float64], lat: NDArray[np.float64], stated: Sequence[str], known: Outlines, datum: Datum
) -> tuple[NDArray[np.bool_], Evidence]:
    x, y = to_wgs84(lon, lat, datum)
    in_county = _inside(_county(known), x, y)
    in_township, has_township = _in_stated(x, y, stated, known)
    evidence = Evidence(datum, int(in_township.sum()), int(has_township.sum()), int(in_county.sum()), len(x))
    return np.where(has_township, in_township, in_county), evidence


def _in_stated(
    x: NDArray[np.float64], y: NDArray[np.float64], stated: Sequence[str], known: Outlines
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    index = NameIndex((name, name) for name in known.townships)
    found = np.array([index.find(name) or "" for name in stated], dtype=object)
    inside = np.zeros(len(x), bool)
    for name in set(found) - {""}:
        here = found == name
        inside[here] = _inside(known.townships[name], x[here], y[here])
    return inside, found != ""


def _county(known: Outlines) -> BaseGeometry:
    return known.county if known.county is not None else shapely.union_all(list(known.townships.values()))


def _inside(polygon: BaseGeometry, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    shapely.prepare(polygon)
    return np.asarray(shapely.intersects_xy(polygon, x, y))


def _judge_points(hits: NDArray[np.bool_], evidence: tuple[Evidence, ...]) -> Verdict:
    best = int(hits.sum(axis=1).argmax())
    others = [i for i in range(len(CANDIDATES)) if i != best]
    total = hits.shape[1]
    if hits[best].sum() < _LEAST_SHARE * total:
        return _undecided(evidence, say("按哪种坐标系，多数点都不在所填的镇街或本县内，请先核对坐标和所属镇街"))
    chance = max(_chance(hits[best], hits[i]) for i in others)
    if chance > _CHANCE:
        return _undecided(evidence, say("几种坐标系下点位落在的镇街几乎一样，分不出来，请向提供数据的人核实"))
    sure = chance < _NO_DOUBT and hits[best].mean() >= 0.8
    return _decided(CANDIDATES[best], Confidence.HIGH if sure else Confidence.FAIR, evidence)


def _chance(best: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Probability that so many of the points that change sides prefer `best` if it were no better."""
    won, lost = int((best & ~other).sum()), int((other & ~best).sum())
    return float(bdtrc(won - 1, won + lost, 0.5)) if won else 1.0


def guess_from_outlines(named: Sequence[tuple[str, BaseGeometry]], known: Outlines) -> Verdict:
    """Which datum makes outlines cover known outlines of the same name, or else the county."""
    pairs = _pairs(named, known)
    if not pairs:
        return _undecided((), say("本县还没有边界，无从比对，请选择坐标系"))
    evidence = tuple(
        Evidence(datum, points=len(pairs), overlap=float(np.mean([_overlap(a, b, datum) for a, b in pairs])))
        for datum in CANDIDATES
    )
    ranked = sorted(evidence, key=lambda e: e.overlap or 0, reverse=True)
    first, second = ranked[0].overlap or 0, ranked[1].overlap or 0
    if first < _LEAST_OVERLAP:
        return _undecided(evidence, say("按哪种坐标系，边界都与已有边界对不上，请先核对文件"))
    if first - second < _LEAST_LEAD:
        return _undecided(evidence, say("几种坐标系下边界与已有边界的重合程度几乎一样，分不出来"))
    sure = first - second > 3 * _LEAST_LEAD
    return _decided(ranked[0].datum, Confidence.HIGH if sure else Confidence.FAIR, evidence)


def _pairs(named: Sequence[tuple[str, BaseGeometry]], known: Outlines) -> list[tuple[BaseGeometry, BaseGeometry]]:
    valid = [(name, shapely.make_valid(geometry)) for name, geometry in named]
    index = NameIndex((name, geometry) for name, geometry in known.townships.items())
    pairs = [(geometry, other) for name, geometry in valid if (other := index.find(name)) is not None]
    if len(pairs) >= 3 or (pairs and known.county is None):
        return pairs
    if known.county is None or not valid:
        return []
    return [(shapely.union_all([geometry for _, geometry in valid]), known.county)]


def _overlap(given: BaseGeometry, known: BaseGeometry, datum: Datum) -> float:
    """Area in common over area of both; a part of the county is measured against itself alone."""
    moved = shapely.make_valid(geometry_to_wgs84(given, datum))
    common = shapely.intersection(moved, known).area
    whole = shapely.union(moved, known).area if moved.area > 0.8 * known.area else moved.area
    return float(common / whole) if whole else 0.0


def _decided(datum: Datum, confidence: Confidence, evidence: tuple[Evidence, ...]) -> Verdict:
    return Verdict(datum, confidence, evidence, say("看来是 {datum}", datum=say(datum.label)))


def _undecided(evidence: tuple[Evidence, ...], reason: Message) -> Verdict:
    return Verdict(None, Confidence.NONE, evidence, reason)
