"""Rows of a list as sites, each judged alone: what it says, and what is wrong with it."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from geo.coordinates import LonLat, looks_swapped
from geo.errors import GeoError, OutOfRange

from ...errors import Message, say
from .. import credit_code
from ..sites import Ownership, Premises, SiteCategory, SiteKind
from .columns import ColumnMap
from .kinds import KIND_OF, category_of, ownership_in, premises_in
from .problems import Problem, Severity
from .tables import Row

MAX_NAME = 120
_MAX_COUNT = 200_000
_NOTHING = {
    "无",
    "暂无",
    "没有",
    "未知",
    "不详",
    "空",
    "/",
    "\\",
    "-",
    "--",
    "—",
    "——",
    "n/a",
    "na",
    "null",
    "none",
    "nan",
}
_PHONE = re.compile(r"\+?[\d\-() ]{7,20}(转\d{1,6})?")


@dataclass(slots=True)
class SiteRow:
    """One row understood. `lon`, `lat` are in the file's datum until it is placed; None: no location."""

    number: int
    name: str = ""
    category: SiteCategory | None = None
    lon: float | None = None
    lat: float | None = None
    external_key: str = ""
    credit_code: str = ""
    permit_no: str = ""
    township: str = ""
    village: str = ""
    ownership: Ownership | None = None
    premises: Premises | None = None
    texts: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    says_kind: bool = False
    refused: bool = False

    @property
    def kind(self) -> SiteKind | None:
        return KIND_OF[self.category] if self.category else None


@dataclass(frozen=True)
class SiteReading:
    """How rows are read; `category` is what a site is when its row does not say."""

    columns: ColumnMap
    category: SiteCategory | None = None
    swapped: bool = False


class _Judge:
    """Collects the problems of one row."""

    def __init__(self, row: Row, columns: Mapping[str, str], problems: list[Problem]) -> None:
        self.row, self.columns, self.problems = row, columns, problems
        self.refused = False

    def value(self, name: str) -> str:
        text = self.row.values.get(self.columns.get(name, ""), "")
        return "" if text.lower() in _NOTHING else text

    def error(self, name: str, message: Message, value: str | None = None) -> None:
        self.refused = True
        self._add(name, message, value, Severity.ERROR)

    def warn(self, name: str, message: Message, value: str | None = None) -> None:
        self._add(name, message, value, Severity.WARNING)

    def _add(self, name: str, message: Message, value: str | None, severity: Severity) -> None:
        column = self.columns.get(name, "")
        shown = self.row.values.get(column, "") if value is None else value
        self.problems.append(Problem(self.row.number, column, shown[:200], message, severity))


def read_sites(rows: Iterable[Row], reading: SiteReading) -> tuple[list[SiteRow], list[Problem]]:
    problems: list[Problem] = []
    return [_site(row, reading, problems) for row in rows], problems


def _site(row: Row, reading: SiteReading, problems: list[Problem]) -> SiteRow:
    judge = _Judge(row, reading.columns.columns, problems)
    site = SiteRow(
        row.number,
        name=_name(judge),
        external_key=judge.value("external_key")[:100],
        permit_no=judge.value("permit_no")[:100],
        township=judge.value("township"),
        village=judge.value("village"),
        credit_code=_credit_code(judge),
    )
    site.category = _category(judge, reading)
    site.says_kind = bool(judge.value("kind"))
    site.ownership = ownership_in(judge.value("ownership") or judge.value("kind"))
    site.premises = premises_in(judge.value("premises"))
    site.texts = {name: text for name in ("address", "person_in_charge", "remark") if (text := judge.value(name))}
    if phone := _phone(judge):
        site.texts["phone"] = phone
    site.counts = {name: n for name in ("pupils", "staff") if (n := _count(judge, name)) is not None}
    site.lon, site.lat = _position(judge, row.geometry, reading)
    site.refused = judge.refused
    return site


def _name(judge: _Judge) -> str:
    name = judge.value("name")
    if not name:
        judge.error("name", say("名称是空的"))
    elif len(name) > MAX_NAME:
        judge.error("name", say("名称有 {n} 个字，超过 {most} 个", n=len(name), most=MAX_NAME))
    return name


def _credit_code(judge: _Judge) -> str:
    text = judge.value("credit_code")
    if not text:
        return ""
    if message := credit_code.fault(text):
        judge.error("credit_code", message)
        return ""
    return credit_code.normalised(text)


def _category(judge: _Judge, reading: SiteReading) -> SiteCategory | None:
    said = judge.value("kind")
    found = category_of(said, judge.value("name")) or (None if said and not reading.category else reading.category)
    if found is None and said:
        judge.error("kind", say("不认识这个类别；可以写：幼儿园、小学、初中、高中、学科类、文化艺术类、托管班等"))
    elif found is None:
        judge.error("kind", say("看不出是哪一类；请加“类别”列，或为整个文件选一个类别"))
    return found


def _phone(judge: _Judge) -> str:
    text = judge.value("phone")
    if text and not _PHONE.fullmatch(unicodedata.normalize("NFKC", re.split(r"[、，,;；/ ]", text)[0])):
        judge.warn("phone", say("不像电话号码，已照原样保存"))
    return text[:60]


def _count(judge: _Judge, name: str) -> int | None:
    text = unicodedata.normalize("NFKC", judge.value(name)).rstrip("人名个").replace(",", "")
    if not text:
        return None
    if re.fullmatch(r"\d{1,6}(\.0+)?", text) and int(float(text)) <= _MAX_COUNT:
        return int(float(text))
    judge.warn(name, say("不是人数，这一格没有导入"))
    return None


def _position(
    judge: _Judge, geometry: BaseGeometry | None, reading: SiteReading
) -> tuple[float | None, float | None]:
    if geometry is not None:
        return _of_geometry(judge, geometry, reading)
    lon, lat, pair = (judge.value(name) for name in ("lon", "lat", "position"))
    if not (lon or lat or pair):
        judge.warn("lon", say("没有坐标，按“位置未知”保存"), "")
        return None, None
    if not pair and not (lon and lat):
        judge.error("lat" if lon else "lon", say("经度和纬度只填了一个"))
        return None, None
    shown = f"{lon}, {lat}" if lon and lat else pair
    return _checked(judge, _numbers(lon, lat) if lon and lat else None, shown, reading)


def _of_geometry(judge: _Judge, geometry: BaseGeometry, reading: SiteReading) -> tuple[float | None, float | None]:
    point = geometry
    if geometry.geom_type != "Point":
        point = geometry.representative_point()
        judge.warn("position", say("不是点，取其内部一点为位置"), geometry.geom_type)
    return _checked(judge, (point.x, point.y), f"{point.x:.6f}, {point.y:.6f}", reading)


def _numbers(lon: str, lat: str) -> tuple[float, float] | None:
    try:
        return float(lon), float(lat)
    except ValueError:
        return None


def _checked(
    judge: _Judge, pair: tuple[float, float] | None, shown: str, reading: SiteReading
) -> tuple[float | None, float | None]:
    where = "position" if "position" in judge.columns and "lon" not in judge.columns else "lon"
    try:
        pair = pair or _parsed(shown)
        if reading.swapped:
            pair = pair[1], pair[0]
        if pair == (0, 0):
            judge.error(where, say("坐标是 0,0：多半是没有填"), shown)
        elif looks_swapped(*pair):
            judge.error(where, say("经度和纬度像是写反了"), shown)
        else:
            return tuple(LonLat(*pair))  # type: ignore[return-value]
    except OutOfRange:
        judge.error(where, _out_of_range(pair), shown)
    except GeoError:
        judge.error(where, say("不是坐标；请写成度数，如 117.0709, 28.6946"), shown)
    return None, None


def _parsed(text: str) -> tuple[float, float]:
    try:
        lon, lat = LonLat.parse(text)
    except OutOfRange as error:
        if error.code == "looks_swapped":
            return error.values["lon"], error.values["lat"]
        raise
    return lon, lat


def _out_of_range(pair: tuple[float, float] | None) -> Message:
    if pair and 10_000 < max(map(abs, pair)) < math.inf:
        return say("像是以米为单位的投影坐标；请转成经纬度，或用带 .prj 的 Shapefile")
    return say("超出经纬度的范围")
