"""A photo to its pictures of 1600 and 320 px, against Pillow decoding the same photo and doing nothing with it.

Ours is the whole way: into the decoder's process, EXIF, decode, turn, shrink, colours, two JPEGs, and back. The
peer is `Image.open(…).load()` in this process. Both take turns, so that a busy machine slows both.
The target is for 12 megapixels: a JPEG below 3200 px has no smaller scale to be decoded at, and a HEIC has none.
"""

import os
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np
import pillow_heif
from PIL import Image

from inspections.evidence.derivatives import Decoder

from .result import Result, once

NAME = "photos"
TARGET = "≤ 1.4 ×"


def run(full: bool) -> list[Result]:
    pillow_heif.register_heif_opener()
    photos = {"12-megapixel JPEG, noise": noisy_photo(4000, 3000)} | real_photos()
    with Decoder() as decoder:
        return [measure(decoder, name, photo, 41 if full else 15) for name, photo in photos.items()]


def measure(decoder: Decoder, name: str, photo: bytes, rounds: int) -> Result:
    decoder.derive(photo)  # starts the process
    turns = [
        (once(lambda: decoder.derive(photo)), once(lambda: Image.open(BytesIO(photo)).load()))
        for _ in range(rounds)
    ]
    ours, bare = zip(*turns, strict=True)
    note = f"{len(photo) / 1e6:.1f} MB"
    target = TARGET if name.startswith("12-megapixel JPEG") else ""
    return Result(name, median(ours), median(bare), target, note, peer_name="bare decode")


def noisy_photo(width: int, height: int) -> bytes:
    """Soft blotches under sensor noise: about as large as a phone's photo of that size (4 MB at 12 megapixels)."""
    random = np.random.default_rng(20261121)
    blotches = random.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    soft = np.asarray(Image.fromarray(blotches).resize((width, height), Image.Resampling.BICUBIC))
    noise = random.normal(0, 6, soft.shape)
    file = BytesIO()
    Image.fromarray((soft + noise).clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=88)
    return file.getvalue()


def real_photos() -> dict[str, bytes]:
    """A JPEG and a HEIC by real cameras, where the real data is at hand."""
    root = Path(__file__).parents[2]
    folder = Path(os.environ.get("MINGCHA_SHARED_DATA", root / "shared" / "data")) / "photos"
    wanted = {"3-megapixel JPEG, real": "gps_zero_zero.jpg", "12-megapixel HEIC, real": "gps_china_iphone8.heic"}
    return {name: (folder / file).read_bytes() for name, file in wanted.items() if (folder / file).is_file()}
