"""The ladder of a suspected site: from a rumour somewhere in a circle to a closed class that is watched.

A stage is no state of its own: it follows from the site's state, from how well its place is known, and from what
became of it. One expression says it, for a site's page, for lists and for counts.
"""

from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, cast, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from ..casework.orders import Order, OrderState
from ..errors import say
from ..vocabulary import Choice, choice
from .sites import Site, SiteState

# A circle that holds more than one building of a compound; phones in a street are better than this
WIDE_M = 50
# The day it is in the county, asked once and not for each row
TODAY = select(cast(func.timezone("Asia/Shanghai", func.now()), Date)).scalar_subquery()


class SuspectStage(Choice):
    RUMOUR = "rumour", say("传闻")
    ADDRESS = "address", say("有地址")
    CONFIRMED = "confirmed", say("已核实")
    ORDERED = "ordered", say("责令整改")
    CLOSED = "closed", say("已取缔")
    WATCHED = "watched", say("回访中")
    MOVED = "moved", say("已转移")
    DISMISSED = "dismissed", say("已排除")
    LICENSED = "licensed", say("正常办学")


# The rungs in order; the others are ways off the ladder
LADDER = tuple(SuspectStage)[:7]


def has_address() -> ColumnElement[bool]:
    """Whether somebody sent there would find the door: by the building, or by a point that is no wide circle."""
    return or_(
        func.coalesce(Site.building, Site.room, "") != "",
        and_(Site.location.is_not(None), func.coalesce(Site.location_accuracy_m, 0) <= WIDE_M),
    )


def has_moved() -> ColumnElement[bool]:
    later = aliased(Site)
    return exists().where(later.county == Site.county, later.moved_from_id == Site.id)


def is_ordered() -> ColumnElement[bool]:
    """Whether an order to it was signed, whatever was done about its state since."""
    signed = (OrderState.ISSUED, OrderState.SERVED)
    return exists().where(Order.county == Site.county, Order.site_id == Site.id, Order.state.in_(signed))


def _stage() -> ColumnElement[Any]:
    return case(
        (Site.state == SiteState.DISMISSED, SuspectStage.DISMISSED.value),
        (Site.state == SiteState.LICENSED, SuspectStage.LICENSED.value),
        (and_(Site.state == SiteState.CLOSED, has_moved()), SuspectStage.MOVED.value),
        (and_(Site.state == SiteState.CLOSED, Site.watched_until >= TODAY), SuspectStage.WATCHED.value),
        (Site.state == SiteState.CLOSED, SuspectStage.CLOSED.value),
        (Site.state.in_((SiteState.RECTIFYING, SiteState.SUSPENDED)), SuspectStage.ORDERED.value),
        (and_(Site.state == SiteState.VERIFIED, is_ordered()), SuspectStage.ORDERED.value),
        (Site.state == SiteState.VERIFIED, SuspectStage.CONFIRMED.value),
        (has_address(), SuspectStage.ADDRESS.value),
        else_=SuspectStage.RUMOUR.value,
    )


STAGE = type_coerce(_stage(), choice(SuspectStage, "stage"))


def stage_of(session: Session, site: Site) -> SuspectStage:
    found = session.scalars(select(STAGE).where(Site.county == site.county, Site.id == site.id)).one()
    return found  # type: ignore[return-value]  # the column is of that type
