"""The list of parcels: whose records were brought by whom, and which wait for a dispatcher's word."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..field.parcels import Doubt, Parcel, ParcelState
from ..registry.people import Person
from .listing import Column, Listing
from .narrowing import word_filter

Author, Carrier, Decider = aliased(Person), aliased(Person), aliased(Person)


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Author, and_(Author.county == Parcel.county, Author.id == Parcel.author_id))
        .join(Carrier, and_(Carrier.county == Parcel.county, Carrier.id == Parcel.carried_by_id))
        .outerjoin(Decider, and_(Decider.county == Parcel.county, Decider.id == Parcel.decided_by_id))
    )


PARCELS = Listing(
    name="parcels",
    title=say("带交和封存的文件"),
    model=Parcel,
    joined=_joined,
    columns=(
        Column("author", say("谁的记录"), Author.name, "name"),
        Column("state", say("状态"), Parcel.state, "state"),
        Column("records", say("记录数"), func.jsonb_array_length(Parcel.records), "number"),
        Column("carrier", say("带交人"), Carrier.name),
        Column("received_at", say("收到时间"), Parcel.received_at, "moment"),
        Column("made_at", say("导出时间"), Parcel.made_at, "moment"),
        Column("doubt", say("疑点"), Parcel.doubt, "word"),
        Column("decider", say("处理人"), Decider.name, on_screen=False),
        Column("reason", say("处理理由"), Parcel.reason, on_screen=False),
        Column("device_id", say("设备"), Parcel.device_id, on_screen=False),
        Column("sha256", say("文件指纹"), Parcel.sha256, on_screen=False, sortable=False),
    ),
    filters=(
        word_filter("state", say("状态"), Parcel.state, ParcelState, as_chips=True),
        word_filter("doubt", say("疑点"), Parcel.doubt, Doubt),
    ),
    searched=(Author.name, Carrier.name, Parcel.device_id),
    order="received_at",
    newest_first=True,
)
