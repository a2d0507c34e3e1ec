"""The rail: the pages of the desk in sections. On a phone four of them stand in a bar, the rest behind 更多."""

from typing import NamedTuple

from flask.sansio.app import App
from flask_babel import gettext as _

from inspections.access import can
from inspections.casework.step_notices import waiting
from inspections.intake.opening import waiting_openings
from inspections.registry.people import Person, Role
from inspections.targeting.warnings.handling import waiting_warnings

from ..db import session


class Entry(NamedTuple):
    """A page. `verb` hides it from who may not open it; `in_bar` puts it into the phone's bar.

    `waits` is how many things wait there for this person.
    """

    key: str
    href: str
    icon: str
    label: str
    verb: str = "desk.open"
    in_bar: bool = False
    waits: int = 0


class Section(NamedTuple):
    name: str
    entries: list[Entry]


def init_rail(app: App) -> None:
    app.add_template_global(sections, "rail_sections")


def sections(person: Person | None) -> list[Section]:
    """What a person finds in the rail; sections without a page are left out."""
    if person is None:
        return []
    found = [
        Section(section.name, [entry for entry in section.entries if can(person, entry.verb)])
        for section in every_section(*_waits(person))
    ]
    found = [_with_own_home(person, section) for section in found if section.entries]
    if any(entry.in_bar for section in found for entry in section.entries):
        return found
    return [Section(name, [entry._replace(in_bar=True) for entry in entries]) for name, entries in found]


def _waits(person: Person) -> tuple[int, int, int]:
    return (
        waiting(session(), person),
        waiting_openings(session(), person),
        waiting_warnings(session(), person),
    )


def _with_own_home(person: Person, section: Section) -> Section:
    """In the phone's bar the head of a township finds the township's desk where others have the county's."""
    if person.roles != {Role.TOWNSHIP_ADMIN}:
        return section
    bar = {"township": True, "dashboard": False}
    return Section(
        section.name, [each._replace(in_bar=bar.get(each.key, each.in_bar)) for each in section.entries]
    )


def every_section(steps: int = 0, openings: int = 0, warnings: int = 0) -> list[Section]:
    """The whole rail, whoever may open its pages. What waits: `steps` under 督办, `openings` for an approval, new
    `warnings`.
    """
    return [
        Section(_("看"), _to_look(warnings)),
        Section(_("办"), _to_do(steps)),
        Section(_("报"), _to_tell()),
        Section(_("管"), _to_keep(openings)),
    ]


def _to_look(warnings: int) -> list[Entry]:
    return [
        Entry("level", "/level", "layers", _("各县报表"), "level.open", in_bar=True),
        Entry("dashboard", "/dashboard", "home", _("工作台"), in_bar=True),
        Entry("map", "/", "map", _("地图"), in_bar=True),
        Entry("sites", "/sites", "location", _("点位")),
        Entry("suspects", "/suspects", "search", _("疑点")),
        Entry("hotspots", "/hotspots", "flame", _("热点"), "hotspot.see"),
        Entry("warnings", "/warnings", "warning", _("预警"), "warning.see", waits=warnings),
        Entry("targets", "/targets", "compass", _("暗访名单"), "target.see"),
        Entry("tips", "/tips", "tip", _("线索")),
        Entry("hotline", "/hotline", "phone", _("接电话"), "tip.take"),
        Entry("mail", "/hotline/mail", "import", _("收邮件"), "tip.take"),
        Entry("letters", "/hotline/letters", "document", _("登记来文"), "tip.take"),
        Entry("township", "/township", "home", _("镇街工作台"), "coverage.see"),
        Entry("coverage", "/coverage", "layers", _("走访覆盖"), "coverage.see"),
    ]


def _to_do(steps: int) -> list[Entry]:
    return [
        Entry("ledger", "/ledger", "list", _("台账"), in_bar=True),
        Entry("findings", "/findings", "flag", _("问题")),
        Entry("orders", "/orders", "document", _("文书"), in_bar=True),
        Entry("responses", "/responses", "share", _("整改报告")),
        Entry("checks", "/checks", "check", _("检查")),
        Entry("canvass-visits", "/canvass/visits", "route", _("走访记录"), "coverage.see"),
        Entry("steps", "/steps", "clock", _("督办"), waits=steps),
        Entry("approvals", "/approvals", "tick", _("审批")),
        Entry("penalties", "/penalties", "warning", _("处罚移送")),
        Entry("whistles", "/whistles", "people", _("吹哨")),
        Entry("self-checks", "/self-checks", "list", _("自查")),
        Entry("tasks", "/tasks", "task", _("任务")),
        Entry("canvass", "/canvass", "route", _("排查行动"), "coverage.see"),
        Entry("special-campaigns", "/special-campaigns", "flag", _("专项行动"), "campaign.see"),
        Entry("draws", "/draws", "box", _("双随机抽查"), "draw.see"),
        Entry("sweeps", "/sweeps", "people", _("联合执法"), "sweep.see"),
        Entry("public-lists", "/public-lists", "list", _("黑白名单")),
    ]


def _to_tell() -> list[Entry]:
    return [
        Entry("statistics", "/statistics", "layers", _("统计")),
        Entry("bulletins", "/bulletins", "share", _("通报"), "bulletin.see"),
        Entry("scores", "/scores", "sort", _("考评"), "score.see"),
    ]


def _to_keep(openings: int) -> list[Entry]:
    return [
        Entry("grid", "/grid", "box", _("网格"), "coverage.see"),
        Entry("rules", "/rules", "info", _("规则")),
        Entry("checklists", "/checklists", "list", _("清单")),
        Entry("templates", "/templates", "document", _("文书模板"), "template.see"),
        Entry("openings", "/openings", "lock", _("举报人查看"), "complainant.audit", waits=openings),
        Entry("phones", "/phones", "phone", _("手机")),
        Entry("imports", "/imports", "import", _("导入"), "list.import"),
    ]
