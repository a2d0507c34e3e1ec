"""Where the further figures of bulletins and scores come from, as `sources` says of those of annex 5.

One kind can't be asked as of an earlier moment, since nothing says since when it holds: the papers of an
institution, which are taken by the days they are valid.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from ...casework.closures import Closure
from ...casework.findings import Finding, FindingState
from ...casework.penalties import Penalty, PenaltyState
from ...days import day_of
from ...events import Event
from ...field.checks import Answer, Check, CheckKind, CheckState, Verdict
from ...intake.tip_moves import TipMove
from ...intake.tips import Tip
from ...registry.licences import Licence, LicenceKind
from ...registry.sites import Site, SiteKind, SiteState
from .figure import Conditions
from .selection import Selection
from .sources import ONE, _at_site, _problems, _standing, _visits
from .topics import ITEMS, Topic

LastMove = aliased(TipMove)
STATE_CHANGES = ("change_state", "undo_state")


def checks_made(selection: Selection, only: Conditions) -> Select[Any]:
    """Visits on the spot, whoever made them."""
    return select(Check.id, ONE).join(Site, _at_site(Check)).where(_visits(selection, only))


def sites_checked(selection: Selection, only: Conditions) -> Select[Any]:
    found = select(Check.site_id).join(Site, _at_site(Check)).where(_visits(selection, only)).distinct().subquery()
    return select(found.c.site_id.label("id"), ONE)


def checks_incomplete(selection: Selection, only: Conditions) -> Select[Any]:
    """Visits whose photos haven't all arrived."""
    return checks_made(selection, only).where(Check.state == CheckState.INCOMPLETE)


def answered_for(topic: Topic) -> Any:
    """Sites where the items of a topic were looked at."""
    return _answered(topic, (Verdict.COMPLIANT, Verdict.NOT_COMPLIANT))


def amiss_in(topic: Topic) -> Any:
    """Those of them where an item was not kept."""
    return _answered(topic, (Verdict.NOT_COMPLIANT,))


def _answered(topic: Topic, verdicts: tuple[Verdict, ...]) -> Any:
    def found(selection: Selection, only: Conditions) -> Select[Any]:
        sites = (
            select(Check.site_id)
            .join(Site, _at_site(Check))
            .join(Answer, and_(Answer.county == Check.county, Answer.check_id == Check.id))
            .where(_visits(selection, only), Answer.item_code.in_(ITEMS[topic]), Answer.verdict.in_(verdicts))
            .distinct()
            .subquery()
        )
        return select(sites.c.site_id.label("id"), ONE)

    return found


def sites_found(selection: Selection, only: Conditions) -> Select[Any]:
    """Suspected sites that were reported first in the period, but for those ruled out by then."""
    return select(Site.id, ONE).where(
        Site.kind == SiteKind.SUSPECTED,
        selection.during(Site.created_at),
        state_at(selection.as_of) != SiteState.DISMISSED,
        selection.here(),
        *only,
    )


def sites_turned(state: SiteState) -> Any:
    """Sites that had a state at the end of the period, and not at its beginning."""

    def found(selection: Selection, only: Conditions) -> Select[Any]:
        changed = exists().where(*_changes(selection.start), Event.detail["now"].astext == state.value)
        return select(Site.id, ONE).where(
            changed,
            state_at(selection.as_of) == state.value,
            state_at(selection.start) != state.value,
            selection.here(),
            *only,
        )

    return found


def sites_standing(selection: Selection, only: Conditions) -> Select[Any]:
    """Sites that were known and neither closed nor ruled out at the moment asked about."""
    gone = (SiteState.CLOSED.value, SiteState.DISMISSED.value)
    return select(Site.id, ONE).where(
        Site.created_at <= selection.as_of, state_at(selection.as_of).not_in(gone), selection.here(), *only
    )


def state_at(moment: Any) -> ColumnElement[str]:
    """The state of a site at a moment: what its first change after that says it had been, else that of today."""
    first_after = (
        select(Event.detail["was"].astext)
        .where(*_changes(moment))
        .order_by(Event.at, Event.id)
        .limit(1)
        .correlate(Site)
        .scalar_subquery()
    )
    return func.coalesce(first_after, cast(Site.state, Text))


def _changes(since: Any) -> list[Any]:
    return [
        Event.county == Site.county,
        Event.subject_id == Site.id,
        Event.verb.in_(STATE_CHANGES),
        Event.at > since,
    ]


def with_papers(*, permit: bool, registration: bool) -> Any:
    """Institutions in business by the papers they held on the last day of the figures."""

    def found(selection: Selection, only: Conditions) -> Select[Any]:
        day = day_of(selection.as_of)
        has_permit, has_registration = _holds(PERMITS, day), _holds(REGISTRATIONS, day)
        return sites_standing(selection, only).where(
            has_permit if permit else not_(has_permit),
            has_registration if registration else not_(has_registration),
        )

    return found


def relicensed(selection: Selection, only: Conditions) -> Select[Any]:
    """Institutions that hold a permit on the last day and held none on the day before the period."""
    return sites_standing(selection, only).where(
        _holds(PERMITS, day_of(selection.as_of)), not_(_holds(PERMITS, selection.first, before=True))
    )


PERMITS = (LicenceKind.PERMIT,)
REGISTRATIONS = tuple(each for each in LicenceKind if each is not LicenceKind.PERMIT)


def _holds(kinds: tuple[LicenceKind, ...], day: date, *, before: bool = False) -> Any:
    begun = Licence.valid_from < day if before else Licence.valid_from <= day
    return exists().where(
        Licence.county == Site.county,
        Licence.site_id == Site.id,
        Licence.kind.in_(kinds),
        or_(Licence.valid_from.is_(None), begun),
        or_(Licence.valid_until.is_(None), Licence.valid_until >= day),
    )


def problems_overdue(selection: Selection, only: Conditions) -> Select[Any]:
    """Problems of the period in progress whose deadline, as it is set today, had passed."""
    query = _problems(selection, only, Finding.id, ONE)
    return query.where(~_standing(selection), Finding.due_on < day_of(selection.as_of))


def problems_proposed(selection: Selection, only: Conditions) -> Select[Any]:
    """What was found in the period and nobody has confirmed or rejected yet."""
    return (
        select(Finding.id, ONE)
        .join(Site, _at_site(Finding))
        .where(
            selection.during(Finding.found_at),
            Finding.state == FindingState.PROPOSED,
            selection.here(),
            *only,
        )
    )


def struck_off(selection: Selection, only: Conditions) -> Select[Any]:
    """Problems struck off in the period, whenever they were found, that weren't reopened by its end."""
    query = _of_closures(selection, only).where(selection.during(Closure.closed_at))
    return query.where(or_(Closure.reopened_at.is_(None), Closure.reopened_at > selection.as_of))


def reopened(selection: Selection, only: Conditions) -> Select[Any]:
    return _of_closures(selection, only).where(selection.during(Closure.reopened_at))


def _of_closures(selection: Selection, only: Conditions) -> Select[Any]:
    return (
        select(Finding.id, ONE)
        .distinct()
        .join(Closure, and_(Closure.county == Finding.county, Closure.finding_id == Finding.id))
        .join(Site, _at_site(Finding))
        .where(selection.here(), *only)
    )


def penalties_decided(selection: Selection, only: Conditions) -> Select[Any]:
    """Penalties decided in the period, by what was known of each at the moment asked about."""
    later = aliased(Penalty)
    newer = exists().where(
        later.county == Penalty.county,
        later.root_id == Penalty.root_id,
        later.version > Penalty.version,
        later.at <= selection.as_of,
    )
    return (
        select(Penalty.id, ONE)
        .join(Site, _at_site(Penalty))
        .where(
            Penalty.decided_on.between(selection.first, selection.last),
            Penalty.at <= selection.as_of,
            Penalty.state != PenaltyState.CANCELLED,
            ~newer,
            selection.here(),
            *only,
        )
    )


def tips_received(selection: Selection, only: Conditions) -> Select[Any]:
    """Tips by the moment they arrived. `only` are conditions on the last move of each at the moment asked."""
    query = select(Tip.id, ONE).where(Tip.county == selection.county, selection.during(Tip.received_at))
    if only:
        earlier = aliased(TipMove)
        last = (
            select(earlier.id)
            .where(earlier.county == Tip.county, earlier.tip_id == Tip.id, earlier.at <= selection.as_of)
            .order_by(earlier.at.desc(), earlier.id.desc())
            .limit(1)
            .correlate(Tip)
            .scalar_subquery()
        )
        query = query.join(LastMove, and_(LastMove.county == Tip.county, LastMove.id == last)).where(*only)
    if selection.township_id:
        query = query.where(Tip.township_id == selection.township_id)
    if selection.zone_id:
        query = query.join(Site, _at_site(Tip)).where(selection.here())
    return query


def first_record(selection: Selection) -> Select[Any]:
    """The moment of the county's first check or tip: before it there are no figures, and not figures of nought."""
    check = select(func.min(Check.device_finished_at)).where(
        Check.county == selection.county, Check.kind != CheckKind.SELF
    )
    tip = select(func.min(Tip.received_at)).where(Tip.county == selection.county)
    return select(func.least(check.scalar_subquery(), tip.scalar_subquery()))
