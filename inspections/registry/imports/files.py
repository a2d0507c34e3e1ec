"""Opening a file by what is in it; its extension is only a promise."""

from collections.abc import Callable
from pathlib import Path

from ...errors import Message, say
from .archives import member_name, open_archive
from .columns import Subject
from .decoding import beginning
from .geojson import read_geojson
from .geopackages import read_geopackage
from .kml import read_kml
from .shapefiles import read_zip
from .sheets import read_csv, read_workbook
from .tables import MAX_FILE_BYTES, Table, Unreadable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"AC10", "DWG"),
    (b"\x00\x00\x27\x0a", "SHP"),
)


def read_path(path: Path, layer: str = "") -> Table:
    """The table in a file on disk. Raises Unreadable."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(say("找不到文件“{name}”", name=path.name)) from error
    _check_size(size)
    return read_bytes(path.name, path.read_bytes(), layer)


def read_bytes(name: str, data: bytes, layer: str = "") -> Table:
    """The table in an uploaded file. `layer` names a sheet or a layer. Raises Unreadable."""
    _check_size(len(data))
    return _reader(data)(name, data, layer)


def read_sheet(name: str, data: bytes, layer: str, subject: Subject) -> Table:
    """The same for what comes as a workbook or CSV only. Raises Unreadable."""
    _check_size(len(data))
    reader = _reader(data)
    if reader is read_workbook:
        return read_workbook(name, data, layer, subject)
    if reader is _csv:
        return read_csv(name, data, subject)
    raise Unreadable(say("这份文件不是表格；请用 Excel 工作簿（.xlsx、.xls）或 CSV"))


def _csv(name: str, data: bytes, layer: str) -> Table:
    return read_csv(name, data)


def _check_size(size: int) -> None:
    if size == 0:
        raise Unreadable(say("文件是空的（0 字节）"))
    if size > MAX_FILE_BYTES:
        raise Unreadable(
            say("文件有 {n} MB，超过 {most} MB；请分成几个文件", n=size // 2**20, most=MAX_FILE_BYTES // 2**20)
        )


def _reader(data: bytes) -> Callable[[str, bytes, str], Table]:
    for magic, kind in _OTHERS:
        if data.startswith(magic):
            raise Unreadable(_other(kind))
    if data.startswith(b"PK"):
        return _zip_reader(data)
    if data.startswith(_OLE):
        if "WordDocument".encode("utf-16-le") in data:
            raise Unreadable(_other("Word"))
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable(say("工作簿有打开密码；请去掉密码后再导入"))
        return read_workbook
    if data.startswith(b"SQLite format 3\0"):
        return read_geopackage
    return _text_reader(data)


def _zip_reader(data: bytes) -> Callable[[str, bytes, str], Table]:
    archive = open_archive(data)
    names = archive.namelist()
    if any(name.startswith("word/") for name in names):
        raise Unreadable(_other("Word"))
    if any(name.startswith("xl/") or member_name(archive.getinfo(name)) == "content.xml" for name in names):
        return read_workbook
    return read_zip


def _text_reader(data: bytes) -> Callable[[str, bytes, str], Table]:
    head = beginning(data)
    lowered = head.lower()
    if "<html" in lowered or "<table" in lowered:
        raise Unreadable(say("这是网页表格，不是真正的工作簿；请用表格软件打开后另存为 .xlsx"))
    if head.startswith("<"):
        return read_kml
    if head.startswith(("{", "[")):
        return lambda name, data, layer: read_geojson(name, data)
    if _is_binary(data):
        raise Unreadable(say("认不出这是什么文件；请用 GeoJSON、Shapefile（zip）、GeoPackage、KML、CSV 或 XLSX"))
    return _csv


def _is_binary(data: bytes) -> bool:
    head = data[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    zeros = head.count(0)
    lopsided = max(head[0::2].count(0), head[1::2].count(0)) > 0.9 * zeros
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head) - zeros
    return (zeros > 0 and not lopsided) or controls > len(head) // 20


def _other(kind: str) -> Message:
    if kind == "SHP":
        return say("Shapefile 由几个文件组成；请把 .shp .shx .dbf .prj 一起压缩成 zip 再导入")
    return say(
        "这是 {kind} 文件，不能导入；请用 GeoJSON、Shapefile（zip）、GeoPackage、KML、CSV 或 XLSX", kind=kind
    )
