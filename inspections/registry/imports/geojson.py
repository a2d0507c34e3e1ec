"""GeoJSON as a table.

Read with the JSON parser and shapely, and not with GDAL: values keep the digits they were written with, a file
in GB18030 is still readable, and one broken geometry is one row's problem.
"""

import json
from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from ...errors import say
from .decoding import decode
from .projections import Projection, named
from .tables import MAX_COLUMNS, FileKind, Row, Table, Unreadable, clean

_GEOMETRIES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def read_geojson(name: str, data: bytes) -> Table:
    text, encoding = decode(data)
    features, projection = _features(_parsed(text))
    if not features:
        raise Unreadable(say("文件里没有要素"))
    columns: dict[str, None] = {}
    for feature in features:
        columns.update(dict.fromkeys(map(clean, _properties(feature))))
    if len(columns) > MAX_COLUMNS:
        raise Unreadable(say("表头有 {n} 列，超过 {most} 列", n=len(columns), most=MAX_COLUMNS))

    def rows() -> Iterator[Row]:
        for number, feature in enumerate(features, start=1):
            values = {clean(key): text for key, value in _properties(feature).items() if (text := _text(value))}
            yield Row(number, values, projection.to_lonlat(_geometry(feature)))

    return Table(
        name,
        FileKind.GEOJSON,
        tuple(columns),
        rows,
        encoding=encoding,
        declared_crs=projection.label,
        notes=projection.notes,
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(
            say("不是完整的 JSON：第 {line} 行第 {column} 字处断开", line=error.lineno, column=error.colno)
        ) from error
    except RecursionError as error:
        raise Unreadable(say("JSON 嵌套太深，不予读取")) from error
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise Unreadable(say("这份 JSON 不是 GeoJSON：缺少 type"))
    return document


def _features(document: dict[str, Any]) -> tuple[list[dict[str, Any]], Projection]:
    kind = document["type"]
    crs = document.get("crs")
    label = crs.get("properties", {}).get("name") if isinstance(crs, dict) else None
    projection = named(str(label)) if label else Projection("")
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return [f if isinstance(f, dict) else {} for f in document["features"]], projection
    if kind == "Feature":
        return [document], projection
    if kind in _GEOMETRIES:
        return [{"type": "Feature", "properties": {}, "geometry": document}], projection
    raise Unreadable(say("这份 JSON 不是 GeoJSON：type 是“{kind}”", kind=kind[:40]))


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _geometry(feature: dict[str, Any]) -> BaseGeometry | None:
    written = feature.get("geometry")
    if not isinstance(written, dict):
        return None
    geometry = shapely.from_geojson(json.dumps(written), on_invalid="ignore")
    return geometry if geometry is not None and not geometry.is_empty else None


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return clean(value)
        case float() if value.is_integer() and abs(value) < 1e21:
            return str(int(value))
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)[:1000]
        case _:
            return str(value)
