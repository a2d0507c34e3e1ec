"""Text of unknown encoding: strict UTF-8, then UTF-16, then GB18030; never a guess that loses characters."""

import codecs

from charset_normalizer import from_bytes

from ...errors import say
from .tables import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8（BOM）"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_TRADITIONAL = {"big5", "big5hkscs", "cp950"}


def decode(data: bytes) -> tuple[str, str]:
    """(text, usual name of the encoding). Raises Unreadable, naming the line of the first bad byte."""
    for mark, codec, label in _MARKS:
        if data.startswith(mark):
            return _strict(data, codec, label), label
    unmarked = _unmarked_utf16(data)
    if unmarked:
        return _strict(data, unmarked, "UTF-16"), "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data, error)
    return _chinese(data)


def beginning(data: bytes) -> str:
    """The first letters, well enough decoded to tell XML from JSON from a list."""
    head = data[:4096]
    codec = next((codec for mark, codec, _ in _MARKS if head.startswith(mark)), None)
    return head.decode(codec or _unmarked_utf16(head) or "utf-8", errors="replace").lstrip()


def _strict(data: bytes, codec: str, label: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise Unreadable(
            say(
                "第 {line} 行有不属于 {encoding} 的字节，文件可能损坏",
                line=_line(data, error),
                encoding=label,
            )
        ) from error


def _line(data: bytes, error: UnicodeDecodeError) -> int:
    return data.count(b"\n", 0, error.start) + 1


def _unmarked_utf16(data: bytes) -> str | None:
    """Delimiters and digits are ASCII, so UTF-16 shows as zeros in every second byte."""
    head = data[:4096]
    if b"\0" not in head or len(data) % 2:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) // 20:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _refuse_damaged_utf8(data: bytes, error: UnicodeDecodeError) -> None:
    """GB18030 would turn a mostly right UTF-8 file into rubbish without complaint."""
    text = data.decode("utf-8", errors="replace")
    wide = sum(1 for c in text if c >= "\u0800")
    bad = text.count("\ufffd")
    if bad * 20 < wide:
        raise Unreadable(
            say("文件是 UTF-8，但第 {line} 行有损坏的字节；请重新导出该文件", line=_line(data, error))
        ) from error


def _chinese(data: bytes) -> tuple[str, str]:
    second = from_bytes(data[:65536]).best()
    if second is not None and second.encoding in _TRADITIONAL:
        try:
            return data.decode(second.encoding), "Big5"
        except UnicodeDecodeError:
            pass
    try:
        return data.decode("gb18030"), "GB18030"
    except UnicodeDecodeError as error:
        raise Unreadable(
            say(
                "认不出文字编码：第 {line} 行既不是 UTF-8 也不是 GB18030。请另存为“CSV UTF-8”或 Excel 工作簿",
                line=_line(data, error),
            )
        ) from error
