"""行动方案: the briefing of a sweep for command or one team. It names targets: nothing of it is kept."""

from collections.abc import Iterator
from typing import Any

from ...casework.papers import in_words, numeral
from ...errors import say
from .blocks import Block, Break, Line, table
from .kinds import Content, Kind, register

RULES = (
    "本件只发给名单上的人，不得复印、拍照、转发，行动结束后交回指挥部。",
    "启动以前不得向任何人透露去哪里。集合通知只说时间和地点。",
    "每处不少于两名执法人员，进入前主动出示执法证件。",
    "标明“同时进入”的点位，各组到位后听指挥部口令一起进入。",
    "遇到关门、搬离、拒绝检查或需要支援的，当场在手机上报告指挥部。",
)
SAMPLE: dict[str, Any] = {
    "bureau": "示例县教育体育局",
    "sweep": "示例联合行动",
    "purpose": "查处无证办学（示例）",
    "whom": "指挥部",
    "meets": "2026年11月21日19:30",
    "meeting_point": "县政府南门（示例）",
    "hours": "2026年11月21日20:00至23:00",
    "revision": 3,
    "teams": [
        {
            "name": "第1组（示例）", "number": 1, "leader": "王建国", "members": "王建国（教育局，E-001）、李敏",
            "vehicle": "赣E·00001", "start": "县政府", "hours": "20:00–23:00", "count": 1,
            "stops": [
                {
                    "badge": "1-1", "enters": "20:15", "name": "示例托管", "address": "示例路1号", "mix": "标准",
                    "approach": "从后门进", "together": "", "known": "近60天4条线索（示例）",
                }
            ],
        }
    ],
    "contacts": [["李晓东", "0793-3880001"]],
    "issued_on": "2026-11-21",
}  # fmt: skip
HEAD = ["组", "组长", "队员", "车辆", "出发点", "上岗", "点位"]
STOP_HEAD = ["标号", "进入", "点位", "人员要求", "进入方式"]


def _blocks(content: Content) -> list[Block]:
    teams = content["teams"]
    return [
        Line("organ", content["bureau"]),
        Line("title", f"{content['sweep']}\n行动方案（{content['whom']}）"),
        Line("item", "一、时间和集合"),
        Line("body", f"集合：{content['meets']}，{content['meeting_point']}。"),
        Line("body", f"行动：{content['hours']}。"),
        *([Line("body", f"目的：{content['purpose']}")] if content["purpose"] else []),
        Line("item", "二、分组"),
        table(HEAD, [_row(team) for team in teams], widths=[2, 2, 5, 2, 2, 2, 1]),
        *(block for n, team in enumerate(teams, 3) for block in _route(numeral(n), team, len(teams) > 1)),
        Line("item", f"{numeral(len(teams) + 3)}、要求"),
        *(Line("body", f"{n}．{rule}") for n, rule in enumerate(RULES, 1)),
        Line("item", f"{numeral(len(teams) + 4)}、指挥部联系方式"),
        *(Line("body", f"{name}　{phone}") for name, phone in content["contacts"]),
        Line("plain", f"注：按方案第 {content['revision']} 版制作，方案改动后以手机上的为准。"),
        Line("sign", content["bureau"]),
        Line("date", in_words(content["issued_on"])),
    ]


def _row(team: dict[str, Any]) -> list[Any]:
    return [team[name] for name in ("name", "leader", "members", "vehicle", "start", "hours", "count")]


def _route(number: str, team: dict[str, Any], is_one_of_many: bool) -> Iterator[Block]:
    if is_one_of_many:
        yield Break()  # so that a team's part may be handed out by itself
    yield Line("item", f"{number}、{team['name']}的路线")
    if not team["stops"]:
        yield Line("body", "机动，听候指挥部安排。")
        return
    rows = [
        [
            stop["badge"],
            stop["enters"],
            "\n".join(filter(None, (stop["name"], stop["address"]))),
            stop["mix"],
            "\n".join(filter(None, (stop["approach"], stop["together"] and f"与{stop['together']}同时进入"))),
        ]
        for stop in team["stops"]
    ]
    yield table(STOP_HEAD, rows, widths=[1.2, 1.2, 4, 2, 4])
    for stop in team["stops"]:
        if stop["known"]:
            yield Line("body", f"{stop['badge']}　{stop['name']}：{stop['known']}。")


def _fields(content: Content) -> dict[str, Any]:
    names = ("sweep", "purpose", "whom", "meets", "meeting_point", "hours", "teams")
    return {name: content[name] for name in names}


BRIEFING = register(Kind("sweep_briefing", say("联合行动方案"), "letter", _blocks, SAMPLE, fields=_fields))
