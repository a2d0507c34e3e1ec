"""How far a campaign is: by township and state, and who hasn't answered."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ..access import visible
from ..registry.areas import Area
from ..registry.people import Person
from ..registry.sites import Site
from .campaigns import ANSWERED, SelfCheck, SelfCheckCampaign, SelfCheckState


class TownshipRow(NamedTuple):
    township: str
    counts: dict[SelfCheckState, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def answered(self) -> int:
        return sum(self.counts.get(state, 0) for state in ANSWERED)


class SiteRow(NamedTuple):
    self_check: SelfCheck
    site: Site
    township: str


class CampaignRow(NamedTuple):
    campaign: SelfCheckCampaign
    sent: int
    answered: int


def list_campaigns(session: Session, person: Person) -> list[CampaignRow]:
    """The newest first."""
    counted = (
        select(
            SelfCheck.campaign_id,
            func.count().label("sent"),
            func.count().filter(SelfCheck.state.in_(ANSWERED)).label("answered"),
        )
        .where(SelfCheck.county == person.county)
        .group_by(SelfCheck.campaign_id)
    )
    counts = {row.campaign_id: row for row in session.execute(counted)}
    campaigns = session.scalars(visible(person, SelfCheckCampaign).order_by(SelfCheckCampaign.id.desc()))
    return [CampaignRow(each, counts[each.id].sent, counts[each.id].answered) for each in campaigns]


def self_checks_of_site(
    session: Session, person: Person, site_id: UUID
) -> Sequence[tuple[SelfCheck, SelfCheckCampaign]]:
    """The newest first."""
    of_campaign = and_(SelfCheckCampaign.county == SelfCheck.county, SelfCheckCampaign.id == SelfCheck.campaign_id)
    query = (
        visible(person, SelfCheck)
        .where(SelfCheck.site_id == site_id)
        .join(SelfCheckCampaign, of_campaign)
        .add_columns(SelfCheckCampaign)
        .order_by(SelfCheck.id.desc())
        .limit(20)
    )
    return [(self_check, campaign) for self_check, campaign in session.execute(query)]


def by_township(session: Session, campaign: SelfCheckCampaign) -> list[TownshipRow]:
    """Sites without a township stand under ''."""
    name = func.coalesce(Area.name, "")
    query = (
        select(name, SelfCheck.state, func.count())
        .select_from(SelfCheck)
        .join(Site, and_(Site.county == SelfCheck.county, Site.id == SelfCheck.site_id))
        .outerjoin(Area, and_(Area.county == Site.county, Area.id == Site.township_id))
        .where(SelfCheck.county == campaign.county, SelfCheck.campaign_id == campaign.id)
        .group_by(name, SelfCheck.state)
        .order_by(name)
    )
    rows: dict[str, dict[SelfCheckState, int]] = {}
    for township, state, n in session.execute(query):
        rows.setdefault(township, {})[state] = n
    return [TownshipRow(township, counts) for township, counts in rows.items()]


def sites_of(session: Session, campaign: SelfCheckCampaign, *, unanswered: bool) -> Sequence[SiteRow]:
    """Each site with its answer; or those that have not answered, for the reminder."""
    query = (
        select(SelfCheck, Site, func.coalesce(Area.name, ""))
        .join(Site, and_(Site.county == SelfCheck.county, Site.id == SelfCheck.site_id))
        .outerjoin(Area, and_(Area.county == Site.county, Area.id == Site.township_id))
        .where(SelfCheck.county == campaign.county, SelfCheck.campaign_id == campaign.id)
        .order_by(Area.name.nulls_last(), Site.name, Site.id)
    )
    if unanswered:
        query = query.where(SelfCheck.state.not_in(ANSWERED))
    return [SiteRow(*row) for row in session.execute(query)]
