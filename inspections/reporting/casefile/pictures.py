"""Photos as they are printed: upright, so many pixels as paper shows. Originals are read and never touched.

What is scaled is the picture of 1600 px that the decoder's own process made of the original (decision 0021).
"""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from ...evidence.derivatives import process_decoder
from ...evidence.receiving import LARGE
from ...evidence.store import BlobMissing, BlobStore

PX_A_MM = 8.7  # 220 dpi
QUALITY = 80
THREADS = 2


def printed(
    store: BlobStore, hashes: Sequence[str], width_mm: float, done: Callable[[int], None]
) -> dict[str, bytes]:
    """JPEGs by the hash of their original, as wide as they are printed; those that can't be decoded are left out.

    `done` hears how many are ready.
    """
    unique = list(dict.fromkeys(hashes))
    found: dict[str, bytes] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        for n, (sha256, picture) in enumerate(
            zip(unique, pool.map(lambda each: _print(store, each, width_mm), unique), strict=True), start=1
        ):
            if picture is not None:
                found[sha256] = picture
            done(n)
    return found


def _print(store: BlobStore, sha256: str, width_mm: float) -> bytes | None:
    large = _large(store, sha256)
    if large is None:
        return None
    width_px = round(width_mm * PX_A_MM)
    with Image.open(io.BytesIO(large), formats=("JPEG",)) as picture:
        # Decoded at half or a quarter of its size where that is enough
        picture.draft("RGB", (width_px, width_px * picture.height // picture.width))
        small = picture.convert("RGB")
    if small.width > width_px:
        size = (width_px, max(1, round(small.height * width_px / small.width)))
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _large(store: BlobStore, sha256: str) -> bytes | None:
    try:
        with store.open_derived(sha256, LARGE) as file:
            return file.read()
    except BlobMissing:
        pass
    try:
        with store.open(sha256) as file:
            return process_decoder().derive(file.read()).large
    except BlobMissing:
        return None
