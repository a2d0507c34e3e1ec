"""The list of checks."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from ..days import CHINA
from ..errors import say
from ..field.checks import Answer, Check, CheckKind, CheckState, Fence, Standing, Verdict
from ..field.photos import Photo, PhotoPurpose
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site
from .listing import TODAY, Column, Filter, Listing
from .narrowing import township_filter, word_filter

Township, Officer, Second = aliased(Area), aliased(Person), aliased(Person)

FAULTS = (
    select(func.count())
    .select_from(Answer)
    .where(
        Answer.county == Check.county,
        Answer.check_id == Check.id,
        Answer.verdict == Verdict.NOT_COMPLIANT,
    )
    .correlate(Check)
    .scalar_subquery()
)
PHOTOS = (
    select(func.count())
    .select_from(Photo)
    .where(Photo.county == Check.county, Photo.check_id == Check.id, Photo.purpose != PhotoPurpose.SIGNATURE)
    .correlate(Check)
    .scalar_subquery()
)
SINCE = {"1": say("今天"), "7": say("近 7 天"), "30": say("近 30 天"), "90": say("近 90 天")}
DAY_OF = func.date(func.timezone("Asia/Shanghai", Check.device_finished_at))


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Site, and_(Site.county == Check.county, Site.id == Check.site_id))
        .join(Officer, and_(Officer.county == Check.county, Officer.id == Check.person_id))
        .outerjoin(Second, and_(Second.county == Check.county, Second.id == Check.second_person_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
    )


def _between(text: str) -> Any:
    """From the first to the last day, both included: "2026-09-01~2027-01-22"."""
    first, _, last = text.partition("~")
    start, end = (datetime.combine(date.fromisoformat(each), time(), CHINA) for each in (first, last))
    return and_(Check.device_finished_at >= start, Check.device_finished_at < end + timedelta(days=1))


CHECKS = Listing(
    name="checks",
    title=say("检查"),
    model=Check,
    joined=_joined,
    columns=(
        Column("finished_at", say("检查时间"), Check.device_finished_at, "moment"),
        Column("site", say("点位名称"), Site.name, "name"),
        Column("kind", say("检查类别"), Check.kind, "word"),
        Column("officer", say("检查人"), Officer.name),
        Column("second", say("第二检查人"), Second.name, on_screen=False),
        Column("standing", say("性质"), Check.standing, "word"),
        Column("faults", say("不符合"), FAULTS, "number"),
        Column("photos", say("照片"), PHOTOS, "number"),
        Column("fence", say("位置"), Check.fence, "state"),
        Column("grade", say("定位等级"), Check.location_grade),
        Column("state", say("接收"), Check.state, "state"),
        Column("township", say("镇街"), Township.name),
        Column("summary", say("检查小结"), Check.summary, on_screen=False),
        Column("record_sha256", say("记录指纹"), Check.record_sha256, on_screen=False, sortable=False),
    ),
    extra={"site_id": Check.site_id},
    filters=(
        Filter(
            "since",
            say("时间"),
            lambda values: TODAY - max(int(value) for value in values) < DAY_OF,
            tuple(SINCE.items()),
            as_chips=True,
        ),
        word_filter("fence", say("位置"), Check.fence, Fence, as_chips=True),
        Filter(
            "result",
            say("结果"),
            lambda values: FAULTS > 0,
            (("faults", say("发现不符合")),),
            as_chips=True,
        ),
        word_filter("kind", say("检查类别"), Check.kind, CheckKind),
        word_filter("standing", say("性质"), Check.standing, Standing),
        word_filter("state", say("接收"), Check.state, CheckState),
        township_filter(Site.township_id),
        Filter("days", say("起止日期"), lambda values: _between(values[0])),
    ),
    searched=(Site.name, Officer.name, func.coalesce(Check.summary, "")),
    order="finished_at",
    newest_first=True,
)
