"""Suspected sites in their disguises: near schools, in compounds, in villages; some moved after closing."""

from datetime import timedelta
from uuid import UUID

from ..registry.people import Role
from ..registry.sites import LicenceState, Premises, PublicList, SiteCategory, SiteKind, SiteState
from . import addresses, names, plane, terrain
from .book import Book
from .chance import Chance
from .people import Staff
from .spots import Ground, Spot, add_site
from .troubles import Hotspot, hotspots, is_cold

Category = SiteCategory
TOTAL, MOVED, COLD, WITHOUT_PLACE = 220, 14, 5, 9
DISGUISES = {
    Category.AFTER_CARE: (24, ("托管班", "托管中心", "午托")),
    Category.LUNCH_TABLE: (20, ("小饭桌", "午餐托管")),
    Category.STUDY_ROOM: (11, ("自习室", "沉浸式自习室")),
    Category.MINDING: (6, ("看护班", "看护点")),
    Category.CONSULTING: (7, ("教育咨询", "家庭教育咨询")),
    Category.PRESCHOOL: (5, ("学前班",)),
    Category.BRIDGING: (8, ("幼小衔接班", "幼小衔接")),
    Category.THINKING: (7, ("思维训练", "数学思维")),
    Category.ENRICHMENT: (6, ("素质拓展", "研学营")),
    Category.ONE_TO_ONE: (9, ("一对一", "精品小课")),
    Category.LIVE_IN_TUTOR: (4, ("住家教师",)),
    Category.UNLICENSED_CLASS: (11, ("补习班", "辅导班", "提高班")),
    Category.OTHER: (2, ("工作室",)),
}
PLACES = {
    Premises.RESIDENTIAL: 46,
    Premises.SHOP: 28,
    Premises.GARAGE: 6,
    Premises.BASEMENT: 5,
    Premises.OFFICE: 9,
    Premises.VILLAGE: 6,
}
STATES = {
    SiteState.REPORTED: 22,
    SiteState.VERIFIED: 18,
    SiteState.DISMISSED: 14,
    SiteState.RECTIFYING: 15,
    SiteState.SUSPENDED: 9,
    SiteState.CLOSED: 14,
    SiteState.LICENSED: 8,
}


def find_suspects(book: Book, ground: Ground, schools: list[Spot], staff: Staff) -> list[Spot]:
    """The older of two sites of one teacher stands before the one moved to, as their keys ask for."""
    chance = book.chance.stream("suspects")
    given = names.Unique()
    finder = Finder(book, ground, chance, given, [worker.id for worker in staff.of(Role.GRID_WORKER)])
    found = [finder.planted(spot) for spot in hotspots(ground.land) for _ in range(spot.suspects)]
    while len(found) < TOTAL - MOVED:
        found.append(finder.anywhere(schools, found))
    closed = [each for each in found if each.row["state"] is SiteState.CLOSED and each.at]
    found += [finder.moved(old) for old in chance.some(closed, MOVED)]
    return found


class Finder:
    def __init__(self, book: Book, ground: Ground, chance: Chance, given: names.Unique, finders: list[UUID]):
        self.book, self.ground, self.chance, self.given, self.finders = book, ground, chance, given, finders

    def planted(self, hotspot: Hotspot) -> Spot:
        """One site of a hotspot; none of these is dismissed."""
        chance = self.chance
        category = chance.choice(hotspot.categories)
        state = chance.weighted({state: n for state, n in STATES.items() if state is not SiteState.DISMISSED})
        days = chance.uniform(5, hotspot.last_days)
        spot = self._site(category, chance.choice(hotspot.premises), state, hotspot.near(chance), days)
        spot.hotspot = hotspot.name
        return spot

    def anywhere(self, schools: list[Spot], found: list[Spot]) -> Spot:
        chance, land = self.chance, self.ground.land
        category = chance.weighted({each: weight for each, (weight, _) in DISGUISES.items()})
        premises = chance.weighted(PLACES)
        cold = sum(is_cold(each.at) for each in found)
        at = self._place(schools, premises)
        while not land.inside(at) or (is_cold(at) and cold >= COLD):
            at = self._place(schools, premises)
        state = SiteState.DISMISSED if is_cold(at) else chance.weighted(STATES)
        known = not (state is SiteState.REPORTED and len(found) % 4 == 0)
        return self._site(category, premises, state, at, chance.uniform(2, 400), known=known)

    def moved(self, old: Spot) -> Spot:
        """The same class, opened again a few hundred metres on, under nearly the same name."""
        chance = self.chance
        at = old.at or (0.0, 0.0)
        while True:
            new = (at[0] + chance.gauss(0, 600), at[1] + chance.gauss(0, 600))
            if plane.away(at, new) > 250 and self.ground.land.inside(new) and not is_cold(new):
                break
        days = max(1.0, (self.book.until - old.since) / timedelta(days=1) * chance.uniform(0.2, 0.7))
        state = chance.choice([SiteState.REPORTED, SiteState.VERIFIED, SiteState.RECTIFYING])
        spot = self._site(old.category, old.row["premises"], state, new, days, name=f"新{old.name.lstrip('新')}")
        spot.row["moved_from_id"] = old.id
        spot.row["remark"] = f"疑由“{old.name}”搬迁而来"
        return spot

    def _place(self, schools: list[Spot], premises: Premises) -> plane.Point:
        """Most stand near a school, flats and garages in a compound, the rest in villages."""
        chance, land = self.chance, self.ground.land
        if premises is Premises.VILLAGE or chance.happens(0.06):
            village = chance.choice(land.villages)
            return village.seat[0] + chance.gauss(0, 160), village.seat[1] + chance.gauss(0, 160)
        if premises in addresses.INDOORS and chance.happens(0.45):
            return terrain.within(chance.choice(chance.choice(land.compounds).buildings), chance)
        school = chance.choice(schools).at or (0.0, 0.0)
        return school[0] + chance.gauss(0, 130), school[1] + chance.gauss(0, 130)

    def _site(
        self,
        category: SiteCategory,
        premises: Premises,
        state: SiteState,
        at: plane.Point,
        days: float,
        *,
        name: str | None = None,
        known: bool = True,
    ) -> Spot:
        chance, land = self.chance, self.ground.land
        since = self.book.days_ago(days)
        closed = state is SiteState.CLOSED
        return add_site(
            self.book,
            self.ground,
            SiteKind.SUSPECTED,
            category,
            state,
            name or self._name(category),
            at,
            since,
            known_place=known,
            premises=premises,
            licence_state=_papers(state, chance),
            public_list=PublicList.BLACK if closed and chance.happens(0.5) else None,
            location_accuracy_m=_accuracy_m(premises, chance) if known else None,
            address=addresses.of(land, at, chance, premises),
            person_in_charge=names.person(chance) if chance.happens(0.6) else None,
            phone=names.phone(chance) if chance.happens(0.4) else None,
            pupils=chance.randint(4, 45) if chance.happens(0.7) else None,
            staff=chance.randint(1, 5) if chance.happens(0.7) else None,
            watched_until=self.book.today + timedelta(days=chance.randint(-40, 180)) if closed else None,
            created_by_id=chance.choice(self.finders) if chance.happens(0.7) else None,
        )

    def _name(self, category: SiteCategory) -> str:
        chance = self.chance
        trade = chance.choice(DISGUISES[category][1])
        if category in (Category.ONE_TO_ONE, Category.LIVE_IN_TUTOR, Category.UNLICENSED_CLASS):
            who = chance.choice(names.SURNAMES) + "老师"
            return self.given(f"{who}{trade}")
        return self.given(f"{chance.choice(names.TUTOR_BRANDS)}{trade}")


def _papers(state: SiteState, chance: Chance) -> LicenceState | None:
    if state is SiteState.REPORTED:
        return None
    if state is SiteState.LICENSED:
        return LicenceState.COMPLETE
    return chance.weighted(
        {LicenceState.NONE: 74, LicenceState.REGISTRATION_ONLY: 24, LicenceState.PERMIT_ONLY: 2}
    )


def _accuracy_m(premises: Premises, chance: Chance) -> float:
    poor = premises in (Premises.GARAGE, Premises.BASEMENT)
    return round(chance.uniform(45, 180) if poor else chance.lognormvariate(2.5, 0.5), 1)
