"""Detectors: what each looks for, and the thresholds of a county, each set with a reason and dated."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...db import CountyRow, Model, in_county
from ...errors import Invalid, Message, say
from ...vocabulary import Choice, choice


class Detector(Choice):
    """The order is that of strength: where several see one condition, it bears the name of the first."""

    FEES = "fees", say("收费投诉上升（卷款跑路风险）")
    REOPENED = "reopened", say("已取缔点位复开")
    SPREAD = "spread", say("扩散到第三个镇街")
    SHARED = "shared", say("多个点位共用电话、教师或账号")
    NEAR_REPEAT = "near_repeat", say("近处接连发生")
    SEASON = "season", say("高于往年同期")
    EARS_C3 = "ears_c3", say("三日累计突增（EARS C3）")
    EARS_C2 = "ears_c2", say("单日突增（EARS C2）")
    EARS_C1 = "ears_c1", say("单日突增（EARS C1）")
    CUSUM = "cusum", say("持续上升（CUSUM）")


class Parameter(NamedTuple):
    """A number that a county may set, between `low` and `high`; a whole one unless it `is_fraction`."""

    name: str
    label: Message
    usual: float
    low: float
    high: float
    is_fraction: bool = False


class Definition(NamedTuple):
    """What a detector looks for. One `by_chance` holds a stated rate of false alarms, the others are rules."""

    looks_for: Message
    source: Message
    parameters: tuple[Parameter, ...]
    by_chance: bool = False


PER_MONTH = Parameter("per_month", say("每月允许的误报（次）"), 0.3, 0.01, 10, is_fraction=True)
LEAST = Parameter("least", say("至少几件"), 3, 1, 100)
_EARS = say("CDC EARS（Hutwagner 等，2003）；阈值由本县各序列的泊松—伽马模拟确定，使全县每月误报不超过所定次数")

DEFINITIONS: dict[Detector, Definition] = {
    Detector.FEES: Definition(
        say("同一机构或点位的退费、预收费投诉明显多于它以往"),
        say("负二项预测分布；全部点位合计控制误报"),
        (PER_MONTH, LEAST, Parameter("days", say("看最近几天"), 30, 7, 120)),
        by_chance=True,
    ),
    Detector.REOPENED: Definition(
        say("取缔以后又收到线索或又查出问题"),
        say("规则：防止死灰复燃"),
        (
            Parameter("least", say("至少几件"), 1, 1, 100),
            Parameter("days", say("看最近几天"), 30, 7, 365),
        ),
    ),
    Detector.SPREAD: Definition(
        say("一种问题在规定天数内出现在第三个镇街，之前没有这么广"),
        say("规则：带有普遍性、方向性的问题（S0-4）"),
        (
            Parameter("townships", say("到第几个镇街"), 3, 2, 20),
            Parameter("days", say("看最近几天"), 30, 7, 120),
            Parameter("quiet_days", say("之前多少天没有这么广"), 120, 30, 330),
            LEAST,
        ),
    ),
    Detector.SHARED: Definition(
        say("同一个电话、教师、收款账号或微信号出现在几个点位"),
        say("规则：线索要素比对"),
        (
            Parameter("sites", say("至少几个点位"), 3, 2, 50),
            Parameter("days", say("看最近几天"), 365, 30, 730),
        ),
    ),
    Detector.NEAR_REPEAT: Definition(
        say("几天之内、几百米之内接连有线索或问题"),
        say("时空邻近（Knox，1964），与本地以往的负二项预测分布相比；合计控制误报"),
        (
            Parameter("per_month", PER_MONTH.label, 0.5, 0.01, 10, is_fraction=True),
            Parameter("least", LEAST.label, 4, 3, 100),
            Parameter("radius_m", say("半径（米）"), 200, 50, 2000),
            Parameter("days", say("看最近几天"), 14, 3, 60),
        ),
        by_chance=True,
    ),
    Detector.SEASON: Definition(
        say("最近 7 天明显多于往年同一时节"),
        say("Farrington 等（1996）2/3 次方上限；全部序列合计控制误报"),
        (PER_MONTH, Parameter("least", LEAST.label, 8, 3, 200)),
        by_chance=True,
    ),
    Detector.EARS_C1: Definition(say("一天的件数远高于前 7 天"), _EARS, (PER_MONTH, LEAST), by_chance=True),
    Detector.EARS_C2: Definition(
        say("一天的件数远高于两天之前的 7 天"), _EARS, (PER_MONTH, LEAST), by_chance=True
    ),
    Detector.EARS_C3: Definition(
        say("最近三天累计远高于两天之前的 7 天"), _EARS, (PER_MONTH, LEAST), by_chance=True
    ),
    Detector.CUSUM: Definition(
        say("每天只多一点，但持续高于原来的水平"),
        say("单侧累积和（Page，1954）；阈值由本县各序列的模拟确定"),
        (PER_MONTH, Parameter("least", LEAST.label, 5, 3, 200)),
        by_chance=True,
    ),
}

IN_FORCE_SINCE = date(2026, 11, 1)  # of the thresholds that a county begins with

Values = Mapping[str, float]


class WarningSetting(CountyRow, Model):
    """Thresholds of one detector from `set_at` on. `trial` is what they would have warned of in the past year."""

    __tablename__ = "warning_settings"
    __table_args__ = (
        in_county("set_by_id", "people"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        Index("ix_warning_settings_county_detector_set_at", "county", "detector", "set_at"),
    )

    detector: Mapped[Detector] = mapped_column(choice(Detector, "detector"))
    thresholds: Mapped[dict[str, Any]]
    is_on: Mapped[bool]
    reason: Mapped[str]
    trial: Mapped[dict[str, Any]]
    set_by_id: Mapped[UUID]
    set_at: Mapped[datetime]


class InForce(NamedTuple):
    """The thresholds that count; without a `setting` they are those that a county begins with."""

    detector: Detector
    values: dict[str, float]
    is_on: bool
    setting: WarningSetting | None


def usual(detector: Detector) -> dict[str, float]:
    return {each.name: float(each.usual) for each in DEFINITIONS[detector].parameters}


def in_force(session: Session, county: str) -> dict[Detector, InForce]:
    """The newest thresholds of every detector."""
    query = (
        select(WarningSetting)
        .where(WarningSetting.county == county)
        .order_by(WarningSetting.set_at, WarningSetting.id)
    )
    newest = {row.detector: row for row in session.scalars(query)}
    return {detector: _in_force(detector, newest.get(detector)) for detector in Detector}


def _in_force(detector: Detector, row: WarningSetting | None) -> InForce:
    values = usual(detector) | ({name: float(value) for name, value in row.thresholds.items()} if row else {})
    return InForce(detector, values, row.is_on if row else True, row)


def read_values(detector: Detector, form: Mapping[str, str]) -> dict[str, float]:
    """The thresholds that a form gives. Raises Invalid, named field by field."""
    found, wrong = {}, {}
    for each in DEFINITIONS[detector].parameters:
        try:
            value = float(form.get(each.name, "").strip())
        except ValueError:
            value = float("nan")
        is_whole = each.is_fraction or value == int(value) if each.low <= value <= each.high else False
        if not is_whole:
            wrong[each.name] = say("请填 {low} 到 {high} 之间的数", low=f"{each.low:g}", high=f"{each.high:g}")
        found[each.name] = value
    if wrong:
        raise Invalid(wrong)
    return found
