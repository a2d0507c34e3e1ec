"""Rows of a list as areas, each judged alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.coordinates import looks_swapped

from ...errors import Message, say
from ..areas import AreaLevel
from .columns import ColumnMap
from .problems import Problem, Severity
from .tables import Row

_VILLAGE = re.compile(r"(村|社区|居委会|村委会|居民委员会|村民委员会)([(（].*[)）])?$")
_TOWNSHIP = re.compile(r"(镇|乡|街道|办事处|农场|林场|园区|开发区)([(（].*[)）])?$")
_COUNTY = re.compile(r"(县|区|市|旗)$")
_LEVELS = {"2": AreaLevel.COUNTY, "6": AreaLevel.COUNTY, "9": AreaLevel.TOWNSHIP, "12": AreaLevel.VILLAGE}


@dataclass(slots=True)
class AreaRow:
    """One row understood; `boundary` is in the file's datum until it is moved."""

    number: int
    name: str
    code: str = ""
    level: AreaLevel | None = None
    parent: str = ""
    parent_code: str = ""
    aliases: tuple[str, ...] = ()
    boundary: BaseGeometry | None = None
    refused: bool = False


@dataclass(frozen=True)
class AreaReading:
    """`county_name` names an outline that comes without a name."""

    columns: ColumnMap
    level: AreaLevel | None = None
    repair: bool = False
    county_name: str = ""


def read_areas(rows: Iterable[Row], reading: AreaReading) -> tuple[list[AreaRow], list[Problem]]:
    problems: list[Problem] = []
    return [_area(row, reading, problems) for row in rows], problems


def _area(row: Row, reading: AreaReading, problems: list[Problem]) -> AreaRow:
    def value(name: str) -> str:
        return row.values.get(reading.columns.columns.get(name, ""), "")

    area = AreaRow(
        row.number,
        value("name") or reading.county_name,
        _code(value("code")),
        parent=value("parent"),
        parent_code=_code(value("parent_code")),
        aliases=tuple(filter(None, re.split(r"[、，,;；|]", value("alias")))),
    )
    if not area.name:
        _refuse(area, problems, "name", "", say("名称是空的"))
    elif len(area.name) > 60:
        _refuse(
            area, problems, "name", area.name, say("名称有 {n} 个字，超过 {most} 个", n=len(area.name), most=60)
        )
    area.level = _level(value("level"), area, reading)
    if area.level is None and area.name:
        _refuse(area, problems, "level", area.name, say("看不出是区县、镇街还是村社区；请为整个文件选一个级别"))
    area.boundary = _boundary(row.geometry, area, reading, problems)
    return area


def _refuse(area: AreaRow, problems: list[Problem], column: str, value: str, message: Message) -> None:
    area.refused = True
    problems.append(Problem(area.number, column, value[:200], message))


def _warn(area: AreaRow, problems: list[Problem], value: str, message: Message) -> None:
    problems.append(Problem(area.number, "", value, message, Severity.WARNING))


def _code(text: str) -> str:
    """GB/T 2260 and statistical codes as digits; 天地图 writes 156 (China) before them."""
    digits = re.sub(r"\D", "", text)
    return digits[3:] if len(digits) == 9 and digits.startswith("156") else digits


def _level(said: str, area: AreaRow, reading: AreaReading) -> AreaLevel | None:
    by_word = next((v for v in AreaLevel if said and (said == v.value or said in str(v.label))), None)
    return by_word or reading.level or _level_of_name(area.name) or _level_of_code(area.code)


def _level_of_code(code: str) -> AreaLevel | None:
    if len(code) == 12:
        code = code.removesuffix("000")
        code = code.removesuffix("000") if len(code) == 9 else code
    return _LEVELS.get(str(len(code)))


def _level_of_name(name: str) -> AreaLevel | None:
    for pattern, level in (
        (_VILLAGE, AreaLevel.VILLAGE),
        (_TOWNSHIP, AreaLevel.TOWNSHIP),
        (_COUNTY, AreaLevel.COUNTY),
    ):
        if pattern.search(name):
            return level
    return None


def _boundary(
    geometry: BaseGeometry | None, area: AreaRow, reading: AreaReading, problems: list[Problem]
) -> BaseGeometry | None:
    if geometry is None:
        return None
    polygons = _polygons(geometry)
    if polygons is None:
        _warn(area, problems, geometry.geom_type, say("不是面，只导入了名称和代码"))
        return None
    if not np.isfinite(shapely.get_coordinates(polygons)).all():
        _refuse(area, problems, "", "", say("边界里有不是数字的坐标"))
        return None
    x, y = shapely.get_coordinates(polygons)[0]
    if looks_swapped(x, y):
        _refuse(area, problems, "", f"{x:.6f}, {y:.6f}", say("经度和纬度像是写反了"))
    elif abs(x) > 180 or abs(y) > 90:
        _refuse(area, problems, "", f"{x:.0f}, {y:.0f}", say("超出经纬度的范围"))
    elif not polygons.is_valid:
        return _repaired(polygons, area, reading, problems)
    return polygons


def _polygons(geometry: BaseGeometry) -> BaseGeometry | None:
    if geometry.geom_type == "Polygon":
        return shapely.multipolygons([geometry])
    if geometry.geom_type == "MultiPolygon":
        return geometry
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type in ("Polygon", "MultiPolygon")]
    return _polygons(shapely.union_all(parts)) if parts else None


def _repaired(
    polygons: BaseGeometry, area: AreaRow, reading: AreaReading, problems: list[Problem]
) -> BaseGeometry | None:
    reason = shapely.is_valid_reason(polygons)
    place = (re.findall(r"\[(.*?)\]", reason) or [""])[0]
    if not reading.repair:
        message = say("边界自相交，位置 {place}；请修好，或选择自动修复", place=place)
        _refuse(area, problems, "", reason.partition("[")[0], message)
        return polygons
    fixed = _polygons(shapely.make_valid(polygons))
    if fixed is None:
        _refuse(area, problems, "", reason, say("边界无法修复"))
        return None
    change = abs(fixed.area - polygons.area) / max(fixed.area, 1e-12)
    _warn(area, problems, place, say("边界自相交，已自动修复，面积变化 {percent}%", percent=f"{change * 100:.2f}"))
    return fixed
