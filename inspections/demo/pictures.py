"""Photos of the demo county, drawn: forty scenes, each stamped with a time and a place for every photo made of it.

No system font is used: the digits and the watermark are Pillow's own, and signboards bear strokes, not words.
"""

import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from .chance import Chance

WIDTH, HEIGHT = 1280, 960
QUALITY = 45
VARIANTS = 5
STAMP_TOP = 872
ROW = 16  # pixels, of the encoder's squares
BAND = 8 * ROW  # after as many rows their marks begin anew
Colour = tuple[int, int, int]

WALLS: list[Colour] = [(206, 196, 180), (188, 176, 164), (214, 208, 200), (196, 178, 158), (176, 184, 190)]
SIGNS: list[Colour] = [(176, 46, 42), (38, 92, 158), (40, 128, 84), (204, 128, 32), (116, 58, 130)]
INK: Colour = (44, 46, 52)


class Sketch:
    """A canvas addressed in 1280 × 960 whatever its size."""

    def __init__(self, image: Image.Image):
        self.scale = image.width / WIDTH
        self.image = image
        self.pen = ImageDraw.Draw(image)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour, line: bool = False) -> None:
        shape = [value * self.scale for value in (left, top, right, bottom)]
        self.pen.rectangle(shape, fill=fill, outline=INK if line else None)

    def line(self, *points: tuple[float, float], fill: Colour = INK, width: float = 3) -> None:
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        self.pen.line(scaled, fill=fill, width=max(1, round(width * self.scale)))

    def shape(self, *points: tuple[float, float], fill: Colour) -> None:
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        self.pen.ellipse(
            [
                (x - radius) * self.scale,
                (y - radius) * self.scale,
                (x + radius) * self.scale,
                (y + radius) * self.scale,
            ],
            fill=fill,
        )

    def write(self, x: float, y: float, text: str, size: float, fill: Colour | tuple[int, ...]) -> None:
        font = ImageFont.load_default(max(6, size * self.scale))
        self.pen.text((x * self.scale, y * self.scale), text, fill=fill, font=font)


def shade(colour: Colour, change: int) -> Colour:
    red, green, blue = (max(0, min(255, part + change)) for part in colour)
    return red, green, blue


def shopfront(sketch: Sketch, chance: Chance) -> None:
    wall, sign = chance.choice(WALLS), chance.choice(SIGNS)
    sketch.box(0, 0, 1280, 760, wall)
    sketch.box(0, 760, 1280, 960, (128, 126, 122))
    for column in range(3):
        left = 40 + column * 410
        sketch.box(left, 190, left + 380, 300, sign if column == 1 else shade(sign, 40), line=True)
        _strokes(sketch, left + 40, 215, 6, 44, (244, 240, 226), chance)
        sketch.box(left + 20, 320, left + 360, 760, shade(wall, -60), line=True)
        for pane in range(2):
            sketch.box(left + 34 + pane * 165, 336, left + 180 + pane * 165, 744, (120, 150, 168))
        if chance.happens(0.5):
            sketch.box(left + 60, 430, left + 150, 560, (238, 226, 120))
            _strokes(sketch, left + 66, 440, 3, 20, INK, chance)


def flats(sketch: Sketch, chance: Chance) -> None:
    wall = chance.choice(WALLS)
    sketch.box(0, 0, 1280, 960, (178, 200, 220))
    sketch.box(120, 60, 1160, 860, wall)
    lit = chance.randrange(24)
    for floor in range(6):
        for flat in range(4):
            left, top = 170 + flat * 250, 90 + floor * 128
            on = floor * 4 + flat == lit
            sketch.box(left, top, left + 190, top + 86, (250, 224, 140) if on else (90, 112, 134), line=True)
            sketch.box(left, top + 86, left + 190, top + 98, shade(wall, -40))
    sketch.box(580, 740, 700, 860, (70, 64, 60))
    sketch.box(0, 860, 1280, 960, (116, 124, 110))


def garages(sketch: Sketch, chance: Chance) -> None:
    wall = chance.choice(WALLS)
    sketch.box(0, 0, 1280, 960, shade(wall, -20))
    opened = chance.randrange(4)
    for door in range(4):
        left = 30 + door * 312
        sketch.box(left, 260, left + 280, 800, (226, 214, 150) if door == opened else (132, 138, 144), line=True)
        sketch.write(left + 110, 190, str(chance.randint(1, 40)), 46, INK)
        if door == opened:
            for row in range(3):
                sketch.box(left + 30, 520 + row * 90, left + 250, 560 + row * 90, (150, 108, 66))
        else:
            for slat in range(9):
                sketch.line((left, 310 + slat * 54), (left + 280, 310 + slat * 54), fill=(104, 110, 116))
    sketch.box(0, 800, 1280, 960, (112, 110, 106))


def basement(sketch: Sketch, chance: Chance) -> None:
    sketch.box(0, 0, 1280, 960, (66, 66, 70))
    sketch.shape((0, 960), (380, 520), (900, 520), (1280, 960), fill=(92, 90, 86))
    sketch.box(380, 180, 900, 520, (120, 112, 98))
    sketch.box(470, 220, 810, 400, (46, 84, 66), line=True)
    _strokes(sketch, 500, 250, 9, 26, (224, 228, 222), chance)
    for row in range(3):
        width = 220 + row * 130
        for seat in range(3):
            left = 640 - width + seat * width * 0.72
            sketch.box(left, 580 + row * 110, left + width * 0.52, 620 + row * 110, (146, 104, 62), line=True)
    sketch.line((300, 60), (980, 60), fill=(238, 236, 200), width=14)


def classroom(sketch: Sketch, chance: Chance) -> None:
    sketch.box(0, 0, 1280, 960, (222, 214, 196))
    sketch.box(190, 110, 1090, 430, (38, 86, 64), line=True)
    for line in range(4):
        _strokes(sketch, 240, 140 + line * 66, chance.randint(5, 14), 30, (226, 230, 224), chance)
    sketch.shape((0, 960), (0, 700), (180, 500), (1100, 500), (1280, 700), (1280, 960), fill=(186, 164, 132))
    for row in range(3):
        for seat in range(4):
            left = 130 + seat * 270 - row * 26
            sketch.box(left, 540 + row * 130, left + 190, 590 + row * 130, (158, 112, 66), line=True)
            if chance.happens(0.7):
                sketch.box(left + 40, 528 + row * 130, left + 110, 556 + row * 130, chance.choice(SIGNS))
    clock = chance.uniform(0, math.tau)
    sketch.disc(1170, 120, 48, (244, 244, 240))
    sketch.line((1170, 120), (1170 + 34 * math.sin(clock), 120 - 34 * math.cos(clock)))


def dining(sketch: Sketch, chance: Chance) -> None:
    sketch.box(0, 0, 1280, 960, (232, 222, 202))
    sketch.box(900, 80, 1200, 420, (170, 198, 214), line=True)
    for table in range(2):
        left = 90 + table * 590
        sketch.shape((left, 560), (left + 480, 560), (left + 560, 760), (left - 60, 760), fill=(172, 126, 78))
        for bowl in range(5):
            sketch.disc(left + 50 + bowl * 95, 640 + chance.uniform(-24, 60), 30, (244, 244, 240))
        for stool in range(4):
            sketch.disc(left + 30 + stool * 140, 830, 42, chance.choice(SIGNS))
    sketch.box(120, 120, 520, 330, (250, 248, 240), line=True)
    _strokes(sketch, 150, 150, 8, 30, INK, chance)


def gate(sketch: Sketch, chance: Chance) -> None:
    wall = chance.choice(WALLS)
    sketch.box(0, 0, 1280, 620, (168, 198, 224))
    sketch.box(180, 160, 1100, 620, wall)
    for floor in range(3):
        for window in range(8):
            left, top = 220 + window * 108, 200 + floor * 130
            sketch.box(left, top, left + 72, top + 76, (98, 124, 148))
    sketch.box(0, 620, 1280, 960, (138, 138, 134))
    for pillar in (150, 1060):
        sketch.box(pillar, 420, pillar + 70, 760, (150, 62, 50), line=True)
    sketch.box(150, 380, 1130, 430, chance.choice(SIGNS), line=True)
    _strokes(sketch, 420, 388, 9, 30, (248, 232, 170), chance)
    for bar in range(22):
        sketch.line((230 + bar * 38, 520), (230 + bar * 38, 740), fill=(72, 76, 82), width=5)


def papers(sketch: Sketch, chance: Chance) -> None:
    sketch.box(0, 0, 1280, 960, chance.choice(WALLS))
    for sheet in range(2):
        left = 110 + sheet * 560
        sketch.box(left, 150, left + 490, 800, (250, 248, 238), line=True)
        sketch.box(left + 20, 170, left + 470, 780, (250, 248, 238), line=True)
        _strokes(sketch, left + 130, 220, 5, 46, (168, 40, 36), chance)
        for line in range(7):
            _strokes(sketch, left + 60, 340 + line * 50, chance.randint(5, 13), 20, INK, chance)
        sketch.disc(left + 370, 690, 56, (226, 150, 146))
        sketch.disc(left + 370, 690, 46, (250, 248, 238))


def _strokes(sketch: Sketch, x: float, y: float, count: int, size: float, fill: Colour, chance: Chance) -> None:
    """Marks that look like a line of writing from afar and say nothing."""
    for sign in range(count):
        left = x + sign * size * 1.15
        for _ in range(3):
            across = y + chance.uniform(0.1, 0.9) * size
            sketch.line((left, across), (left + size * 0.8, across), fill=fill, width=size / 9)
        down = left + chance.uniform(0.2, 0.6) * size
        sketch.line((down, y), (down, y + size), fill=fill, width=size / 9)


SCENES: dict[str, Callable[[Sketch, Chance], None]] = {
    draw.__name__: draw for draw in (shopfront, flats, garages, basement, classroom, dining, gate, papers)
}


@dataclass(frozen=True)
class Shot:
    """What is photographed: a scene, its variant, and the lines stamped on it. The small are half as wide."""

    scene: str
    variant: int
    stamp: tuple[str, str]
    is_small: bool = False

    def width_of(self, width: int) -> int:
        return width // 2 if self.is_small else width


class Camera:
    """Makes photos of a width in pixels. A scene is drawn and encoded once, its foot for every photo of it."""

    def __init__(self, seed: Chance, width: int = WIDTH):
        keys = [(scene, variant) for scene in SCENES for variant in range(VARIANTS)]
        large = {key: self._draw(seed, width, *key) for key in keys}
        self.scenes = {(*key, False): Scene(large[key]) for key in keys}
        self.scenes |= {(*key, True): Scene(large[key].reduce(2)) for key in keys}

    def _draw(self, seed: Chance, width: int, scene: str, variant: int) -> Image.Image:
        chance = seed.stream(f"{scene}-{variant}")
        sketch = Sketch(Image.new("RGB", (width, width * HEIGHT // WIDTH), WALLS[0]))
        SCENES[scene](sketch, chance)
        for row in range(3):
            sketch.write(90 + row * 380, 90 + row * 300, "DEMO", 88, shade((196, 196, 196), -8 * row))
        return sketch.image

    def shoot(self, shot: Shot) -> bytes:
        """The JPEG of a shot; another stamp gives other bytes."""
        return self.scenes[shot.scene, shot.variant, shot.is_small].stamped(shot.stamp)


class Scene:
    """A scene whose upper part is kept as a JPEG has it: row by row, each ending in a mark (ITU T.81, B.2.1)."""

    def __init__(self, image: Image.Image):
        bands = STAMP_TOP * image.width // WIDTH // BAND
        self.foot = image.crop((0, bands * BAND, *image.size))
        self.foot_top = bands * BAND * WIDTH / image.width
        self.head, rows = _parts(_jpeg(image))
        ends = [mark.end() for mark in re.finditer(rb"\xff[\xd0-\xd7]", rows)]
        self.rows = rows[: ends[bands * BAND // ROW - 1]] if bands else b""

    def stamped(self, stamp: tuple[str, str]) -> bytes:
        sketch = Sketch(self.foot.copy())
        sketch.box(0, STAMP_TOP - self.foot_top, 1280, HEIGHT - self.foot_top, (24, 26, 30))
        sketch.write(28, 880 - self.foot_top, stamp[0], 34, (250, 250, 250))
        sketch.write(28, 920 - self.foot_top, stamp[1], 26, (200, 204, 210))
        comment = ("DEMO " + " ".join(stamp)).encode()
        said = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        _, rows = _parts(_jpeg(sketch.image))
        return self.head[:2] + said + self.head[2:] + self.rows + rows


def _parts(jpeg: bytes) -> tuple[bytes, bytes]:
    """Its tables, and its rows with the end mark."""
    scan = jpeg.index(b"\xff\xda")
    begin = scan + 2 + int.from_bytes(jpeg[scan + 2 : scan + 4], "big")
    return jpeg[:begin], jpeg[begin:]


def _jpeg(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=QUALITY, subsampling="4:2:0", restart_marker_rows=1)
    return content.getvalue()
