"""The map of a sweep: teams, their stops in order, how each went; and, played over time, how the night went.

Give it plain data, get one HTML page that needs no network. Lines join stops in their order and are no roads. The
same page is the briefing (nothing has happened yet), the map of the report (all has), and, where it is given
`steps`, the replay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from . import Application, Assets, bare_map, document
from .coverage import NOWHERE
from .hotspot_data import label_points, lines, outlines
from .packing import UNIT, pack_points, pack_shapes
from .sweep_labels import SWEEP_LABELS

STATES = ("waiting", "under_way", "arrived", "entered", "done", "closed", "moved", "refused", "dropped")
MOVES = ("", "out", "there")
SCRIPTS = [
    "js/decode.js", "js/palette.js", "js/sheet.js", "js/tip.js", "js/sweep_scene.js", "js/sweep_lists.js",
    "js/sweep_replay.js", "js/sweep.js",
]  # fmt: skip
STYLES = ["css/tokens.css", "css/hotspot.css", "css/coverage.css", "css/sweep.css"]
MARGIN_DEGREES = 0.004  # around stops, some 400 m


@dataclass(frozen=True)
class TeamMark:
    """A team and where it starts (WGS-84). `facts` are pairs of word and value."""

    name: str
    lon: float
    lat: float
    number: int
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class StopMark:
    """A stop. `team` is a place in the list of teams or -1, `position` counts from 1. `when` is the planned moment
    in words. Stops of one `link` are entered at once. `notes` are shown line by line, `picture` is a small JPEG.
    """

    name: str
    lon: float
    lat: float
    team: int
    position: int
    state: str = "waiting"
    when: str = ""
    link: str = ""
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    record: str = ""
    picture: bytes = b""


@dataclass(frozen=True)
class Step:
    """Something that happened `at_s` seconds after the view's `first_s`, said in `words` at `clock`.

    `state` is what a stop came to by it, `owner` the team that it went to; `move` says whether the team went "out"
    for the stop or was "there". Places in the lists of teams and stops, -1 for none.
    """

    at_s: int
    clock: str
    words: str
    team: int = -1
    stop: int = -1
    state: str = ""
    move: str = ""
    owner: int = -1
    is_loud: bool = False


@dataclass(frozen=True)
class SweepView:
    """Everything the map shows. `watermark` is written over all of it, as is right for a paper that is secret.

    For a replay `team` of each stop is the one that it began with.
    `steps` are in the order of time, from `first_s` to `last_s` (seconds of China's day on which it began).
    `records` followed by a stop's `record` is an address.
    """

    title: str
    subtitle: str
    teams: Sequence[TeamMark]
    stops: Sequence[StopMark]
    townships: Sequence[tuple[str, BaseGeometry]]
    roads: Sequence[BaseGeometry] = ()
    area: BaseGeometry | None = None
    steps: Sequence[Step] = ()
    first_s: int = 0
    last_s: int = 0
    watermark: str = ""
    records: str = ""
    credit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def sweep_map(view: SweepView, assets: Assets) -> str:
    """The page as HTML. `view.labels` replaces texts of SWEEP_LABELS by key.

    Raises ValueError for a place in a list that there isn't, an unknown state or move, steps out of order, and a
    position that isn't a finite number.
    """
    _check(view)
    labels = {**SWEEP_LABELS, **view.labels}
    box = _box(view)
    map_ = bare_map(*box)
    Application(_data(view, labels, box), SCRIPTS, STYLES, "html/sweep.html").add_to(map_)
    return document(map_, view.title, labels["language"], assets)


def _data(view: SweepView, labels: Mapping[str, str], box: Sequence[float]) -> dict[str, object]:
    areas = np.array([area for _, area in view.townships], dtype=object)
    own = np.array([] if view.area is None else [view.area], dtype=object)
    return {
        "labels": labels,
        "title": view.title,
        "subtitle": view.subtitle,
        "credit": view.credit,
        "watermark": view.watermark,
        "unit": UNIT,
        "box": list(box),
        "records": view.records,
        "teams": [{"name": team.name, "number": team.number, "facts": _pairs(team.facts)} for team in view.teams],
        "starts": pack_points([team.lon for team in view.teams], [team.lat for team in view.teams]),
        "stops": [_stop(stop) for stop in view.stops],
        "at": pack_points([stop.lon for stop in view.stops], [stop.lat for stop in view.stops]),
        "steps": [_step(step) for step in view.steps],
        "first": view.first_s,
        "last": view.last_s,
        "townships": {
            "names": [name for name, _ in view.townships],
            "shapes": outlines(areas),
            "labels": label_points(areas),
        },
        "area": pack_shapes(own) if len(own) else None,
        "roads": lines(view.roads),
    }


def _stop(stop: StopMark) -> dict[str, object]:
    from base64 import b64encode

    return {
        "name": stop.name,
        "team": stop.team,
        "position": stop.position,
        "state": stop.state,
        "when": stop.when,
        "link": stop.link,
        "facts": _pairs(stop.facts),
        "notes": list(stop.notes),
        "record": stop.record,
        "picture": b64encode(stop.picture).decode() if stop.picture else "",
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "at": step.at_s,
        "clock": step.clock,
        "words": step.words,
        "team": step.team,
        "stop": step.stop,
        "state": step.state,
        "move": step.move,
        "owner": step.owner,
        "loud": step.is_loud,
    }


def _pairs(facts: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [[word, value] for word, value in facts]


def _box(view: SweepView) -> list[float]:
    if view.stops or view.teams:
        lon, lat = _marks(view).T
        return [
            float(lon.min() - MARGIN_DEGREES), float(lat.min() - MARGIN_DEGREES),
            float(lon.max() + MARGIN_DEGREES), float(lat.max() + MARGIN_DEGREES),
        ]  # fmt: skip
    areas = [area for _, area in view.townships] + ([view.area] if view.area is not None else [])
    return [float(v) for v in shapely.total_bounds(np.array(areas, dtype=object))] if areas else list(NOWHERE)


def _marks(view: SweepView) -> NDArray[np.float64]:
    places = [(stop.lon, stop.lat) for stop in view.stops] + [(team.lon, team.lat) for team in view.teams]
    return np.array(places, dtype=float).reshape(-1, 2)


def _check(view: SweepView) -> None:
    if not np.isfinite(_marks(view)).all():
        raise ValueError("a position isn't a number")
    for stop in view.stops:
        _check_places(view, stop.team, -1)
        if stop.state not in STATES:
            raise ValueError(f"state {stop.state!r} is none of {', '.join(STATES)}")
    for step in view.steps:
        _check_places(view, step.team, step.stop)
        _check_places(view, step.owner, -1)
        if step.state not in ("", *STATES) or step.move not in MOVES:
            raise ValueError(f"step {step.words!r} has a state or move that there isn't")
    if any(b.at_s < a.at_s for a, b in zip(view.steps, view.steps[1:], strict=False)):
        raise ValueError("steps out of order")


def _check_places(view: SweepView, team: int, stop: int) -> None:
    if not (-1 <= team < len(view.teams) and -1 <= stop < len(view.stops)):
        raise ValueError(f"no team {team} or no stop {stop}")
