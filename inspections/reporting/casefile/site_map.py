"""The map extract of a site, drawn from our own boundaries and points: no tile, no network, nobody's copyright.

Metres around the middle of the map, east right and north up; the scale bar is true at the middle.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from PIL import Image, ImageDraw

from geo.coordinates import LonLat

from ..documents.blocks import clean
from .faces import face

WIDTH_PX, HEIGHT_PX = 1240, 860
FINER = 2  # drawn so much larger and then made smaller, for smooth lines
METRES_A_DEGREE = 111_195.0
BARS_M = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
PAPER, LAND, BORDER, ZONE = (255, 255, 255), (243, 246, 249), (120, 134, 150), (60, 110, 200)
SITE, OTHER, PHOTO, INK = (200, 40, 40), (150, 158, 168), (20, 120, 90), (30, 36, 44)


@dataclass(frozen=True)
class Outline:
    """A boundary (shapely, WGS-84) with its name; the one that the site lies in is `is_own`."""

    shape: Any
    name: str
    is_own: bool = False
    is_zone: bool = False


@dataclass(frozen=True)
class Sketch:
    """What a map shows. `accuracy_m` is a circle around the site; `photos` are where pictures were taken."""

    site: LonLat
    name: str
    outlines: Sequence[Outline] = ()
    others: Sequence[LonLat] = ()
    photos: Sequence[LonLat] = ()
    accuracy_m: float | None = None
    words: dict[str, str] = field(default_factory=dict)


def draw(sketch: Sketch, radius_m: float | None = None) -> bytes:
    """A PNG of 1240 × 860 pixels: so many metres around the site, or all of its township."""
    view = _View.around(sketch, radius_m)
    image = Image.new("RGB", (WIDTH_PX * FINER, HEIGHT_PX * FINER), PAPER)
    pen = ImageDraw.Draw(image)
    for outline in sorted(sketch.outlines, key=lambda each: (each.is_zone, each.is_own)):
        _draw_outline(pen, view, outline)
    for place in sketch.others:
        _dot(pen, view, place, 5, OTHER)
    if sketch.accuracy_m and sketch.accuracy_m * view.px_a_metre > 6:
        _ring(pen, view, sketch.site, sketch.accuracy_m)
    for place in sketch.photos:
        _dot(pen, view, place, 7, PHOTO)
    for outline in sketch.outlines:
        _name(pen, view, outline)
    _pin(pen, view, sketch)
    _scale(pen, view)
    _north(pen)
    _legend(pen, sketch)
    pen.rectangle((0, 0, image.width - 1, image.height - 1), outline=BORDER, width=2 * FINER)
    file = io.BytesIO()
    image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS).quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


@dataclass(frozen=True)
class _View:
    middle: LonLat
    px_a_metre: float

    @classmethod
    def around(cls, sketch: Sketch, radius_m: float | None) -> "_View":
        own = next((each for each in sketch.outlines if each.is_own), None)
        if radius_m or own is None:
            return cls(sketch.site, HEIGHT_PX * FINER / (2 * (radius_m or 1_500)))
        west, south, east, north = shapely.bounds(own.shape)
        middle = LonLat((west + east) / 2, (south + north) / 2)
        wide = (east - west) * METRES_A_DEGREE * math.cos(math.radians(middle.lat))
        high = (north - south) * METRES_A_DEGREE
        room = 1.12  # a margin around the township
        scale = min(WIDTH_PX * FINER / max(wide * room, 50), HEIGHT_PX * FINER / max(high * room, 50))
        return cls(middle, scale)

    def px(self, lon: float, lat: float) -> tuple[float, float]:
        east = (lon - self.middle.lon) * METRES_A_DEGREE * math.cos(math.radians(self.middle.lat))
        north = (lat - self.middle.lat) * METRES_A_DEGREE
        return (WIDTH_PX * FINER / 2 + east * self.px_a_metre, HEIGHT_PX * FINER / 2 - north * self.px_a_metre)


def _draw_outline(pen: ImageDraw.ImageDraw, view: _View, outline: Outline) -> None:
    for part in shapely.get_parts(outline.shape):
        ring = [view.px(*each) for each in shapely.get_coordinates(part.exterior)]
        if len(ring) < 3:
            continue
        if outline.is_zone:
            _dashed(pen, ring, ZONE, 3 * FINER)
            continue
        if outline.is_own:
            pen.polygon(ring, fill=LAND)
        pen.line([*ring, ring[0]], fill=BORDER, width=(3 if outline.is_own else 1) * FINER, joint="curve")


def _dashed(pen: ImageDraw.ImageDraw, ring: list[tuple[float, float]], colour: Any, width: int) -> None:
    """Dashes run on over the corners."""
    dash, run = 18.0 * FINER, 0.0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        length = math.hypot(x2 - x1, y2 - y1)
        if not length or length > 200 * WIDTH_PX:
            continue
        at = 0.0
        while at < length:
            left = dash - run % dash
            step = min(left, length - at)
            if int(run // dash) % 2 == 0:
                one, two = at / length, (at + step) / length
                ends = (x1 + (x2 - x1) * one, y1 + (y2 - y1) * one, x1 + (x2 - x1) * two, y1 + (y2 - y1) * two)
                pen.line(ends, fill=colour, width=width)
            run, at = run + step, at + step


def _dot(pen: ImageDraw.ImageDraw, view: _View, place: LonLat, radius: float, colour: Any) -> None:
    x, y = view.px(*place)
    r = radius * FINER
    pen.ellipse((x - r, y - r, x + r, y + r), fill=colour, outline=PAPER, width=FINER)


def _ring(pen: ImageDraw.ImageDraw, view: _View, place: LonLat, radius_m: float) -> None:
    x, y = view.px(*place)
    r = radius_m * view.px_a_metre
    pen.ellipse((x - r, y - r, x + r, y + r), outline=SITE, width=FINER)


def _name(pen: ImageDraw.ImageDraw, view: _View, outline: Outline) -> None:
    inside = shapely.point_on_surface(outline.shape)
    x, y = view.px(*shapely.get_coordinates(inside)[0])
    if not (0 < x < WIDTH_PX * FINER and 0 < y < HEIGHT_PX * FINER):
        return
    size = 26 if outline.is_own else 20
    colour = ZONE if outline.is_zone else BORDER
    _write(pen, x, y + (30 * FINER if outline.is_zone else 0), outline.name, size, colour, "mm")


def _pin(pen: ImageDraw.ImageDraw, view: _View, sketch: Sketch) -> None:
    x, y = view.px(*sketch.site)
    r = 13 * FINER
    pen.ellipse((x - r, y - r, x + r, y + r), fill=SITE, outline=PAPER, width=3 * FINER)
    at_right = x < WIDTH_PX * FINER * 0.6
    _write(pen, x + (22 if at_right else -22) * FINER, y, sketch.name[:24], 26, INK, "lm" if at_right else "rm")


def _scale(pen: ImageDraw.ImageDraw, view: _View) -> None:
    most = WIDTH_PX * FINER * 0.25 / view.px_a_metre
    metres = max((each for each in BARS_M if each <= most), default=BARS_M[0])
    x, y = 36 * FINER, (HEIGHT_PX - 40) * FINER
    end = x + metres * view.px_a_metre
    pen.line((x, y, end, y), fill=INK, width=3 * FINER)
    for each in (x, end):
        pen.line((each, y - 8 * FINER, each, y + 8 * FINER), fill=INK, width=3 * FINER)
    label = f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km"
    _write(pen, (x + end) / 2, y - 12 * FINER, label, 20, INK, "mb")


def _north(pen: ImageDraw.ImageDraw) -> None:
    x, y = (WIDTH_PX - 56) * FINER, 50 * FINER
    pen.polygon([(x, y - 30 * FINER), (x - 12 * FINER, y + 18 * FINER), (x, y + 8 * FINER)], fill=INK)
    pen.polygon(
        [(x, y - 30 * FINER), (x + 12 * FINER, y + 18 * FINER), (x, y + 8 * FINER)], outline=INK, width=FINER
    )
    _write(pen, x, y + 36 * FINER, "N", 22, INK, "mm")


def _legend(pen: ImageDraw.ImageDraw, sketch: Sketch) -> None:
    """`words` names what is drawn: site, other, photo, zone."""
    shown = [("site", SITE), ("photo", PHOTO), ("other", OTHER), ("zone", ZONE)]
    rows = [(sketch.words[name], colour) for name, colour in shown if sketch.words.get(name)]
    y = (HEIGHT_PX - 24 - 30 * len(rows)) * FINER
    for text, colour in rows:
        x = (WIDTH_PX - 250) * FINER
        pen.rectangle((x, y - 7 * FINER, x + 14 * FINER, y + 7 * FINER), fill=colour)
        _write(pen, x + 24 * FINER, y, text, 20, INK, "lm")
        y += 30 * FINER


def _write(pen: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, colour: Any, anchor: str) -> None:
    """With a white edge, so that it is read over lines."""
    pen.text((x, y), clean(text), colour, face(size * FINER), anchor, stroke_width=3 * FINER, stroke_fill=PAPER)
