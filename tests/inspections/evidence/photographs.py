"""Photos, and things that only look like photos, drawn where they are needed."""

from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()


def drawn(size: tuple[int, int] = (400, 300), kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """Top left red, top right green, bottom left blue, bottom right white: every turn can be told."""
    image = Image.new("RGB", (2, 2))
    image.putdata([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)])
    return saved(image.resize(size, Image.Resampling.NEAREST).convert(mode), kind, **options)


def noisy(size: tuple[int, int], kind: str = "JPEG", **options: Any) -> bytes:
    return saved(Image.effect_noise(size, 90).convert("RGB"), kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(BytesIO(content))
