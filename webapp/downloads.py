"""Files to save, under a name that every system takes and no one reads as a path or a command."""

import re
import unicodedata
from typing import BinaryIO
from urllib.parse import quote

from flask import Response

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "png": "image/png",
}
LONGEST_NAME = 80
REFUSED = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # Windows keeps them for devices


def as_download(body: bytes | BinaryIO, name: str, suffix: str) -> Response:
    """An answer that is saved and not shown. `name` is without its suffix, as anybody may have typed it."""
    content = body if isinstance(body, bytes) else body.read()
    response = Response(content, mimetype=MEDIA_TYPES[suffix])
    # A header is ASCII: a server refuses any other (RFC 6266 names the file twice)
    full = f"{safe_name(name)}.{suffix}"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=document.{suffix}; filename*=UTF-8''{quote(full)}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def safe_name(text: str) -> str:
    """
    >>> safe_name("../整改/通知书〔2026〕1号\\x00")
    '整改_通知书〔2026〕1号'
    """
    visible = "".join(each for each in text if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    name = REFUSED.sub("_", visible).strip(" ._=+-@")[:LONGEST_NAME].strip(" .")
    return f"_{name}" if RESERVED.match(name) else name or "document"
