"""The points of small pictures: bars with the band that was expected, and curves with their intervals."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from inspections.targeting.warnings.warning_file import Step

WIDTH, HEIGHT, TOP, FOOT = 600, 160, 16, 22


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    over: bool
    step: Step


class SeriesPicture(NamedTuple):
    """`band` and `expected` are points of a polygon and a polyline, `marks` the y of round numbers."""

    width: int
    height: int
    base: float
    bars: list[Bar]
    band: str
    expected: str
    marks: list[tuple[float, int]]
    names: list[tuple[float, str, str]]


def series_picture(steps: Sequence[Step]) -> SeriesPicture | None:
    """A bar for each step over the band from nothing to the most by chance; None without steps."""
    if not steps:
        return None
    left, base = 26, HEIGHT - FOOT
    room, tall = WIDTH - left, base - TOP
    most = max(1.0, *(max(each.n, each.upper) for each in steps))
    pitch = room / len(steps)

    def at(value: float) -> float:
        return round(base - tall * value / most, 1)

    def x(n: float) -> float:
        return round(left + pitch * n, 1)

    bars = [
        Bar(x(n + 0.1), at(each.n), round(pitch * 0.8, 1), round(base - at(each.n), 1), each.n > each.upper, each)
        for n, each in enumerate(steps)
    ]
    edge = [(x(n + part), at(each.upper)) for n, each in enumerate(steps) for part in (0, 1)]
    middle = [(x(n + part), at(each.expected)) for n, each in enumerate(steps) for part in (0, 1)]
    names = [(x(0), f"{steps[0].day:%m-%d}", "start"), (x(len(steps)), f"{steps[-1].day:%m-%d}", "end")]
    marks = [(at(each), each) for each in sorted({0, int(most)})]
    band = [(x(0), base), *edge, (x(len(steps)), base)]
    return SeriesPicture(WIDTH, HEIGHT, base, bars, points(band), points(middle), marks, names)


def points(pairs: Sequence[tuple[float, float]]) -> str:
    """As SVG has them."""
    return " ".join(f"{x:g},{y:g}" for x, y in pairs)


class CurvePicture(NamedTuple):
    """Share found by share visited: `band` is of the score's order, `lines` are (order, points)."""

    width: int
    height: int
    left: float
    base: float
    half: float
    band: str
    lines: list[tuple[str, str]]
    marks: list[tuple[float, float, int]]


def curve_picture(visits: Mapping[str, Any]) -> CurvePicture | None:
    """None where nothing was found."""
    curves = {name: each["curve"] for name, each in visits["orders"].items()}
    if not all(curves.values()):
        return None
    width, height, left = 480, 300, 40
    base, room, tall = height - FOOT, width - left - 8, height - FOOT - TOP

    def at(share: float, found: float) -> tuple[float, float]:
        return round(left + room * share, 1), round(base - tall * found, 1)

    band = [at(x, low) for x, _, low, _ in curves["score"]]
    band += [at(x, high) for x, _, _, high in reversed(curves["score"])]
    lines = [("random", points([at(0, 0), at(1, 1)]))]
    lines += [(name, points([at(x, y) for x, y, _, _ in curves[name]])) for name in ("done", "recency", "score")]
    marks = [(*at(each / 100, each / 100), each) for each in (0, 25, 50, 75, 100)]
    return CurvePicture(width, height, left, base, at(0.5, 0)[0], points(band), lines, marks)
