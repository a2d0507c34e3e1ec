"""KML, in UTF-8 or in what its declaration says."""

import contextlib
import re
from pathlib import Path

from ...errors import say
from .decoding import decode
from .gdal import choose_layer, layers_of, own_folder, read_layer
from .tables import FileKind, Row, Table, Unreadable

_ENTITY = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def read_kml(name: str, data: bytes, layer: str = "") -> Table:
    text, encoding = _xml_text(data)
    if _ENTITY.search(text):
        raise Unreadable(say("KML 里有 DOCTYPE 或 ENTITY 声明，不予打开"))
    if not re.search(r"<(\w+:)?kml[\s>]", text[:4000]):
        raise Unreadable(say("这个 XML 文件不是 KML"))
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    with own_folder() as folder:
        path = folder / "data.kml"
        path.write_text('<?xml version="1.0" encoding="UTF-8"?>\n' + text.lstrip("\ufeff"), encoding="utf-8")
        layers = layers_of(path)
        return _read_folders(
            name, path, [choose_layer(layer, layers)] if layer else list(layers), layers, encoding
        )


def _xml_text(data: bytes) -> tuple[str, str]:
    declared = re.match(rb"\s*<\?xml[^>]*encoding=[\"']([\w-]+)", data[:200])
    if declared and declared[1].lower() in (b"gbk", b"gb2312", b"gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("gb18030"), "GB18030"
    return decode(data)


def _read_folders(name: str, path: Path, chosen: list[str], layers: tuple[str, ...], encoding: str) -> Table:
    """Each folder of a KML is a layer; people mean the whole file, so they are read one after another."""
    tables = [
        read_layer(name, FileKind.KML, path, layer=one, layers=layers, by_name=True, empty_is_fine=len(chosen) > 1)
        for one in chosen
    ]
    rows = [Row(i, r.values, r.geometry) for i, r in enumerate((r for t in tables for r in t.read()), start=1)]
    if not rows:
        raise Unreadable(say("文件里没有要素"))
    columns = tuple(dict.fromkeys(c for t in tables for c in t.columns))
    return Table(name, FileKind.KML, columns, lambda: iter(rows), "", layers, encoding, notes=tables[0].notes)
