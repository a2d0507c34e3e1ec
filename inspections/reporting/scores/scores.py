"""The score of each township for a period: four components between 0 and 100, weighed.

Each is a share of counted records, so every number opens what it was counted from. A component whose denominator
is too small has no points, and a township that lacks one has neither sum nor rank. That nobody complained, and
that nothing was found wrong where enough was looked at, are results: they give 100.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import own_township, require
from ...errors import Message, say
from ...registry.areas import list_outlines
from ...registry.people import Person
from ..figures import Selection, of_days, periods
from ..figures.work import count_townships
from .weights import Component, Weights, weights_on

PAST = 3  # earlier periods beside the one asked for

FORMULAS: dict[Component, Message] = {
    Component.SERVICE: say("课后服务各项符合的学校 ÷ 检查了课后服务的学校 × 100"),
    Component.TRAINING: say("没有遗留问题的校外培训点位 ÷ 检查的校外培训点位 × 100"),
    Component.COMPLAINTS: say("已办结的举报 ÷ 受理的举报（不含重复）× 100；没有举报的得 100"),
    Component.RECTIFICATION: say("已销号的问题 ÷ 确认的问题 × 100；检查够数而没有发现问题的得 100"),
}
DENOMINATORS: dict[Component, Message] = {
    Component.SERVICE: say("检查了课后服务的学校"),
    Component.TRAINING: say("检查的校外培训点位"),
    Component.COMPLAINTS: say("受理的举报（不含重复）"),
    Component.RECTIFICATION: say("确认的问题"),
}


class Number(NamedTuple):
    """A count in a formula, with the cell that opens its records."""

    label: Message
    n: int
    cell: str


class Part(NamedTuple):
    """One component of one township. `points` is None where the denominator is too small."""

    component: Component
    weight: int
    numbers: tuple[Number, ...]
    points: float | None
    why: Message | None = None


class Score(NamedTuple):
    township_id: UUID
    township: str
    parts: tuple[Part, ...]
    total: float | None
    rank: int | None = None

    @property
    def lacking(self) -> list[Message]:
        return [part.why for part in self.parts if part.points is None and part.why]


class Table(NamedTuple):
    """The scores of a county for a selection, the best first, then those without a rank by name."""

    selection: Selection
    weights: Weights
    scores: list[Score]

    @property
    def ranked(self) -> list[Score]:
        return [each for each in self.scores if each.rank is not None]


class Board(NamedTuple):
    """A table with the totals of the periods before it, the latest first, by township."""

    table: Table
    past: list[tuple[Message, dict[UUID, Score]]]
    townships: int


def read_board(session: Session, person: Person, selection: Selection) -> Board:
    """The score as a person may see it: the head of a township sees the own one, with its rank among all."""
    require(person, "score.see")
    table = read_scores(session, selection)
    own = own_township(person)
    past = []
    first, last = selection.first, selection.last
    for _ in range(PAST):
        first, last = periods.before(first, last)
        earlier = read_scores(session, of_days(selection.county, first, last, selection.as_of))
        past.append((periods.named(first, last), {each.township_id: each for each in earlier.scores}))
    ranked = len(table.ranked)
    if own is not None:
        table = table._replace(scores=[each for each in table.scores if str(each.township_id) in own])
    return Board(table, past, ranked)


def read_scores(session: Session, selection: Selection) -> Table:
    """For the whole county: a selection's own place is left aside."""
    counted = count_townships(session, selection)
    names = {each.id: each.name for each in list_outlines(session, selection.county)}
    weights = weights_on(session, selection.county, selection.last)
    return Table(
        selection, weights, rank([score_of(key, names[key], counted.get(key, {}), weights) for key in names])
    )


def score_of(township_id: UUID, name: str, cells: Mapping[str, int], weights: Weights) -> Score:
    parts = tuple(make(cells, weights) for make in (_service, _training, _complaints, _rectification))
    points = [part.points for part in parts]
    total = None
    if None not in points:
        total = round(sum((part.points or 0.0) * part.weight for part in parts) / 100, 1)
    return Score(township_id, name, parts, total)


def rank(scores: Sequence[Score]) -> list[Score]:
    """The best first; equal sums share a rank."""
    sums = sorted((each.total for each in scores if each.total is not None), reverse=True)
    ranked = [
        each if each.total is None else each._replace(rank=sums.index(each.total) + 1)
        for each in sorted(scores, key=lambda each: each.township)
    ]
    return sorted(ranked, key=lambda each: (each.rank is None, each.rank or 0))


def _service(cells: Mapping[str, int], weights: Weights) -> Part:
    looked, amiss = _number(cells, "looked_service.school"), _number(cells, "amiss_service.school")
    numbers = (
        Number(say("检查了课后服务的学校"), looked, "looked_service.school"),
        Number(say("其中有不符合项的"), amiss, "amiss_service.school"),
    )
    return _part(Component.SERVICE, weights, numbers, looked - amiss, looked)


def _training(cells: Mapping[str, int], weights: Weights) -> Part:
    checked = _number(cells, "checked.training")
    left = _number(cells, "broken.training") - _number(cells, "cleared.training")
    numbers = (
        Number(say("检查的校外培训点位"), checked, "checked.training"),
        Number(say("存在问题的"), _number(cells, "broken.training"), "broken.training"),
        Number(say("问题全部销号的"), _number(cells, "cleared.training"), "cleared.training"),
    )
    return _part(Component.TRAINING, weights, numbers, checked - left, checked)


def _complaints(cells: Mapping[str, int], weights: Weights) -> Part:
    received, settled = _number(cells, "tips.counted"), _number(cells, "tips.settled")
    numbers = (
        Number(say("受理的举报（不含重复）"), received, "tips.counted"),
        Number(say("已办结的"), settled, "tips.settled"),
    )
    if not received:
        share = weights.shares[Component.COMPLAINTS]
        return Part(Component.COMPLAINTS, share, numbers, 100.0, say("没有举报"))
    return _part(Component.COMPLAINTS, weights, numbers, settled, received, least=1)


def _rectification(cells: Mapping[str, int], weights: Weights) -> Part:
    found, done = _number(cells, "problem.all"), _number(cells, "mend.all")
    numbers = (
        Number(say("确认的问题"), found, "problem.all"),
        Number(say("已销号的"), done, "mend.all"),
    )
    checked = _number(cells, "checked.all")
    if not found and checked >= weights.least:
        share = weights.shares[Component.RECTIFICATION]
        return Part(Component.RECTIFICATION, share, numbers, 100.0, say("检查 {n} 处，没有发现问题", n=checked))
    return _part(Component.RECTIFICATION, weights, numbers, done, found, least=1)


def _part(
    component: Component,
    weights: Weights,
    numbers: tuple[Number, ...],
    good: int,
    of: int,
    least: int | None = None,
) -> Part:
    least = weights.least if least is None else least
    share = weights.shares[component]
    if of < least:
        why = say("{what} {n}，不足 {least}，数据不够", what=DENOMINATORS[component], n=of, least=least)
        return Part(component, share, numbers, None, why)
    return Part(component, share, numbers, round(100 * max(0, good) / of, 1))


def _number(cells: Mapping[str, int], key: str) -> int:
    return cells.get(key, 0)


def as_plain(score: Score) -> dict[str, Any]:
    """For freezing."""
    return {
        "total": score.total,
        "rank": score.rank,
        "parts": {
            part.component.value: {
                "points": part.points,
                "weight": part.weight,
                "numbers": {number.cell: number.n for number in part.numbers},
            }
            for part in score.parts
        },
    }
