"""ZIP files from outside: counted, measured by inflating, never unpacked under their own names."""

import contextlib
import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath

from ...errors import say
from .tables import MAX_CELLS, MAX_COLUMNS, MAX_MEMBERS, MAX_ROWS, MAX_UNPACKED_BYTES, Unreadable

_PIECE = 1024 * 1024
_ANY_CELL = re.compile(rb"<c[\s>/]")
_NUMBERED_CELL = re.compile(rb'<c\s(?:[^>]{0,80}?\s)?r="[A-Z]{1,3}\d{1,7}"')
_CELL = re.compile(rb'<c\s(?:[^>]{0,80}?\s)?r="([A-Z]{1,3})(\d{1,7})"[^>]{0,80}(?<!/)>(?!</c>)')
_ROW = re.compile(rb'<row\s[^>]{0,80}?r="(\d{1,7})"')


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Raises Unreadable for damage, a password, too many members or too many bytes."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(say("压缩包已损坏，无法打开")) from error
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise Unreadable(say("压缩包里有 {n} 个文件，超过 {most} 个", n=len(members), most=MAX_MEMBERS))
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable(say("压缩包有密码；请去掉密码后再导入"))
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise _too_large()
    return archive


def inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int = MAX_UNPACKED_BYTES) -> bytes:
    """The bytes of one member. A size that lies shows as a wrong checksum, never as more memory."""
    if member.file_size > most:
        raise _too_large()
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(say("压缩包里的“{member}”已损坏", member=member_name(member))) from error


def member_name(member: zipfile.ZipInfo) -> str:
    """The base name, in the encoding Chinese Windows wrote it (ZIP says CP437 when it says nothing)."""
    name = member.filename
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode("gb18030")
    return PurePosixPath(name.replace("\\", "/")).name


def check_workbook(data: bytes) -> None:
    """An .xlsx is a ZIP: measured before a reader meets it, sparse sheets of a million rows included."""
    if not data.startswith(b"PK"):
        return
    archive = open_archive(data)
    for member in archive.infolist():
        content = inflate(archive, member)
        if member.filename.startswith("xl/worksheets/"):
            _check_extent(content)


def _check_extent(sheet: bytes) -> None:
    """Readers hold a full rectangle up to the last cell with content; formatted blank cells don't count."""
    cells = [(letters, int(number)) for letters, number in _CELL.findall(sheet)]
    rows = max((number for _, number in cells), default=0)
    if len(_ANY_CELL.findall(sheet)) > len(_NUMBERED_CELL.findall(sheet)):
        rows = max([rows, *map(int, _ROW.findall(sheet))])
    columns = max(map(_column, {letters for letters, _ in cells}), default=0)
    if rows > MAX_ROWS:
        raise Unreadable(say("工作表写到第 {n} 行，超过 {most} 行；请分成几个文件", n=rows, most=MAX_ROWS))
    if columns > MAX_COLUMNS:
        raise Unreadable(say("工作表有 {n} 列，超过 {most} 列", n=columns, most=MAX_COLUMNS))
    if rows * columns > MAX_CELLS:
        raise Unreadable(say("工作表太大：{rows} 行 × {columns} 列", rows=rows, columns=columns))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large() -> Unreadable:
    return Unreadable(say("解压后超过 {n} MB，不予打开", n=MAX_UNPACKED_BYTES // 2**20))
