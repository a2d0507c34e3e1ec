"""What an analysis is made with: method, what is counted, the period and the cells."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from ..days import CHINA, day_of
from ..errors import Invalid, Message, say
from ..vocabulary import Choice

DAYS = (30, 90, 180, 365)
SIZES_M = (300, 500, 1000, 2000)
LONGEST_DAYS = 3 * 366


class Method(Choice):
    """How cells are told apart. What each stores as a cell's `value`, `z` and `p` stands in `methods`."""

    GI_STAR = "gi_star", say("热点（Gi*，解析）")
    GI_STAR_PERMUTED = "gi_star_permuted", say("热点（Gi*，置换检验）")
    LOCAL_MORAN = "local_moran", say("聚集与异常（局部莫兰指数）")
    KERNEL = "kernel", say("核密度")
    KERNEL_ADAPTIVE = "kernel_adaptive", say("核密度（自适应带宽）")
    EMERGING = "emerging", say("新增、持续与消退热点")
    RATE = "rate", say("查实率（经验贝叶斯）")
    SCAN = "scan", say("扫描统计（泊松）")
    SCAN_SPACE_TIME = "scan_space_time", say("时空扫描（时空置换）")


class Counted(Choice):
    """Which events, and per what."""

    BOTH = "both", say("线索和查实问题")
    TIPS = "tips", say("仅线索")
    FINDINGS = "findings", say("仅查实问题")
    PER_PUPILS = "per_pupils", say("每百名学生")
    PER_SCHOOLS = "per_schools", say("每所学校")


PER_PLACE = (Counted.PER_PUPILS, Counted.PER_SCHOOLS)
PER_PLACE_METHODS = (Method.RATE, Method.SCAN)
SCANS = (Method.SCAN, Method.SCAN_SPACE_TIME)
MOST_SCANNED = 15_000  # cells


@dataclass(frozen=True)
class Settings:
    """The last `days`, or the days from `first_day` to `last_day` (both included, by China's calendar); squares of
    `size_m` metres. Raises Invalid, by field.
    """

    days: int = 90
    size_m: int = 500
    method: Method = Method.GI_STAR
    counted: Counted = Counted.BOTH
    first_day: date | None = None
    last_day: date | None = None

    def __post_init__(self) -> None:
        wrong: dict[str, Message] = {}
        if self.days not in DAYS:
            wrong["days"] = say("时段只能选 {options} 天", options=list(DAYS))
        if self.size_m not in SIZES_M:
            wrong["size_m"] = say("网格边长只能选 {options} 米", options=list(SIZES_M))
        if self.counted in PER_PLACE and self.method not in PER_PLACE_METHODS:
            wrong["counted"] = say("按学生或学校折算只用于查实率和扫描统计（泊松）")
        if self.counted is Counted.TIPS and self.method is Method.RATE:
            wrong["counted"] = say("线索与走访次数无关，请选查实问题，或按学生、学校折算")
        wrong |= self._wrong_dates()
        if wrong:
            raise Invalid(wrong)

    def _wrong_dates(self) -> dict[str, Message]:
        if self.first_day is None and self.last_day is None:
            return {}
        if self.first_day is None:
            return {"first_day": say("请填开始日期")}
        if self.last_day is None:
            return {"last_day": say("请填结束日期")}
        if self.last_day < self.first_day:
            return {"last_day": say("结束日期不能早于开始日期")}
        if (self.last_day - self.first_day).days >= LONGEST_DAYS:
            return {"first_day": say("时段不能超过三年")}
        return {}

    def refuse_future(self, now: datetime) -> None:
        """Raises Invalid for a period that has not begun, or that no calendar of ours reaches."""
        if self.first_day and self.first_day > day_of(now):
            raise Invalid({"first_day": say("开始日期不能晚于今天")})
        if self.first_day and self.first_day.year < 2000:
            raise Invalid({"first_day": say("开始日期不能早于 2000 年")})

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """From when (included) until when (not), aware. A period of dates that goes on ends now."""
        if self.first_day is None or self.last_day is None:
            return now - timedelta(days=self.days), now
        since = datetime.combine(self.first_day, time(), CHINA)
        return since, min(datetime.combine(self.last_day + timedelta(days=1), time(), CHINA), now)

    def before(self, now: datetime) -> Self:
        """The same for as many days, right before these."""
        first = self.first_day or day_of(now) - timedelta(days=self.days - 1)
        length = (self.last_day - first).days + 1 if self.last_day else self.days
        last = first - timedelta(days=1)
        return replace(self, first_day=last - timedelta(days=length - 1), last_day=last)

    @property
    def stored(self) -> dict[str, Any]:
        """As a run keeps it."""
        values = asdict(self)
        for name in ("first_day", "last_day"):
            values[name] = values[name] and values[name].isoformat()
        return values | {"method": self.method.value, "counted": self.counted.value}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From what a run keeps. Runs of old keep days and size alone."""
        return cls.from_form(stored)

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Self:
        """From text as it was typed; what is absent or empty is the default. Raises Invalid, by field."""
        wrong: dict[str, Message] = {}
        read: dict[str, Any] = {
            "days": _number(form, "days", wrong),
            "size_m": _number(form, "size_m", wrong),
            "method": _word(form, "method", Method, wrong),
            "counted": _word(form, "counted", Counted, wrong),
            "first_day": _day(form, "first_day", wrong),
            "last_day": _day(form, "last_day", wrong),
        }
        if wrong:
            raise Invalid(wrong)
        return cls(**{name: value for name, value in read.items() if value is not None})


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return "" if value is None else str(value).strip()


def _number(form: Mapping[str, Any], name: str, wrong: dict[str, Message]) -> int | None:
    text = _text(form, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        wrong[name] = say("请填整数")
        return None
    return int(text)


def _word(form: Mapping[str, Any], name: str, words: type[Choice], wrong: dict[str, Message]) -> Choice | None:
    text = _text(form, name)
    if text and text not in list(words):
        wrong[name] = say("没有这个选项")
        return None
    return next((word for word in words if word == text), None)


def _day(form: Mapping[str, Any], name: str, wrong: dict[str, Message]) -> date | None:
    text = _text(form, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        wrong[name] = say("日期不对，请按 2026-03-01 这样填")
        return None
