"""Why is a site not on a list? The answer comes from what the choice was made from."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import get, require, visible
from ...errors import Message, say
from ...registry.people import Person
from ...registry.sites import Site
from ..snapshots import columns_of
from .lists import LIVE, TargetEntry, TargetList
from .plan import KINDS, Plan
from .pool import LEFT_OUT_WORDS, LeftOut, Pool

MOST_ANSWERS = 8
LONGEST_WORDS = 60


class Answer(NamedTuple):
    """`words` say why; `is_on` that the site is on the list."""

    site: Site
    words: list[Message]
    is_on: bool


def why(session: Session, person: Person, list_id: UUID, words: str) -> list[Answer]:
    """Sites whose name or address holds all the words, each with its answer."""
    require(person, "target.see")
    found = get(session, person, TargetList, list_id)
    query = visible(person, Site)
    asked = words[:LONGEST_WORDS].split()
    if not asked:
        return []
    for word in asked:
        query = query.where(
            Site.name.contains(word, autoescape=True) | Site.address.contains(word, autoescape=True)
        )
    sites = session.scalars(query.order_by(Site.name, Site.id).limit(MOST_ANSWERS)).all()
    reader = _Reader(session, found)
    return [reader.answer(site) for site in sites]


class _Reader:
    def __init__(self, session: Session, found: TargetList) -> None:
        self.session, self.found = session, found
        self.plan = Plan.from_json(found.settings)
        self.pool = Pool(**columns_of(session, found.county, found.snapshot_id))
        self.row = {each: n for n, each in enumerate(self.pool.ids)}
        self.value = self.pool.value

    def answer(self, site: Site) -> Answer:
        entries = self.session.scalars(
            select(TargetEntry).where(
                TargetEntry.county == self.found.county,
                TargetEntry.list_id == self.found.id,
                TargetEntry.site_id == site.id,
            )
        ).all()
        live = next((each for each in entries if each.state in LIVE), None)
        if live:
            return Answer(site, [say("在名单上：{part}", part=live.part.label)], is_on=True)
        return Answer(site, self._absent(site), is_on=False)

    def _absent(self, site: Site) -> list[Message]:
        if site.kind not in KINDS:
            return [say("学校不在暗访名单里：按责任区督导和双随机抽查")]
        if site.kind not in self.plan.kinds:
            return [say("这份名单没有选{kind}", kind=site.kind.label)]
        row = self.row.get(site.id)
        if row is None:
            return [say("名单计算时还没有这个点位")]
        code = LeftOut(int(self.pool.left_out[row]))
        return [LEFT_OUT_WORDS[code]] if code is not LeftOut.NO else self._outdone(row)

    def _outdone(self, row: int) -> list[Message]:
        """It could have been chosen: others promise more, or its township has its share."""
        summary = self.found.summary
        better = int((self.pool.eligible & (self.value > self.value[row])).sum())
        words = [
            say(
                "可以列入，但预期收获是 {value}，在 {n} 处可去的点位里排第 {rank}",
                value=round(float(self.value[row]), 2),
                n=summary["eligible"],
                rank=better + 1,
            )
        ]
        towns, numbers = self.pool.towns
        town = str(towns[numbers[row]]) if towns[numbers[row]] else None
        _, _, upper, got = next(each for each in summary["towns"] if each[0] == town)
        lowest = summary["lowest"]
        if got >= upper:
            words.append(
                say("所在镇街已有 {got} 处，达到上限 {upper} 处（避免只盯一个镇街）", got=got, upper=upper)
            )
        elif lowest is not None and float(self.value[row]) < lowest:
            words.append(say("名单里按风险选出的最低是 {lowest}", lowest=round(lowest, 2)))
        else:
            words.append(say("时间或名额用完：再加小组、时间或数量就会轮到它"))
        words.append(
            say("随机探索也没有抽中它，抽中的机会是 {percent}%", percent=round(100 * summary["chance"], 1))
        )
        return words
