"""The map of a report on paper: townships, routes in their order, stops by number, drawn from our own shapes."""

import io
import math
from collections.abc import Sequence

import shapely
from PIL import Image, ImageDraw
from shapely.geometry.base import BaseGeometry

from ...sweeps.report import Report
from ...sweeps.reported_stops import StopLine
from ...sweeps.stops import StopState
from ..casefile.faces import face
from ..documents.blocks import clean

WIDTH_PX, HEIGHT_PX, FINER, MARGIN_PX = 1240, 900, 2, 70
METRES_A_DEGREE = 111_195.0
LEAST_M = 800  # of ground, however near each other stops are
PAPER, LAND, BORDER, INK, GREY = (255, 255, 255), (246, 248, 250), (150, 160, 172), (30, 36, 44), (120, 128, 138)
TEAMS = (
    (28, 93, 159), (180, 72, 12), (27, 122, 75), (122, 63, 168), (161, 29, 82),
    (0, 114, 124), (107, 90, 0), (74, 79, 156), (138, 58, 31), (63, 98, 18),
)  # fmt: skip
HOLLOW = (StopState.WAITING, StopState.DROPPED, StopState.CLOSED, StopState.MOVED)
BARS_M = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


def draw(report: Report, townships: Sequence[tuple[str, BaseGeometry]]) -> bytes | None:
    """A PNG of 1240 × 900 pixels; None where no stop has a place."""
    stops = [each for each in report.stops if each.lon is not None and each.lat is not None]
    if not stops:
        return None
    view = _View(stops, [(line.view.lon, line.view.lat) for line in report.teams])
    image = Image.new("RGB", (WIDTH_PX * FINER, HEIGHT_PX * FINER), PAPER)
    pen = ImageDraw.Draw(image)
    _ground(pen, view, townships)
    for n, line in enumerate(report.teams):
        own = sorted((each for each in stops if each.stop.team_id == line.view.team.id), key=_position)
        way = [(line.view.lon, line.view.lat), *((each.lon or 0, each.lat or 0) for each in own)]
        if own:
            pen.line([view.px(*each) for each in way], fill=TEAMS[n % len(TEAMS)], width=3 * FINER)
    numbers = {line.view.team.id: n for n, line in enumerate(report.teams)}
    for each in stops:
        _stop(pen, view, each, numbers.get(each.stop.team_id) if each.stop.team_id else None)
    _scale(pen, view)
    pen.rectangle((0, 0, image.width - 1, image.height - 1), outline=BORDER, width=2 * FINER)
    file = io.BytesIO()
    image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS).quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


def _position(line: StopLine) -> int:
    return line.stop.position


class _View:
    """Metres around the middle of all stops and starts, north up."""

    def __init__(self, stops: Sequence[StopLine], starts: Sequence[tuple[float, float]]) -> None:
        places = [(each.lon or 0.0, each.lat or 0.0) for each in stops] + list(starts)
        lons, lats = zip(*places, strict=True)
        self.middle = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
        self.shorter = math.cos(math.radians(self.middle[1]))
        wide_m = max((max(lons) - min(lons)) * METRES_A_DEGREE * self.shorter, LEAST_M)
        high_m = max((max(lats) - min(lats)) * METRES_A_DEGREE, LEAST_M)
        room = (WIDTH_PX - 2 * MARGIN_PX) * FINER, (HEIGHT_PX - 2 * MARGIN_PX) * FINER
        self.px_a_metre = min(room[0] / wide_m, room[1] / high_m)

    def px(self, lon: float, lat: float) -> tuple[float, float]:
        east = (lon - self.middle[0]) * METRES_A_DEGREE * self.shorter * self.px_a_metre
        north = (lat - self.middle[1]) * METRES_A_DEGREE * self.px_a_metre
        return WIDTH_PX * FINER / 2 + east, HEIGHT_PX * FINER / 2 - north


def _ground(pen: ImageDraw.ImageDraw, view: _View, townships: Sequence[tuple[str, BaseGeometry]]) -> None:
    for _, shape in townships:
        for part in shapely.get_parts(shape):
            ring = [view.px(*each) for each in shapely.get_coordinates(part.exterior)]
            pen.polygon(ring, fill=LAND)
            pen.line([*ring, ring[0]], fill=BORDER, width=2 * FINER)
    for name, shape in townships:
        x, y = view.px(*shapely.get_coordinates(shapely.point_on_surface(shape))[0])
        _write(pen, x, y, name, 22, GREY)


def _stop(pen: ImageDraw.ImageDraw, view: _View, line: StopLine, team: int | None) -> None:
    x, y = view.px(line.lon or 0, line.lat or 0)
    colour = GREY if team is None else TEAMS[team % len(TEAMS)]
    text = f"{line.team}-{line.stop.position}" if line.team else "–"
    wide, high = (12 + 7 * len(text)) * FINER, 17 * FINER
    hollow = line.stop.state in HOLLOW
    pen.rounded_rectangle(
        (x - wide, y - high, x + wide, y + high), 14 * FINER, PAPER if hollow else colour, colour, 3 * FINER
    )
    pen.text((x, y), text, colour if hollow else PAPER, face(20 * FINER), "mm")


def _scale(pen: ImageDraw.ImageDraw, view: _View) -> None:
    metres = max((each for each in BARS_M if each * view.px_a_metre <= WIDTH_PX * FINER / 4), default=BARS_M[0])
    x, y = 36 * FINER, (HEIGHT_PX - 36) * FINER
    end = x + metres * view.px_a_metre
    pen.line((x, y, end, y), fill=INK, width=3 * FINER)
    _write(
        pen, (x + end) / 2, y - 16 * FINER, f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km", 20, INK
    )


def _write(
    pen: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, colour: tuple[int, int, int]
) -> None:
    """With a white edge, so that it is read over lines."""
    pen.text((x, y), clean(text)[:24], colour, face(size * FINER), "mm", stroke_width=3 * FINER, stroke_fill=PAPER)
