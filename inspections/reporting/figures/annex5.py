"""The table of annex 5: the year's figures of the supervision, as a county fills them in (S3, 附件5).

A nine-year school stands in the column of junior schools, once, as in the nation's statistics of education, where
初中 includes 九年一贯制学校. So every row of schools and problems adds up: 合计 = 小学 + 初中. Inspectors don't:
who went to both counts in both columns and once in the sum. Kindergartens and senior schools have no column.
"""

from ...casework.orders import OrderKind
from ...casework.steps import Step, StepKind
from ...errors import say
from ...registry.sites import Site, SiteCategory, SiteKind
from . import sources
from .figure import Cell, Figure, Split, cells_of

PRIMARY = (SiteCategory.PRIMARY,)
JUNIOR = (SiteCategory.JUNIOR, SiteCategory.NINE_YEAR)

IS_SCHOOL = Site.kind == SiteKind.SCHOOL
LEVELS = (
    Split("all", say("合计"), (IS_SCHOOL, Site.category.in_([*PRIMARY, *JUNIOR]))),
    Split("primary", say("小学"), (IS_SCHOOL, Site.category.in_(PRIMARY))),
    Split("junior", say("初中"), (IS_SCHOOL, Site.category.in_(JUNIOR))),
)
IS_INSTITUTION = Site.kind == SiteKind.INSTITUTION
SUBJECTS = (
    Split("all", say("合计"), (IS_INSTITUTION,)),
    Split("subject", say("学科类"), (IS_INSTITUTION, Site.category == SiteCategory.SUBJECT)),
    Split("other", say("非学科类"), (IS_INSTITUTION, Site.category != SiteCategory.SUBJECT)),
)
BY_INSPECTORATE = say("其中：教育督导部门")


def _by_body(own: object) -> tuple[Split, ...]:
    return Split("all", say("合计")), Split("own", BY_INSPECTORATE, (own,))


PLACES, PERSONS, SETS = say("所"), say("人"), say("套")
INSTITUTIONS = Figure(
    "institutions", say("实地督导校外培训机构数量"), say("个"), "sites", sources.visited_sites, SUBJECTS
)
INSPECTORS = Figure("inspectors", say("派出责任督学数"), PERSONS, "inspectors", sources.inspectors_sent, LEVELS)
SCHOOLS = Figure("schools", say("实地督导学校数量"), PLACES, "sites", sources.visited_sites, LEVELS)
NOTICES = Figure(
    "notices",
    say("责任督学已出具整改通知书及问题清单"),
    SETS,
    "orders",
    sources.orders_issued(OrderKind.RECTIFICATION),
    LEVELS,
)
TROUBLED = Figure("troubled", say("存在问题学校"), PLACES, "sites", sources.sites_with_problems, LEVELS)
MENDED = Figure("mended", say("已完成整改学校数"), PLACES, "sites", sources.sites_done, LEVELS)
PROBLEMS = Figure("problems", say("存在问题"), say("个"), "findings", sources.problems, LEVELS)
DONE = Figure("done", say("已完成整改问题数"), say("个"), "findings", sources.problems_done, LEVELS)
IN_PROGRESS = Figure(
    "in_progress", say("正在整改问题数"), say("个"), "findings", sources.problems_in_progress, LEVELS
)
SUPERVISION = Figure(
    "supervision",
    say("印发督办单"),
    say("件"),
    "orders",
    sources.orders_issued(OrderKind.SUPERVISION),
    _by_body(sources.ORDER_BY_INSPECTORATE),
)
BULLETINS, INTERVIEWS, ACCOUNTABILITY = (
    Figure(key, label, unit, "steps", sources.steps_done(kind), _by_body(Step.by_inspectorate))
    for key, label, unit, kind in (
        ("bulletins", say("通报"), say("次"), StepKind.NOTICE),
        ("interviews", say("约谈"), say("人次"), StepKind.INTERVIEW),
        ("accountability", say("问责"), say("人次"), StepKind.ACCOUNTABILITY),
    )
)
CASES = Figure("cases", say("典型经验"), say("例"), "cases", sources.model_cases, (Split("all", say("合计")),))

AT_SCHOOLS = (INSPECTORS, SCHOOLS, NOTICES)
MENDING = (TROUBLED, MENDED, PROBLEMS, DONE, IN_PROGRESS)
CALLED_TO_ACCOUNT = (SUPERVISION, BULLETINS, INTERVIEWS, ACCOUNTABILITY)
FIGURES = (INSTITUTIONS, *AT_SCHOOLS, *MENDING, *CALLED_TO_ACCOUNT, CASES)
# What the ledger says at present of the same problems; shown only where it disagrees
LEDGER = Figure(
    "ledger", say("台账上已销号的问题"), say("个"), "findings", sources.problems_struck_off, LEVELS[:1]
)

CELLS: dict[str, Cell] = {cell.key: cell for cell in cells_of((*FIGURES, LEDGER))}
