"""The map of a bulletin: townships shaded by a number, as a PNG for the paper and the screen.

It is drawn from the outlines that are frozen with the figures, so the same bulletin gives the same picture. The
outlines are drawn in degrees, with longitudes shortened by the cosine of the middle latitude.
"""

import io
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

WIDTH_PX, HEIGHT_PX, MARGIN_PX = 1600, 1100, 48
LEGEND_PX = 300
MOST_WORDS = 20  # of a name: no picture holds a text of any length
SHADES = ((0xF4, 0xF6, 0xF8), (0xC9, 0xDC, 0xEE), (0x8F, 0xB9, 0xDC), (0x4F, 0x8E, 0xC4), (0x1F, 0x5F, 0x99))
INK, LINE, PAPER = (0x1D, 0x24, 0x2C), (0x5A, 0x66, 0x72), (0xFF, 0xFF, 0xFF)
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
)

Ring = Sequence[Sequence[float]]


class Shape(NamedTuple):
    name: str
    n: int
    rings: Sequence[Ring]


def map_of(figures: Mapping[str, Any], cell: str = "problem.all") -> bytes | None:
    """The townships by a cell of theirs; None where no outline is known."""
    shapes = [Shape(each["name"], each["cells"].get(cell, 0), each["rings"]) for each in figures["townships"]]
    return draw(shapes) if any(each.rings for each in shapes) else None


def draw(shapes: Sequence[Shape]) -> bytes:
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER)
    pen = ImageDraw.Draw(image)
    place = _projection(shapes)
    steps = steps_of([each.n for each in shapes])
    for shape in shapes:
        for ring in shape.rings:
            points = [place(*point) for point in ring]
            pen.polygon(points, fill=SHADES[_step(shape.n, steps)])
            pen.line([*points, points[0]], fill=LINE, width=3)
    for shape in shapes:
        _label(pen, shape, place, steps)
    _legend(pen, steps)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def steps_of(numbers: Sequence[int]) -> list[int]:
    """The least number of each shade beside the first, which is for nought; quarters of the numbers above it.

    >>> steps_of([0, 1, 2, 3, 4, 5, 6, 7, 8])
    [1, 3, 5, 7]
    """
    some = sorted(n for n in numbers if n)
    return sorted({some[len(some) * part // 4] for part in range(4)}) if some else []


def _step(n: int, steps: Sequence[int]) -> int:
    """The shades are spread over the steps, so that the highest is always the darkest."""
    reached = sum(n >= step for step in steps)
    return round(reached * (len(SHADES) - 1) / len(steps)) if steps else 0


def _projection(shapes: Sequence[Shape]) -> Any:
    points = [point for shape in shapes for ring in shape.rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    shorter = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * shorter, 1e-9), max(north - south, 1e-9)
    room_x, room_y = WIDTH_PX - 2 * MARGIN_PX - LEGEND_PX, HEIGHT_PX - 2 * MARGIN_PX
    scale = min(room_x / wide, room_y / high)
    left = MARGIN_PX + (room_x - wide * scale) / 2
    top = MARGIN_PX + (room_y - high * scale) / 2

    def place(lon: float, lat: float) -> tuple[float, float]:
        return left + (lon - west) * shorter * scale, top + (north - lat) * scale

    return place


def _label(pen: ImageDraw.ImageDraw, shape: Shape, place: Any, steps: Sequence[int]) -> None:
    if not shape.rings:
        return
    middle = place(*_middle(max(shape.rings, key=_area)))
    dark = _step(shape.n, steps) >= 3
    text = f"{' '.join(shape.name.split())[:MOST_WORDS]}\n{shape.n}" if font(10) else f"{shape.n}"
    pen.multiline_text(
        middle,
        text,
        fill=PAPER if dark else INK,
        font=font(30) or ImageFont.load_default(30),
        anchor="mm",
        align="center",
        stroke_width=2,
        stroke_fill=SHADES[_step(shape.n, steps)],
    )


def _legend(pen: ImageDraw.ImageDraw, steps: Sequence[int]) -> None:
    left, top, size = WIDTH_PX - LEGEND_PX, HEIGHT_PX - MARGIN_PX - 56 * (len(steps) + 1), 40
    ranges = ["0"]
    for n, step in enumerate(steps):
        last = steps[n + 1] - 1 if n + 1 < len(steps) else None
        ranges.append(f"{step}+" if last is None else f"{step}" if last == step else f"{step}–{last}")
    for n, text in enumerate(ranges):
        y = top + 56 * n
        colour = SHADES[round(n * (len(SHADES) - 1) / len(steps)) if steps else 0]
        pen.rectangle((left, y, left + size, y + size), fill=colour, outline=LINE, width=2)
        pen.text((left + size + 16, y + size / 2), text, fill=INK, font=ImageFont.load_default(30), anchor="lm")


def _area(ring: Ring) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def _middle(ring: Ring) -> tuple[float, float]:
    """The centre of gravity of a ring that isn't degenerate, else of its corners."""
    doubled = x = y = 0.0
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        doubled, x, y = doubled + cross, x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    if abs(doubled) < 1e-12:
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    return x / (3 * doubled), y / (3 * doubled)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | None:
    """A face with Chinese; without one the map shows numbers alone."""
    for path in FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size, index=2)  # the Chinese face of the collection
    return None
