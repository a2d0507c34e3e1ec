"""Maps of a sweep, drawn by `geo.maps.sweep`: of its briefing, of its report, and of its night played again."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shapely.geometry import shape
from sqlalchemy.orm import Session

from geo.maps import InlineAssets
from geo.maps.sweep import StopMark, SweepView, TeamMark, sweep_map
from geo.times import local

from ..errors import Message, say
from ..registry.ground import roads, townships
from .assembling import TeamView
from .briefing import Briefing

Words = Mapping[str, str]
Translate = Callable[[Message], str]
LEADER, MEMBERS, VEHICLE, HOURS = say("组长"), say("队员"), say("车辆"), say("上岗")
ADDRESS, APPROACH, LEAVES = say("地址"), say("进入方式"), say("计划离开")


def briefing_map(
    session: Session, briefing: Briefing, words: Words, translate: Translate, vendor: Path, records: str = ""
) -> str:
    """One HTML page that needs no network, with the reader's mark all over it."""
    numbers = {part.view.team.id: n for n, part in enumerate(briefing.parts)}
    stops = [
        StopMark(
            name=stop["site"]["name"], lon=lon, lat=lat, team=numbers[part.view.team.id],
            position=stop["position"], when=f"{local(stop['enters_at']):%H:%M}", link=stop["link"] or "",
            facts=_facts(translate, stop), notes=stop["known"], record=str(stop["site"]["id"]),
        )
        for part in briefing.parts
        for stop in part.said["stops"]
        for lon, lat in [(stop["site"]["lon"], stop["site"]["lat"])]
        if lon is not None
    ]  # fmt: skip
    area = briefing.plan.area if briefing.only is None else None
    view = SweepView(
        title=words["title"], subtitle=words["subtitle"],
        teams=[team_mark(part.view, translate) for part in briefing.parts], stops=stops,
        townships=townships(session, briefing.sweep.county), roads=roads(session, briefing.sweep.county),
        area=shape(area) if area else None, watermark=" · ".join(briefing.mark.split("　")), records=records,
        labels=labels_of(words),
    )  # fmt: skip
    return sweep_map(view, InlineAssets(vendor))


def team_mark(view: TeamView, translate: Translate) -> TeamMark:
    leader = next((each.name for each in view.members if each.is_leader), "")
    others = "、".join(each.name for each in view.members if not each.is_leader)
    hours = f"{local(view.team.from_at):%H:%M}–{local(view.team.until_at):%H:%M}"
    facts = [(LEADER, leader), (MEMBERS, others), (VEHICLE, view.team.vehicle), (HOURS, hours)]
    said = [(translate(word), value) for word, value in facts if value]
    return TeamMark(view.team.name, view.lon, view.lat, view.team.number, said)


def labels_of(words: Words) -> dict[str, str]:
    return {name: text for name, text in words.items() if name not in ("title", "subtitle")}


def _facts(translate: Translate, stop: dict[str, Any]) -> Sequence[tuple[str, str]]:
    facts = [
        (ADDRESS, stop["site"].get("address") or ""),
        (APPROACH, stop["approach"]),
        (LEAVES, f"{local(stop['leaves_at']):%H:%M}"),
    ]
    return [(translate(word), value) for word, value in facts if value]
