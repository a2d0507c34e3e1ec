"""GeoPackages."""

import contextlib
import re
import sqlite3
from pathlib import Path

from ...errors import say
from .gdal import choose_layer, layers_of, own_folder, read_layer
from .tables import FileKind, Table, Unreadable


def read_geopackage(name: str, data: bytes, layer: str = "") -> Table:
    with own_folder() as folder:
        path = folder / "data.gpkg"
        path.write_bytes(data)
        _refuse_virtual_tables(path)
        layers = layers_of(path)
        return read_layer(
            name, FileKind.GEOPACKAGE, path, layer=choose_layer(layer, layers), layers=layers, by_name=True
        )


def _refuse_virtual_tables(path: Path) -> None:
    """A virtual table or trigger could make the reader open other files."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
            contents = database.execute("SELECT count(*) FROM gpkg_contents").fetchone()
    except sqlite3.Error as error:
        raise Unreadable(say("这个 GeoPackage 已损坏，或不是 GeoPackage")) from error
    virtual = [sql for _, sql in rows if re.match(r"\s*CREATE\s+VIRTUAL\s+TABLE", sql, re.IGNORECASE)]
    if any(not re.search(r"USING\s+rtree\b", sql, re.IGNORECASE) for sql in virtual):
        raise Unreadable(say("这个 GeoPackage 含有虚拟表，不予打开"))
    if not contents or not contents[0]:
        raise Unreadable(say("文件里没有图层"))
