"""A layer that GDAL reads, as a table.

GDAL guesses a driver from the content, and some drivers follow links out of a file. So a file reaches GDAL
only after its content has been looked at, under a name made here, in a folder of its own.
"""

import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FieldError, GeometryError

from ...errors import Message, say
from .projections import Projection, named
from .sheets import cell_text
from .tables import MAX_COLUMNS, MAX_ROWS, FileKind, Row, Table, Unreadable, clean

_BROKEN = (
    DataSourceError,
    DataLayerError,
    FieldError,
    GeometryError,
    CRSError,
    UnicodeDecodeError,
    ValueError,
)


def read_layer(
    name: str,
    kind: FileKind,
    path: Path,
    *,
    layer: str,
    layers: tuple[str, ...],
    encoding: str = "",
    by_name: bool = False,
    empty_is_fine: bool = False,
) -> Table:
    """A layer as a table. `encoding` is for shapefiles: GDAL would refuse a file for one cut character."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            meta, _, geometries, fields = pyogrio.raw.read(
                path,
                layer=layer if by_name else None,
                encoding="ISO-8859-1" if encoding else None,
                max_features=MAX_ROWS + 1,
                force_2d=True,
            )
    except _BROKEN as error:
        raise Unreadable(say("文件已损坏，或不是所写的格式，无法读取")) from error
    columns = tuple(_decoded(str(c), encoding) for c in meta["fields"])
    if len(columns) > MAX_COLUMNS:
        raise Unreadable(say("表头有 {n} 列，超过 {most} 列", n=len(columns), most=MAX_COLUMNS))
    count = len(geometries) if geometries is not None else len(fields[0]) if fields else 0
    if not count and not empty_is_fine:
        raise Unreadable(say("文件里没有要素"))
    projection = named(meta["crs"]) if meta["crs"] else Projection("", notes=_undeclared(kind))
    texts = [[_text(value, encoding) for value in column] for column in fields]
    rows = _rows(columns, geometries, texts, count, projection)
    return Table(
        name,
        kind,
        columns,
        lambda: iter(rows),
        layer,
        layers,
        encoding or "UTF-8",
        projection.label,
        projection.notes,
    )


def _undeclared(kind: FileKind) -> tuple[Message, ...]:
    return (say("文件没有声明坐标系（缺 .prj），按经纬度读取"),) if kind is FileKind.SHAPEFILE else ()


def _rows(
    columns: tuple[str, ...], geometries: Any, texts: list[list[str]], count: int, projection: Projection
) -> list[Row]:
    shapes: Any = [None] * count
    if geometries is not None:
        shapes = shapely.from_wkb(geometries, on_invalid="ignore")
    return [
        Row(
            i + 1,
            {name: text[i] for name, text in zip(columns, texts, strict=True) if text[i]},
            projection.to_lonlat(None if shapes[i] is None or shapes[i].is_empty else shapes[i]),
        )
        for i in range(count)
    ]


def _text(value: Any, encoding: str) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, str):
        return clean(_decoded(value, encoding))
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else cell_text(value.astype("datetime64[s]").item())
    return cell_text(value.item() if isinstance(value, np.generic) else value)


def _decoded(text: str, encoding: str) -> str:
    return text.encode("latin-1", "ignore").decode(encoding, "ignore") if encoding else text


def layers_of(path: Path) -> tuple[str, ...]:
    try:
        layers = tuple(str(name) for name, _ in pyogrio.list_layers(path))
    except _BROKEN as error:
        raise Unreadable(say("文件已损坏，无法打开")) from error
    if not layers:
        raise Unreadable(say("文件里没有图层"))
    return layers


def choose_layer(layer: str, layers: tuple[str, ...]) -> str:
    if layer and layer not in layers:
        raise Unreadable(say("文件里没有名为“{layer}”的图层；现有：{layers}", layer=layer, layers=list(layers)))
    return layer or layers[0]


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mingcha-import-") as folder:
        yield Path(folder)
