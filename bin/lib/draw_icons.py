"""Draws the PNG icons that telephones ask for, from the same paths as static/icons/app.svg.

Run after changing the mark: python bin/lib/draw_icons.py
"""

from pathlib import Path

from PIL import Image, ImageDraw

ICONS = Path(__file__).parents[2] / "static/icons"
BLUE = "#1c5d9f"
SIZES = {"app-192.png": 192, "app-512.png": 512, "apple-touch-icon.png": 180}
# Android cuts a shape of its own out of these: only what lies within 4/5 of the width is sure to be seen.
MASKABLE = {"maskable-192.png": 192, "maskable-512.png": 512}
SHRUNK = 0.78
OVERSAMPLING = 4

Point = tuple[float, float]


def draw(size: int, scale: float = 1) -> Image.Image:
    big = size * OVERSAMPLING
    image = Image.new("RGB", (big, big), BLUE)
    pen = ImageDraw.Draw(image)
    for width, outline in _mark():
        radius = width / 2 * 13 / 512 * big * scale
        for x, y in (_placed(point, big, scale) for point in outline):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill="white")
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _mark() -> list[tuple[float, list[Point]]]:
    """Stroke width and course of each line, on the grid of 24."""
    tip, left, right, top = (12.0, 22.5), (4.0, 9.5), (20.0, 9.5), (12.0, 1.5)
    reach = 8 * 0.5523  # of the handles that make a quarter circle of radius 8
    pin = [
        *_cubic(tip, (17, 16.9), (20, 12.9), right),
        *_cubic(right, (20, 9.5 - reach), (12 + reach, 1.5), top),
        *_cubic(top, (12 - reach, 1.5), (4, 9.5 - reach), left),
        *_cubic(left, (4, 12.9), (7, 16.9), tip),
    ]
    lids = [*_quadratic((7, 9.5), (12, 3.7), (17, 9.5)), *_quadratic((17, 9.5), (12, 15.3), (7, 9.5))]
    return [(1.6, pin), (1.6, lids), (2.6, [(12, 9.5)])]


def _cubic(a: Point, b: Point, c: Point, d: Point, steps: int = 400) -> list[Point]:
    def at(t: float, axis: int) -> float:
        s = 1 - t
        return s**3 * a[axis] + 3 * s**2 * t * b[axis] + 3 * s * t**2 * c[axis] + t**3 * d[axis]

    return [(at(step / steps, 0), at(step / steps, 1)) for step in range(steps + 1)]


def _quadratic(a: Point, b: Point, c: Point) -> list[Point]:
    def toward(end: Point) -> Point:
        return (end[0] + 2 / 3 * (b[0] - end[0]), end[1] + 2 / 3 * (b[1] - end[1]))

    return _cubic(a, toward(a), toward(c), c)


def _placed(point: Point, size: int, scale: float) -> Point:
    x, y = ((100 + 13 * point[0]) / 512, (97 + 13 * point[1]) / 512)
    return ((0.5 + (x - 0.5) * scale) * size, (0.5 + (y - 0.5) * scale) * size)


if __name__ == "__main__":
    for name, size in SIZES.items():
        draw(size).save(ICONS / name, optimize=True)
    for name, size in MASKABLE.items():
        draw(size, SHRUNK).save(ICONS / name, optimize=True)
