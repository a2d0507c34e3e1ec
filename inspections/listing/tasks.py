"""The list of tasks."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..field.checks import CheckKind
from ..field.tasks import Task, TaskState
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site
from .listing import TODAY, Column, Listing
from .narrowing import mark_filter, township_filter, word_filter

Township, Assignee, Author = aliased(Area), aliased(Person), aliased(Person)

OVERDUE = and_(Task.state == TaskState.OPEN, Task.due_on < TODAY)
URGENCY = {
    "overdue": (say("已逾期"), OVERDUE),
    "week": (
        say("7 天内到期"),
        and_(Task.state == TaskState.OPEN, Task.due_on >= TODAY, Task.due_on <= TODAY + 7),
    ),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Site, and_(Site.county == Task.county, Site.id == Task.site_id))
        .join(Assignee, and_(Assignee.county == Task.county, Assignee.id == Task.assignee_id))
        .outerjoin(Author, and_(Author.county == Task.county, Author.id == Task.created_by_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
    )


TASKS = Listing(
    name="tasks",
    title=say("任务"),
    model=Task,
    joined=_joined,
    columns=(
        Column("site", say("点位名称"), Site.name, "name"),
        Column("kind", say("检查类别"), Task.kind, "word"),
        Column("assignee", say("承办人"), Assignee.name),
        Column("state", say("状态"), Task.state, "state"),
        Column("due_on", say("完成期限"), Task.due_on, "due"),
        Column("reason", say("事由"), Task.reason),
        Column("township", say("镇街"), Township.name),
        Column("author", say("派单人"), Author.name),
        Column("created_at", say("派单时间"), Task.created_at, "moment"),
    ),
    extra={"site_id": Task.site_id, "check_id": Task.check_id, "is_overdue": OVERDUE},
    filters=(
        word_filter("state", say("状态"), Task.state, TaskState, as_chips=True),
        mark_filter("urgency", say("期限"), URGENCY),
        word_filter("kind", say("检查类别"), Task.kind, CheckKind),
        township_filter(Site.township_id),
    ),
    searched=(Site.name, Assignee.name, func.coalesce(Task.reason, "")),
    order="due_on",
)
