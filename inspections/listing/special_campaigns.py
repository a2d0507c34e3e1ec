"""The list of special campaigns 专项行动."""

from typing import Any

from sqlalchemy import Select, and_, case, func, select, type_coerce
from sqlalchemy.orm import aliased

from ..errors import say
from ..registry.people import Person
from ..special_campaigns.parts import CampaignCanvass
from ..sweeps.campaigns import SpecialCampaign
from ..sweeps.sweeps import Sweep
from ..vocabulary import choice
from .campaigns import CampaignState
from .listing import TODAY, Column, Filter, Listing, words_of

Author = aliased(Person)

STATE: Any = type_coerce(
    case(
        (SpecialCampaign.ended_at.is_not(None), CampaignState.CLOSED.value),
        (SpecialCampaign.first_day > TODAY, CampaignState.COMING.value),
        (SpecialCampaign.last_day < TODAY, CampaignState.OVER.value),
        else_=CampaignState.RUNNING.value,
    ),
    choice(CampaignState, "state"),
)
CANVASSES = (
    select(func.count())
    .where(CampaignCanvass.county == SpecialCampaign.county, CampaignCanvass.campaign_id == SpecialCampaign.id)
    .correlate(SpecialCampaign)
    .scalar_subquery()
)
# Those before their release are not counted: that there is one is for those who may see it
SWEEPS = (
    select(func.count())
    .where(
        Sweep.county == SpecialCampaign.county,
        Sweep.campaign_id == SpecialCampaign.id,
        Sweep.released_at.is_not(None),
    )
    .correlate(SpecialCampaign)
    .scalar_subquery()
)


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(
        Author, and_(Author.county == SpecialCampaign.county, Author.id == SpecialCampaign.made_by_id)
    )


SPECIAL_CAMPAIGNS = Listing(
    name="special-campaigns",
    title=say("专项行动"),
    model=SpecialCampaign,
    joined=_joined,
    columns=(
        Column("name", say("名称"), SpecialCampaign.name, "name"),
        Column("state", say("状态"), STATE, "state"),
        Column("first_day", say("开始日期"), SpecialCampaign.first_day, "day"),
        Column("last_day", say("结束日期"), SpecialCampaign.last_day, "day"),
        Column("sweeps", say("已开展联合执法"), SWEEPS, "number"),
        Column("canvasses", say("排查行动"), CANVASSES, "number"),
        Column("author", say("发起人"), Author.name),
        Column("purpose", say("目的和要求"), SpecialCampaign.purpose, on_screen=False),
    ),
    filters=(
        # counted one by one: a computed word can't be grouped by, since its parts are parameters
        Filter("state", say("状态"), lambda values: STATE.in_(values), words_of(CampaignState), as_chips=True),
    ),
    searched=(SpecialCampaign.name, SpecialCampaign.purpose),
    order="last_day",
    newest_first=True,
)
