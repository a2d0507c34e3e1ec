"""Is this a file by which a school can show what it did: a photo or film, a PDF, a Word or Excel document?

Answered from what the file is, as for photos; nothing of a document is opened, and nothing in it is ever run.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import Message, say
from ..vocabulary import Choice
from .photo_check import MAX_BYTES, MAX_PIXELS, Accepted, Refusal, check_photo

MAX_DOCUMENT_BYTES = 50_000_000
MOST_PARTS = 20_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TAIL_BYTES = 2048
CHUNK_BYTES = 256 * 1024

PDF = "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument"
WORD, SHEET, SLIDES = (
    f"{_OFFICE}.wordprocessingml.document",
    f"{_OFFICE}.spreadsheetml.sheet",
    f"{_OFFICE}.presentationml.presentation",
)
OLD_WORD, OLD_SHEET, OLD_SLIDES = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
_FOLDERS = {"word/": WORD, "xl/": SHEET, "ppt/": SLIDES}
# Names of streams in an OLE file, as its directory writes them; WPS keeps to the same names
_STREAMS = {"WordDocument": OLD_WORD, "Workbook": OLD_SHEET, "Book": OLD_SHEET, "PowerPoint Document": OLD_SLIDES}
_MACROS = ("_VBA_PROJECT", "Macros")
MACRO = "; macros=yes"
DOCUMENT_NAME = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|wps|et|dps)$", re.I)
FILM_NAME = re.compile(r"\.(mp4|m4v|mov|3gp|webm|m4a|mp3)$", re.I)

KINDS: dict[str, Message] = {
    PDF: say("PDF"),
    WORD: say("Word 文档"),
    OLD_WORD: say("Word 文档"),
    SHEET: say("Excel 表格"),
    OLD_SHEET: say("Excel 表格"),
    SLIDES: say("演示文稿"),
    OLD_SLIDES: say("演示文稿"),
}


class Unfit(Choice):
    """Why a file is no proof, and what to send instead. Photos and films have reasons of their own."""

    EMPTY = "empty", say("是空文件，请重新选择")
    PHOTO_TOO_BIG = "photo_too_big", say("照片太大，请调低相机的分辨率后重拍")
    DOCUMENT_TOO_BIG = "document_too_big", say("文档太大，请压缩里面的图片，或分成几份")
    FILM_TOO_BIG = "film_too_big", say("视频太长，请剪短或分段")
    CUT = "cut", say("文件不完整，请重新选择或重新导出")
    ARCHIVE = "archive", say("是压缩包，请解开后逐个选择里面的照片和文档")
    WEB_PAGE = "web_page", say("是网页，请打印成 PDF 或截图后再传")
    DRAWING = "drawing", say("是矢量图，请导出成 PDF 或照片后再传")
    OTHER = "other", say("不是可以作为证明的文件，请传照片、视频、PDF、Word 或 Excel 文档")


def kind_in_words(media_type: str) -> Message:
    """What a stored file is, for a list of files."""
    plain = media_type.partition(";")[0]
    if plain.startswith("image/"):
        return say("照片")
    if plain.startswith(("video/", "audio/")):
        return say("视频或录音")
    return KINDS.get(plain, say("文件"))


def has_macros(media_type: str) -> bool:
    """Whether a document brings programs along: it is kept as it came, and whoever opens it is warned."""
    return media_type.endswith(MACRO)


def check_proof(file: BinaryIO, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Accepted | Refusal:
    """`file` can seek; it is left at an unspecified position. Never raises for what the file contains."""
    verdict = check_photo(file, max_bytes=max_bytes, max_pixels=max_pixels)
    if isinstance(verdict, Accepted):
        return verdict
    size = file.seek(0, 2)
    file.seek(0)
    read = _READERS.get(file.read(4)) if size else None
    if read is None:
        return verdict
    if size > MAX_DOCUMENT_BYTES:
        return Refusal.TOO_BIG
    media_type = read(file)
    return Accepted(media_type) if media_type else Refusal.ARCHIVE if read is _package_type else Refusal.UNREADABLE


def unfit(refusal: str, name: str = "") -> Unfit:
    """A refusal (of `Refusal`) in the words of who answers; the `name` of the file only chooses among them."""
    if refusal == Refusal.TOO_BIG:
        if DOCUMENT_NAME.search(name):
            return Unfit.DOCUMENT_TOO_BIG
        return Unfit.FILM_TOO_BIG if FILM_NAME.search(name) else Unfit.PHOTO_TOO_BIG
    return _SAID.get(refusal, Unfit.OTHER)


_SAID: dict[str, Unfit] = {
    Refusal.EMPTY: Unfit.EMPTY,
    Refusal.TOO_MANY_PIXELS: Unfit.PHOTO_TOO_BIG,
    Refusal.UNREADABLE: Unfit.CUT,
    Refusal.CUT_RECORDING: Unfit.CUT,
    Refusal.ARCHIVE: Unfit.ARCHIVE,
    Refusal.WEB_PAGE: Unfit.WEB_PAGE,
    Refusal.DRAWING: Unfit.DRAWING,
}


def _pdf_type(file: BinaryIO) -> str | None:
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL_BYTES))
    return PDF if b"%%EOF" in file.read() else None


def _package_type(file: BinaryIO) -> str | None:
    """An Office document is a ZIP (ISO/IEC 29500-2) whose parts lie in a folder of their kind."""
    try:
        with zipfile.ZipFile(file) as package:
            names = package.namelist()[:MOST_PARTS]
    except Exception:  # parsers of hostile input raise what they like
        return None
    if "[Content_Types].xml" not in names:
        return None
    found = next(
        (kind for folder, kind in _FOLDERS.items() if any(each.startswith(folder) for each in names)), None
    )
    has_program = any(each.rsplit("/", 1)[-1] == "vbaProject.bin" for each in names)
    return found + MACRO if found and has_program else found


def _ole_type(file: BinaryIO) -> str | None:
    """Word, Excel and WPS before 2007: told apart by the streams they hold ([MS-CFB] 2.6)."""
    file.seek(0)
    if file.read(8) != OLE:
        return None
    seen = set(_names_in(file, (*_STREAMS, *_MACROS)))
    found = next((kind for name, kind in _STREAMS.items() if name in seen), None)
    return found + MACRO if found and seen.intersection(_MACROS) else found


def _names_in(file: BinaryIO, names: tuple[str, ...]) -> Iterator[str]:
    """Which names stand in a directory anywhere in the file: UTF-16 and a zero, at the start of an entry."""
    wanted = {name: name.encode("utf-16-le") + b"\0\0" for name in names}
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):  # entries of 128 bytes stand in sectors of 512 or 4096
        for at in range(0, len(chunk), 128):
            entry = chunk[at : at + 64]
            yield from (name for name, encoded in wanted.items() if entry.startswith(encoded))


_READERS = {b"%PDF": _pdf_type, b"PK\x03\x04": _package_type, OLE[:4]: _ole_type}
