"""Is this a photo, a film or a spoken note that we can keep? Answered from the header; nothing is decoded here.

What a file claims to be (its name, its declared type) is not asked. What it is decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import PIL.MpoImagePlugin  # registers itself, as do JPEG and PNG with the first open
import PIL.WebPImagePlugin  # noqa: F401
import pillow_heif
from PIL import Image

from ..errors import say
from ..vocabulary import Choice
from .recordings import EBML, largest, recording_type

MAX_BYTES = 20_000_000
MAX_PIXELS = 60_000_000

pillow_heif.register_heif_opener()


class Refusal(Choice):
    """Why a file is not taken, and what to do next."""

    EMPTY = "empty", say("照片是空文件，请重拍")
    TOO_BIG = "too_big", say("照片文件太大，请调低相机的分辨率后重拍")
    TOO_MANY_PIXELS = "too_many_pixels", say("照片像素太高，请调低相机的分辨率后重拍")
    UNREADABLE = "unreadable", say("照片文件已损坏，读不出内容，请重拍")
    TIFF = "tiff", say("这是 TIFF 或 RAW 文件，请用相机的普通（JPEG）模式重拍")
    AVIF = "avif", say("暂不支持 AVIF 格式，请用相机的普通（JPEG）模式重拍")
    GIF = "gif", say("这是 GIF 动图，请改拍照片")
    BMP = "bmp", say("这是 BMP 图片，请改拍照片")
    VIDEO = "video", say("不支持这种视频格式，请用手机自带的相机（MP4）重录，或改拍照片")
    CUT_RECORDING = "cut_recording", say("视频或录音不完整，请重录")
    DRAWING = "drawing", say("这是矢量图（SVG、EPS），请改拍照片")
    PDF = "pdf", say("这是 PDF 文件，请把需要的一页拍成照片")
    ARCHIVE = "archive", say("这是压缩包或办公文档，请改拍照片")
    WEB_PAGE = "web_page", say("收到的是网页而不是照片，请检查网络后重新发送")
    NOT_A_PHOTO = "not_a_photo", say("这不是照片，请重拍（支持 JPEG、PNG、WebP、HEIC、MP4、WebM）")


@dataclass(frozen=True)
class Accepted:
    """`width` and `height` are those of the header, before the orientation tag applies; a recording has none."""

    media_type: str
    width: int | None = None
    height: int | None = None


# Says of a file whether it is taken: called with the open file, `max_bytes` and `max_pixels`
Inspection = Callable[..., Accepted | Refusal]
RECORDING = "recording"
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}

_REFUSED_BEGINNINGS = {
    b"%PDF": Refusal.PDF,
    b"PK\x03\x04": Refusal.ARCHIVE,
    b"Rar!": Refusal.ARCHIVE,
    b"7z\xbc\xaf": Refusal.ARCHIVE,
    b"\x1f\x8b": Refusal.ARCHIVE,
    b"\xd0\xcf\x11\xe0": Refusal.ARCHIVE,
    b"II*\x00": Refusal.TIFF,
    b"MM\x00*": Refusal.TIFF,
    b"II+\x00": Refusal.TIFF,
    b"MM\x00+": Refusal.TIFF,
    b"%!PS": Refusal.DRAWING,
    b"\xc5\xd0\xd3\xc6": Refusal.DRAWING,
    b"GIF8": Refusal.GIF,
    b"BM": Refusal.BMP,
}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}


def is_picture(media_type: str) -> bool:
    return media_type.startswith("image/")


def check_photo(file: BinaryIO, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Accepted | Refusal:
    """`file` can seek; it is left at an unspecified position. Never raises for what the file contains.

    A recording may be larger than a photo: `recordings.largest(max_bytes)`.
    """
    size = file.seek(0, 2)
    if size == 0:
        return Refusal.EMPTY
    if size > largest(max_bytes):
        return Refusal.TOO_BIG
    file.seek(0)
    kind = kind_of(file.read(1024))
    if kind == RECORDING:
        media_type = recording_type(file)
        return Accepted(media_type) if media_type else Refusal.CUT_RECORDING
    if size > max_bytes:
        return Refusal.TOO_BIG
    if isinstance(kind, Refusal):
        return kind
    file.seek(0)
    return _read_header(file, kind, max_pixels)


def kind_of(beginning: bytes) -> str | Refusal:
    """The format by its first bytes, as Pillow calls it, `RECORDING`, or why it is refused."""
    if beginning.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if beginning[:4] == b"RIFF":
        return "WEBP" if beginning[8:12] == b"WEBP" else Refusal.VIDEO
    if beginning[4:8] == b"ftyp":
        return _kind_of_container(beginning)
    if beginning.startswith(EBML):
        return RECORDING
    for magic, refusal in _REFUSED_BEGINNINGS.items():
        if beginning.startswith(magic):
            return refusal
    return _kind_of_text(beginning)


def _kind_of_container(beginning: bytes) -> str | Refusal:
    """HEIC, AVIF and MP4 share one container (ISO/IEC 14496-12); its first box names the brands."""
    length = int.from_bytes(beginning[:4], "big")
    brands = [beginning[8:12]] + [beginning[at : at + 4] for at in range(16, min(length, 256), 4)]
    if _AVIF_BRANDS.intersection(brands):
        return Refusal.AVIF
    return "HEIF" if _HEIF_BRANDS.intersection(brands) else RECORDING


def _kind_of_text(beginning: bytes) -> Refusal:
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text.startswith(b"<"):
        return Refusal.NOT_A_PHOTO
    return Refusal.DRAWING if b"<svg" in text else Refusal.WEB_PAGE


def _read_header(file: BinaryIO, kind: str, max_pixels: int) -> Accepted | Refusal:
    try:
        with Image.open(file, formats=(kind,)) as image:
            width, height = image.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Refusal.TOO_MANY_PIXELS
    except Exception:  # parsers of hostile input raise what they like
        return Refusal.UNREADABLE
    if width < 1 or height < 1:
        return Refusal.UNREADABLE
    if width * height > max_pixels:
        return Refusal.TOO_MANY_PIXELS
    return Accepted(MEDIA_TYPES[kind], width, height)
