"""The list of phones: whose holds what, how old it is, and how long the phone has been silent."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from ..errors import say
from ..field.parcels import Parcel, ParcelState
from ..field.phones import ItemKind, Phone, PhoneItem, has_arrived
from ..registry.areas import Area
from ..registry.people import Person
from ..vocabulary import Choice, choice
from .listing import Column, Filter, Listing, words_of
from .narrowing import mark_filter, township_filter

Owner, Township = aliased(Person), aliased(Area)
TOO_LONG = timedelta(hours=24)


class PhoneState(Choice):
    """The worst that can be said of a phone."""

    LOST = "lost", say("有记录不见了")
    SEALED = "sealed", say("封存待核实")
    OVERDUE = "overdue", say("压了一天以上没传")
    SILENT = "silent", say("有待传，一天没联系")
    HOLDING = "holding", say("有待传")
    DRAFTS = "drafts", say("草稿搁置一天以上")
    CLEAR = "clear", say("全部收妥")


def _of_items(value: Any, *conditions: Any) -> Any:
    query = select(value).where(
        PhoneItem.county == Phone.county, PhoneItem.phone_id == Phone.id, ~has_arrived(), *conditions
    )
    return query.correlate(Phone).scalar_subquery()


GONE = PhoneItem.gone_at.is_not(None)
IS_DRAFT = PhoneItem.kind == ItemKind.DRAFT
HELD = and_(~GONE, ~IS_DRAFT)
UNSENT = _of_items(func.count(), HELD)
DRAFTS = _of_items(func.count(), ~GONE, IS_DRAFT)
LOST = _of_items(func.count(), GONE)
# What was lost is not forgotten in the order
OLDEST = _of_items(func.min(PhoneItem.since), or_(GONE, HELD))
OLDEST_DRAFT = _of_items(func.min(PhoneItem.since), ~GONE, IS_DRAFT)
FILES = _of_items(func.coalesce(func.sum(PhoneItem.files_missing), 0), HELD)

SEALED = exists().where(
    Parcel.county == Phone.county,
    Parcel.author_id == Phone.person_id,
    Parcel.device_id == Phone.device_id,
    Parcel.state == ParcelState.HELD,
)

BEFORE = func.now() - literal(TOO_LONG)
IS_SILENT = and_(Phone.seen_at < BEFORE, or_(UNSENT > 0, DRAFTS > 0))
STATE: Any = type_coerce(
    case(
        (LOST > 0, PhoneState.LOST.value),
        (SEALED, PhoneState.SEALED.value),
        (and_(UNSENT > 0, OLDEST < BEFORE), PhoneState.OVERDUE.value),
        (and_(UNSENT > 0, Phone.seen_at < BEFORE), PhoneState.SILENT.value),
        (UNSENT > 0, PhoneState.HOLDING.value),
        (OLDEST_DRAFT < BEFORE, PhoneState.DRAFTS.value),
        else_=PhoneState.CLEAR.value,
    ),
    choice(PhoneState, "state"),
)
ATTENTION = {
    "silent": (say("一天没联系"), IS_SILENT),
    "drafts": (say("有没交的草稿"), DRAFTS > 0),
    "fragile": (say("存储没有保护"), Phone.is_persistent.is_(False)),
    "rekeyed": (say("同名手机换过密钥"), Phone.is_rekeyed),
}


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(Owner, and_(Owner.county == Phone.county, Owner.id == Phone.person_id)).outerjoin(
        Township, and_(Township.county == Owner.county, Township.id == Owner.township_id)
    )


PHONES = Listing(
    name="phones",
    title=say("手机"),
    model=Phone,
    joined=_joined,
    columns=(
        Column("owner", say("持有人"), Owner.name, "name"),
        Column("state", say("状态"), STATE, "state"),
        Column("unsent", say("待传记录"), UNSENT, "number"),
        Column("files", say("待传照片"), FILES, "number"),
        Column("oldest", say("最早一条"), OLDEST, "age"),
        Column("drafts", say("草稿"), DRAFTS, "number"),
        Column("oldest_draft", say("最早草稿"), OLDEST_DRAFT, "age"),
        Column("lost", say("不见的"), LOST, "number"),
        Column("seen_at", say("最近联系"), Phone.seen_at, "age"),
        Column("is_persistent", say("存储受保护"), Phone.is_persistent, "yes_no"),
        Column("township", say("镇街"), Township.name, on_screen=False),
        Column("app_version", say("版本"), Phone.app_version, on_screen=False),
        Column("device_id", say("设备"), Phone.device_id, on_screen=False),
        Column("is_rekeyed", say("换过密钥"), Phone.is_rekeyed, "yes_no", on_screen=False),
        Column("usage_bytes", say("已用空间（字节）"), Phone.usage_bytes, "number", on_screen=False),
        Column("quota_bytes", say("可用空间（字节）"), Phone.quota_bytes, "number", on_screen=False),
    ),
    filters=(
        # counted one by one: a computed word can't be grouped by, since its parts are parameters
        Filter("state", say("状态"), lambda values: STATE.in_(values), words_of(PhoneState), as_chips=True),
        mark_filter("attention", say("关注"), ATTENTION),
        township_filter(Owner.township_id),
    ),
    searched=(Owner.name, Phone.device_id, func.coalesce(Owner.phone, "")),
    order="oldest",
)


def state_of(session: Session, phone: Phone) -> PhoneState:
    """The word that the list has for a phone."""
    return session.scalars(select(STATE).where(Phone.county == phone.county, Phone.id == phone.id)).one()
