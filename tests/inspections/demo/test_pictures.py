"""Photos that are put together from a scene and a stamp are what one would get by encoding them whole."""

import io

import pytest
from PIL import Image, ImageChops

from inspections.demo.chance import Chance
from inspections.demo.pictures import HEIGHT, STAMP_TOP, WIDTH, Camera, Shot

STAMP = ("2026-03-04 19:33:11", "117.0712 E 28.7023 N")


@pytest.mark.parametrize("width", [WIDTH, 320])
@pytest.mark.parametrize("is_small", [False, True])
def test_only_the_foot_of_a_photo_differs_from_one_with_another_stamp(width: int, is_small: bool) -> None:
    camera = Camera(Chance("seed"), width)
    one, other = (
        Image.open(io.BytesIO(camera.shoot(Shot("gate", 2, stamp, is_small))))
        for stamp in (STAMP, ("2025-12-24 08:01:59", STAMP[1]))
    )
    assert one.size == other.size == (width // (1 + is_small), width // (1 + is_small) * HEIGHT // WIDTH)
    changed = ImageChops.difference(one, other).getbbox()
    assert changed is not None
    # A square of the encoder may begin a little above the stamp
    assert changed[1] >= STAMP_TOP * one.width // WIDTH - 16
    assert one.info["comment"] == ("DEMO " + " ".join(STAMP)).encode()


@pytest.mark.parametrize("is_small", [False, True])
def test_a_photo_is_whole_and_shows_its_scene(is_small: bool) -> None:
    camera = Camera(Chance("seed"))
    scene = Camera._draw(camera, Chance("seed"), WIDTH, "classroom", 0)
    photo = Image.open(io.BytesIO(camera.shoot(Shot("classroom", 0, STAMP, is_small))))
    photo.load()  # a torn row would raise
    above = (0, 0, photo.width, STAMP_TOP * photo.width // WIDTH - 16)
    drawn = scene.resize(photo.size).crop(above)
    off = ImageChops.difference(photo.crop(above), drawn).convert("L").resize((16, 12), Image.Resampling.BOX)
    assert max(off.get_flattened_data()) < 24
