"""About nine hundred tips of a year, among them several reports of one and the same class."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from ..intake.tips import Tip, TipChannel, TipState
from ..registry.sites import SiteKind, SiteState
from . import names, plane, rhythm
from .book import Book, Row, local, moment
from .spots import Ground, Spot
from .tip_words import tell
from .troubles import hotspots, is_cold

TOTAL, DUPLICATES, WITHOUT_SITE = 900, 80, 50
CHANNELS = {
    TipChannel.WEB: 41,
    TipChannel.HOTLINE: 33,
    TipChannel.MAILBOX: 5,
    TipChannel.VOLUNTEER: 8,
    TipChannel.SCHOOL: 4,
    TipChannel.DEPARTMENT: 5,
    TipChannel.HIGHER: 4,
}
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is misheard or misread


@dataclass
class Report:
    """A tip and the site it is about, None where the reporter named a place only."""

    row: Row
    spot: Spot | None


def receive(book: Book, ground: Ground, sites: list[Spot]) -> list[Report]:
    """Tips in the order in which they came in."""
    teller = Teller(book, ground)
    planted = hotspots(ground.land)
    for hotspot in planted:
        own = [spot for spot in sites if spot.hotspot == hotspot.name]
        days = teller.days(hotspot.tips, hotspot.rhythm)
        for day in days:
            teller.report(teller.chance.choice(own), day, hotspot.rhythm)
    elsewhere = [spot for spot in sites if spot.hotspot is None and not is_cold(spot.at)]
    weights = [_weight(spot) for spot in elsewhere]
    rest = TOTAL - DUPLICATES - WITHOUT_SITE - sum(hotspot.tips for hotspot in planted)
    for day in teller.days(rest, "county"):
        teller.report(teller.chance.choices(elsewhere, weights)[0], day, "county")
    for day in teller.days(WITHOUT_SITE, "county"):
        teller.report_place(day)
    teller.repeat(DUPLICATES)
    return sorted(teller.reports, key=lambda report: report.row["received_at"])


def _next_evening(received: datetime) -> datetime:
    """Six in the evening of the next day from Monday to Friday."""
    day = local(received).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return moment(day, 18.0)


def _weight(spot: Spot) -> float:
    if spot.kind is SiteKind.SCHOOL:
        return 0.5
    if spot.kind is SiteKind.INSTITUTION:
        return 1.2
    return 0.8 if spot.row["state"] is SiteState.DISMISSED else 2.2


class Teller:
    def __init__(self, book: Book, ground: Ground):
        self.book, self.ground = book, ground
        self.chance = book.chance.stream("tips")
        self.reports: list[Report] = []
        self._codes: set[str] = set()

    def days(self, count: int, kind: str) -> list[date]:
        days = rhythm.days_until(self.book.today)
        weights = [rhythm.tip_weight(day, kind, self.book.today) for day in days]
        return sorted(self.chance.choices(days, weights, k=count))

    def report(self, spot: Spot, day: date, kind: str) -> None:
        happened = moment(day, rhythm.tip_hour(day, self.chance, kind))
        self._add(spot, happened, self._received(happened))

    def report_place(self, day: date) -> None:
        """A tip about a village or compound with no site that could be named."""
        chance, land = self.chance, self.ground.land
        village = chance.choice(land.villages)
        at = (village.seat[0] + chance.gauss(0, 220), village.seat[1] + chance.gauss(0, 220))
        at = at if land.inside(at) and not is_cold(at) else village.seat
        happened = moment(day, rhythm.tip_hour(day, chance))
        place = names.TOWNSHIPS[land.township_at(at)] + village.name
        self._add(None, happened, self._received(happened), at=at, place=place)

    def repeat(self, count: int) -> None:
        """Another reporter tells of the same class some days later, in words of their own."""
        known = [report for report in self.reports if report.spot]
        for first in self.chance.some(known, count):
            happened = first.row["received_at"] + timedelta(hours=self.chance.uniform(3, 140))
            if happened < self.book.until - timedelta(hours=3):
                self._add(first.spot, happened, self._received(happened), master=first.row)

    def _received(self, happened: datetime) -> datetime:
        """Most within minutes, some a day or two later, none after the story ends."""
        minutes = self.chance.expovariate(1 / 25) if self.chance.happens(0.7) else self.chance.uniform(200, 2600)
        latest = self.book.until - timedelta(minutes=self.chance.uniform(1, 60))
        return min(happened + timedelta(minutes=2 + minutes), max(latest, happened + timedelta(minutes=2)))

    def _add(
        self,
        spot: Spot | None,
        happened: datetime,
        received: datetime,
        *,
        master: Row | None = None,
        at: plane.Point | None = None,
        place: str | None = None,
    ) -> None:
        chance = self.chance
        at = at or (spot.at if spot else None)
        category = spot.category if spot and spot.kind is not SiteKind.SCHOOL else None
        place = place or (str(spot.row["address"]) if spot else None)
        beside = at and (at[0] + chance.gauss(0, 22), at[1] + chance.gauss(0, 22))
        state = TipState.DUPLICATE if master else self._state(spot, received)
        row = self.book.add(
            Tip,
            id=self.book.new_id(received),
            code=self._code(received),
            channel=chance.weighted(CHANNELS),
            state=state,
            category=category if chance.happens(0.8) else None,
            text=tell(chance, spot, (place or "").removeprefix(names.COUNTY_PLAIN), local(happened)),
            place=place,
            site_id=spot.id if spot and (state is not TipState.NEW or chance.happens(0.3)) else None,
            township_id=self._township(spot, at),
            location=plane.point(beside) if beside and chance.happens(0.9) else None,
            master_id=master and master["id"],
            happened_at=happened,
            received_at=received,
            triage_due_at=_next_evening(received),
            due_at=None if state is TipState.NEW else received + timedelta(days=chance.choice([3, 5, 7])),
            created_at=received,
        )
        self.reports.append(Report(row, spot))

    def _township(self, spot: Spot | None, at: plane.Point | None) -> UUID:
        index = spot.township if spot else self.ground.land.township_at(at or (0.0, 0.0))
        return self.ground.township_ids[index]

    def _state(self, spot: Spot | None, received: datetime) -> TipState:
        days = (self.book.until - received) / timedelta(days=1)
        if days < 3:
            return TipState.NEW if self.chance.happens(0.7) else TipState.ASSIGNED
        if days < 9 or (spot is None and days < 30):
            return TipState.ASSIGNED
        if spot is None and received.minute % 6 < 2:  # nobody found the place, or it was not for this county
            return TipState.INVALID if received.minute % 2 else TipState.TRANSFERRED
        hot = spot is not None and spot.hotspot is not None
        return TipState.CONFIRMED if self.chance.happens(0.74 if hot else 0.48) else TipState.UNFOUNDED

    def _code(self, received: datetime) -> str:
        while True:
            tail = "".join(self.chance.choice(CODE_LETTERS) for _ in range(6))
            code = f"{local(received):%y%m%d}-{tail}"
            if code not in self._codes:
                self._codes.add(code)
                return code
