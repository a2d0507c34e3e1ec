"""Zipped shapefiles, with text in whatever encoding their DBF has."""

import re
import zipfile
from pathlib import PurePosixPath

from ...errors import say
from .archives import inflate, member_name, open_archive
from .gdal import own_folder, read_layer
from .kml import read_kml
from .tables import FileKind, Table, Unreadable

_PARTS = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
_CODE_PAGES = {
    "65001": "UTF-8",
    "utf8": "UTF-8",
    "936": "GB18030",
    "gbk": "GB18030",
    "gb2312": "GB18030",
    "950": "Big5",
}


def read_zip(name: str, data: bytes, layer: str = "") -> Table:
    """A zipped shapefile, or the KML inside a KMZ."""
    archive = open_archive(data)
    by_name = {member_name(m): m for m in archive.infolist() if not m.is_dir()}
    shapes = sorted(n for n in by_name if n.lower().endswith(".shp") and not n.startswith("."))
    if shapes:
        if layer and layer not in shapes:
            raise Unreadable(say("压缩包里没有“{layer}”", layer=layer))
        return _read_shapefile(name, archive, by_name, layer or shapes[0], tuple(shapes))
    kml = next((n for n in sorted(by_name) if n.lower().endswith(".kml")), None)
    if kml:
        return read_kml(name, inflate(archive, by_name[kml]))
    inside = sorted(by_name)[:5]
    raise Unreadable(
        say("压缩包里没有 .shp 或 .kml 文件（有：{names}）；请把 .shp .shx .dbf .prj 一起压缩", names=inside)
    )


def _read_shapefile(
    name: str,
    archive: zipfile.ZipFile,
    members: dict[str, zipfile.ZipInfo],
    shape: str,
    shapes: tuple[str, ...],
) -> Table:
    stem = PurePosixPath(shape).stem
    parts = {
        PurePosixPath(n).suffix.lower(): inflate(archive, member)
        for n, member in members.items()
        if PurePosixPath(n).stem == stem and PurePosixPath(n).suffix.lower() in _PARTS
    }
    _check_parts(shape, parts)
    encoding = _dbf_encoding(parts[".dbf"], parts.pop(".cpg", b""))
    with own_folder() as folder:
        for suffix, content in parts.items():
            (folder / f"layer{suffix}").write_bytes(content)
        return read_layer(
            name, FileKind.SHAPEFILE, folder / "layer.shp", encoding=encoding, layer=shape, layers=shapes
        )


def _check_parts(shape: str, parts: dict[str, bytes]) -> None:
    for suffix in (".shx", ".dbf"):
        if suffix not in parts:
            raise Unreadable(
                say(
                    "“{name}”缺少同名的 {suffix} 文件；请把 .shp .shx .dbf .prj 一起压缩",
                    name=shape,
                    suffix=suffix,
                )
            )
    if parts[".shp"][:4] != b"\x00\x00\x27\x0a":
        raise Unreadable(say("“{name}”不是 Shapefile，或已损坏", name=shape))


def _dbf_encoding(dbf: bytes, code_page: bytes) -> str:
    """The declared encoding if the file obeys it, else UTF-8 if it is that, else GB18030."""
    head = int.from_bytes(dbf[8:10], "little")
    sample = dbf[head : head + 2_000_000]
    declared = re.sub(r"^(ansi|cp|oem)[ _]?|[-_ ]", "", code_page.decode("ascii", "ignore").strip().lower())
    for encoding in (_CODE_PAGES.get(declared), "UTF-8", "GB18030"):
        if encoding and _decodes(sample, encoding):
            return encoding
    return "GB18030"


def _decodes(sample: bytes, encoding: str) -> bool:
    """DBF cuts text at the width of the field, sometimes inside a character: a few bad ends are forgiven."""
    text = sample.decode(encoding, errors="replace")
    return text.count("\ufffd") * 50 <= sum(c > "\x7f" for c in text)
