"""How often a source was right: confirmed of those that were decided, by channel and by named sender.

Never by who complained: identities are sealed, and nobody is weighed by an earlier complaint.

The interval is Wilson's (1927, Probable inference, the law of succession, and statistical inference, JASA 22:209).
A source with few tips is drawn towards the county's rate by empirical Bayes: a beta prior whose mean and strength
come from the sources themselves by moments (Kleinman 1973, Proportions with extraneous variance, JASA 68:46).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ..registry.people import Person
from .tips import Tip, TipChannel, TipState

Z = 1.959964  # 95 %
WITHIN = timedelta(days=730)
WEAKEST, STRONGEST = 2.0, 200.0  # of the prior, in tips
BY_PERSON = (TipChannel.VOLUNTEER, TipChannel.FIELD)
NAMED = (*BY_PERSON, TipChannel.DEPARTMENT, TipChannel.HIGHER, TipChannel.SCHOOL)

DECIDED = (TipState.CONFIRMED, TipState.UNFOUNDED)
Master = aliased(Tip)


class Rate(NamedTuple):
    """Of a source's `n` decided tips `confirmed` stood; `shrunk` is what is to be expected of the next."""

    confirmed: int
    n: int
    shrunk: float

    @property
    def share(self) -> float | None:
        return self.confirmed / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.confirmed, self.n)


class Source(NamedTuple):
    """A channel, and the volunteer or body that is named in it, if any."""

    channel: TipChannel
    name: str | None
    rate: Rate


def wilson(successes: int, n: int, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval of a proportion; of none, everything is possible.

    >>> [round(each, 3) for each in wilson(8, 10)]
    [0.49, 0.943]
    """
    if n == 0:
        return 0.0, 1.0
    share, square = successes / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def prior(counts: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Mean and strength of the beta distribution that proportions of several sources come from, by moments.

    `counts` are (successes, n). Where the sources differ no more than chance lets them, the prior is as strong as
    may be; a county that has decided nothing yet knows one half, weakly.
    """
    known = [(k, n) for k, n in counts if n > 0]
    total = sum(n for _, n in known)
    if not total:
        return 0.5, WEAKEST
    mean = sum(k for k, _ in known) / total
    spread = sum(n * (k / n - mean) ** 2 for k, n in known)
    room = total - sum(n * n for _, n in known) / total
    within = mean * (1 - mean)
    if len(known) < 2 or within == 0 or room <= 0:
        return mean, WEAKEST if len(known) < 2 else STRONGEST
    # E[spread] = within · ((m - 1) + rho · (room - (m - 1))), with rho = 1 / (strength + 1)
    others = len(known) - 1
    rho = (spread / within - others) / (room - others) if room > others else 0.0
    strength = 1 / rho - 1 if rho > 0 else STRONGEST
    return mean, min(max(strength, WEAKEST), STRONGEST)


def rates(counts: Sequence[tuple[int, int]]) -> list[Rate]:
    mean, strength = prior(counts)
    return [Rate(k, n, (k + mean * strength) / (n + strength)) for k, n in counts]


def sources(session: Session, person: Person, now: datetime) -> list[Source]:
    """Every channel and named sender of the last two years with its rate; channels first, then who sent most."""
    return [*_of_channels(session, person.county, now), *_of_names(session, person.county, now)]


def source_of(session: Session, tip: Tip, now: datetime) -> list[Source]:
    """The rate of a tip's channel, and of its sender where that one is named."""
    channels = [each for each in _of_channels(session, tip.county, now) if each.channel is tip.channel]
    key = tip.reference_from or tip.taken_by_id
    if tip.channel not in NAMED or not key:
        return channels
    found = [each for each in _of_names(session, tip.county, now, tip) if each.channel is tip.channel]
    return [*channels, *found]


def _counted(session: Session, county: str, now: datetime, by: Any, *only: Any) -> dict[Any, tuple[int, int]]:
    """By channel or sender: how many were confirmed, and how many decided.

    A joined tip was as right as its master; the joined ones are few and counted apart, so that the rest is read
    from an index alone.
    """
    lately = [Tip.county == county, Tip.received_at > now - WITHIN, Tip.received_at <= now, *only]
    own = select(by, Tip.state, func.count()).where(*lately, Tip.state.in_(DECIDED)).group_by(by, Tip.state)
    joined = (
        select(by, Master.state, func.count())
        .join(Master, (Master.county == Tip.county) & (Master.id == Tip.master_id))
        .where(*lately, Tip.master_id.is_not(None), Master.state.in_(DECIDED))
        .group_by(by, Master.state)
    )
    found: dict[Any, tuple[int, int]] = {}
    for query in (own, joined):
        for key, state, n in session.execute(query):
            confirmed, decided = found.get(key, (0, 0))
            found[key] = confirmed + n * (state is TipState.CONFIRMED), decided + n
    return found


def _of_channels(session: Session, county: str, now: datetime) -> list[Source]:
    found = _counted(session, county, now, Tip.channel)
    counts = [found.get(channel, (0, 0)) for channel in TipChannel]
    return [Source(channel, None, rate) for channel, rate in zip(TipChannel, rates(counts), strict=True)]


def _of_names(session: Session, county: str, now: datetime, only: Tip | None = None) -> list[Source]:
    """Each channel's senders are drawn towards that channel, not to the county."""
    found: list[Source] = []
    for channel in NAMED:
        if only is not None and only.channel is not channel:
            continue
        by_person = channel in BY_PERSON
        sender = Tip.taken_by_id if by_person else Tip.reference_from
        senders = _counted(session, county, now, sender, Tip.channel == channel, sender.is_not(None))
        names = _names(session, county, senders) if by_person else {}
        every = zip(senders, rates(list(senders.values())), strict=True)
        own = (only.taken_by_id if by_person else only.reference_from) if only else None
        found += [
            Source(channel, names.get(key, "") if by_person else key, rate)
            for key, rate in sorted(every, key=lambda pair: -pair[1].n)
            if only is None or key == own
        ]
    return found


def _names(session: Session, county: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    query = select(Person.id, Person.name).where(Person.county == county, Person.id.in_(list(ids)))
    return {row.id: row.name for row in session.execute(query)}
