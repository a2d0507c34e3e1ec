"""What a list is made with: the period, the teams, their time, how many visits of which kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Self, TypeVar

from ...errors import Invalid, Message, say
from ...registry.sites import SiteKind
from ...vocabulary import Choice
from .county_settings import Rules, whole

Word = TypeVar("Word", bound=Choice)
MOST_DAYS = 31
MOST_WANTED = 200
MOST_TEAMS = 20
# Schools are looked at by their zone's rhythm and by draws; no risk is computed for them
KINDS = (SiteKind.INSTITUTION, SiteKind.SUSPECTED)
USUAL_MINUTES = {SiteKind.INSTITUTION: 45, SiteKind.SUSPECTED: 30}


class Rechecks(Choice):
    """Which sites must be on the list because a problem's term ends."""

    DUE = "due", say("到期和逾期的都列入")
    PERIOD = "period", say("只列入本期内到期的")
    NONE = "none", say("不强制列入，按风险排")


@dataclass(frozen=True)
class Plan:
    """`wanted` visits in all. Minutes are those on the spot; on the way one drives `speed_kmh` along `road_factor`
    times the straight line.
    """

    first_day: date
    last_day: date
    wanted: int = 20
    teams: int = 2
    visits_per_day: int = 4
    minutes_per_day: int = 180
    kinds: tuple[SiteKind, ...] = KINDS
    rechecks: Rechecks = Rechecks.DUE
    minutes: Mapping[SiteKind, int] = field(default_factory=lambda: dict(USUAL_MINUTES))
    speed_kmh: int = 30
    road_factor: float = 1.4
    exploration_percent: int = 15
    caps: Mapping[SiteKind, int] = field(default_factory=dict)
    cap_basis: str = ""

    @property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]

    def days_from(self, today: date) -> list[date]:
        """Those that aren't over."""
        return [day for day in self.days if day >= today]

    def travel_minutes(self, metres: float) -> float:
        return metres * self.road_factor / (self.speed_kmh * 1000 / 60)

    def as_json(self) -> dict[str, Any]:
        kept = asdict(self)
        kept |= {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat()}
        kept |= {name: {str(kind): n for kind, n in kept[name].items()} for name in ("minutes", "caps")}
        return kept | {"kinds": [str(kind) for kind in self.kinds], "rechecks": str(self.rechecks)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        read = dict(kept)
        read |= {name: date.fromisoformat(kept[name]) for name in ("first_day", "last_day")}
        read |= {
            name: {_word(SiteKind, kind): n for kind, n in kept[name].items()} for name in ("minutes", "caps")
        }
        return cls(
            **read
            | {
                "kinds": tuple(_word(SiteKind, each) for each in kept["kinds"]),
                "rechecks": _word(Rechecks, kept["rechecks"]),
            }
        )


def usual(today: date, rules: Rules) -> Plan:
    """A week from tomorrow, by the county's rules."""
    first = today + timedelta(days=1)
    return Plan(
        first, first + timedelta(days=6), exploration_percent=rules.exploration_percent, caps=rules.caps,
        cap_basis=rules.cap_basis,
    )  # fmt: skip


def read_plan(form: Mapping[str, Any], kinds: Sequence[str], rules: Rules, today: date) -> Plan:
    """A plan as a form gives it. Raises Invalid by field."""
    wrong: dict[str, Message] = {}
    first, last = _day(form, "first_day", wrong), _day(form, "last_day", wrong)
    if not wrong:
        _check_days(first, last, today, wrong)
    numbers = {
        "wanted": whole(form, "wanted", 1, MOST_WANTED, wrong),
        "teams": whole(form, "teams", 0, MOST_TEAMS, wrong),
        "visits_per_day": whole(form, "visits_per_day", 1, 20, wrong),
        "minutes_per_day": whole(form, "minutes_per_day", 30, 720, wrong),
        "speed_kmh": whole(form, "speed_kmh", 5, 120, wrong),
    }
    minutes = {kind: whole(form, f"minutes_{kind}", 5, 480, wrong) for kind in KINDS}
    chosen = tuple(kind for kind in KINDS if kind in kinds)
    if not chosen:
        wrong["kinds"] = say("请至少选一类点位")
    rechecks = next((each for each in Rechecks if each == form.get("rechecks")), Rechecks.DUE)
    factor = _factor(form, wrong)
    if numbers["teams"] == 0:
        wrong.setdefault("teams", say("没有可用的小组，排不出暗访。至少安排 1 个小组"))
    if wrong:
        raise Invalid(wrong)
    return Plan(
        first, last, **numbers, kinds=chosen, rechecks=rechecks, minutes=minutes, road_factor=factor,
        exploration_percent=rules.exploration_percent, caps=rules.caps, cap_basis=rules.cap_basis,
    )  # fmt: skip


def _day(form: Mapping[str, Any], name: str, wrong: dict[str, Message]) -> date:
    try:
        return date.fromisoformat(str(form.get(name, "")).strip())
    except ValueError:
        wrong[name] = say("请填写日期，例如 2026-03-09")
        return date.min


def _check_days(first: date, last: date, today: date, wrong: dict[str, Message]) -> None:
    if first < today:
        wrong["first_day"] = say("开始日期已经过去，请从今天或以后开始")
    if last < first:
        wrong["last_day"] = say("结束日期不能早于开始日期")
    elif (last - first).days >= MOST_DAYS:
        wrong["last_day"] = say("一份名单最多排 {n} 天", n=MOST_DAYS)


def _factor(form: Mapping[str, Any], wrong: dict[str, Message]) -> float:
    try:
        factor = float(str(form.get("road_factor", "1.4")))
    except ValueError:
        factor = 0.0
    if not 1.0 <= factor <= 3.0:
        wrong["road_factor"] = say("绕路系数请填 1–3")
        return 1.4
    return factor


def _word(words: type[Word], value: str) -> Word:
    return next(each for each in words if each == value)
