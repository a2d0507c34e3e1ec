"""The program that decodes photos: `derivatives.Decoder` runs it in a process of its own, never imports it.

It holds nothing worth stealing (no secret, no database, no file may be written) and its memory and time are
limited: a photo that breaks a parser breaks this process alone. Photos come on standard input, each with its
length before it; answers go to standard output: a length, a JSON object, and the pictures whose lengths the
object gives.
"""

import json
import os
import resource
import struct
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from io import BytesIO
from typing import Any, BinaryIO

import PIL.MpoImagePlugin  # registers itself, as do JPEG and PNG with the first open
import PIL.WebPImagePlugin  # noqa: F401
import pillow_heif
from PIL import Image, ImageCms, ImageFile

from geo.exif import FORMATS, Exif, read_exif

LARGE_PX, LARGE_QUALITY = 1600, 82
SMALL_PX, SMALL_QUALITY = 320, 75
MIN_ROWS = 400  # fewer are not worth two threads
SRGB = ImageCms.createProfile("sRGB")

Turn = Image.Transpose
TO_UPRIGHT = {  # by EXIF orientation
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_270,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_90,
}
SIDEWAYS = {Turn.TRANSPOSE, Turn.ROTATE_270, Turn.TRANSVERSE, Turn.ROTATE_90}


def main() -> None:
    limits = json.loads(sys.argv[1])
    photos, answers = _take_over_pipes()
    limit_process(limits)
    answer(answers, {"ready": True}, [])
    while header := photos.read(8):
        photo = photos.read(struct.unpack(">Q", header)[0])
        limit_next_seconds(limits["cpu_s"])
        facts, pictures = derive(photo)
        answer(answers, facts, pictures)
        del photo, pictures


def derive(photo: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Facts and the pictures of 1600 and 320 px; no pictures where nothing could be decoded."""
    try:
        try:
            return _derive(photo, damage=None)
        except MemoryError:
            raise
        except Exception:  # parsers of hostile input raise what they like
            return _derive_part(photo)
    except MemoryError:
        return {"damage": "TOO_COSTLY"}, []


def _derive_part(photo: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What can be seen of a photo that breaks off."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        return _derive(photo, damage="TRUNCATED")
    except MemoryError:
        raise
    except Exception:
        return {"damage": "UNDECODABLE"}, []
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _derive(photo: bytes, damage: str | None) -> tuple[dict[str, Any], list[bytes]]:
    with Image.open(BytesIO(photo), formats=FORMATS) as image:
        size, exif = image.size, read_exif(photo)
        large = in_srgb(shrink(averageable(image), LARGE_PX), image.info.get("icc_profile"))
        turn = TO_UPRIGHT.get(exif.orientation)
        large = large if turn is None else large.transpose(turn)
    width, height = reversed(size) if turn in SIDEWAYS else size
    facts = {"damage": damage, "width": width, "height": height, "exif": facts_of(exif)}
    small = shrink(large, SMALL_PX)
    return facts, [as_jpeg(large, LARGE_QUALITY), as_jpeg(small, SMALL_QUALITY)]


def averageable(image: Image.Image) -> Image.Image:
    """The image in a mode whose samples can be averaged."""
    if image.mode in {"RGB", "RGBA", "L", "LA", "CMYK"}:
        return image
    if image.mode.startswith("I"):
        return image.point(lambda sample: sample / 256).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def shrink(image: Image.Image, longest_px: int) -> Image.Image:
    """At most `longest_px` on the longer side, never enlarged.

    A JPEG is decoded at the nearest scale above the wanted one; asked for a square, as `thumbnail` does, it
    finds none for most photos.
    """
    scale = min(1, longest_px / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    image.draft(None, (width, height))
    image.load()
    return image if image.size == (width, height) else resized(image, width, height)


def resized(image: Image.Image, width: int, height: int) -> Image.Image:
    """The upper and the lower half at once: Pillow lets go of the interpreter lock while it computes.

    The filter of a half reads beyond its edge, so there is no seam. A gap of 1 averages in whole steps before
    the last, smooth one; Hamming is as quick as bilinear and nearly as sharp as bicubic.
    """

    def rows(start: int, end: int) -> Image.Image:
        part = (0, start * image.height / height, image.width, end * image.height / height)
        return image.resize((width, end - start), Image.Resampling.HAMMING, part, reducing_gap=1.0)

    if height < MIN_ROWS or image.mode not in {"RGB", "L"}:  # other modes are converted whole by each call
        return rows(0, height)
    middle = height // 2
    with ThreadPoolExecutor(2) as pool:
        upper, lower = pool.map(rows, (0, middle), (middle, height))
    whole = Image.new(image.mode, (width, height))
    whole.paste(upper, (0, 0))
    whole.paste(lower, (0, middle))
    return whole


def facts_of(exif: Exif) -> dict[str, Any]:
    """What the photo says about itself, as JSON."""
    facts = asdict(exif)
    facts["position"] = list(exif.position) if exif.position else None
    for name in ("taken_at", "gps_at"):
        facts[name] = facts[name] and facts[name].isoformat()
    return facts


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        image = _converted(image, profile)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer)
    return image if image.mode in {"RGB", "L"} else image.convert("RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        target = image.mode if image.mode in {"RGB", "RGBA"} else "RGB"
        return ImageCms.profileToProfile(image, source, SRGB, outputMode=target) or image
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image  # a profile that can't be used: the colours are as good as without


def as_jpeg(image: Image.Image, quality: int) -> bytes:
    image.info = {}  # Pillow would carry comments and XMP into the copy
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def answer(pipe: BinaryIO, facts: dict[str, Any], pictures: list[bytes]) -> None:
    text = json.dumps(facts | {"lengths": [len(picture) for picture in pictures]}).encode()
    pipe.write(struct.pack(">I", len(text)) + text + b"".join(pictures))
    pipe.flush()


def limit_process(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = limits["max_pixels"]
    pillow_heif.register_heif_opener()
    pillow_heif.options.DECODE_THREADS = 2


def limit_next_seconds(cpu_s: int) -> None:
    """The kernel ends this process when it has used `cpu_s` more seconds of processor."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + cpu_s, resource.RLIM_INFINITY))


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """A library that prints must not write into the answers: its output goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, answers


if __name__ == "__main__":
    main()
