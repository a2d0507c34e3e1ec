"""Sites of one operator or in one building: who enters one warns the others, unless all are entered at once."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..access import visible
from ..errors import Message, say
from ..registry.people import Person
from ..registry.sites import Site
from ..vocabulary import Choice

MOST_LINKS = 12
SHORTEST_PHONE = 7
SHORTEST_NAME = 3
NEXT_DOOR_M = 20.0
METRES_A_DEGREE = 111_195.0


class Tie(Choice):
    """What two sites have in common, the strongest first."""

    PHONE = "phone", say("同一个电话")
    HOLDER = "holder", say("同一个持证人")
    IN_CHARGE = "in_charge", say("同一个负责人")
    NAME = "name", say("同一个名称")
    BUILDING = "building", say("同一栋楼")
    NEXT_DOOR = "next_door", say("紧挨着")


TIE = {tie.value: tie for tie in Tie}
# By these a site belongs to the same people; by the others only to the same place
OF_OPERATOR = (Tie.PHONE, Tie.HOLDER, Tie.IN_CHARGE, Tie.NAME)


class Link(NamedTuple):
    """Another site and what it has in common."""

    site_id: UUID
    name: str
    ties: tuple[Tie, ...]

    @property
    def is_of_operator(self) -> bool:
        return any(tie in OF_OPERATOR for tie in self.ties)

    @property
    def words(self) -> Message:
        return say("{ties}：{name}", ties=[tie.label for tie in self.ties], name=self.name)


def links_of(session: Session, person: Person, site_ids: Iterable[UUID]) -> Mapping[UUID, list[Link]]:
    """For each site the others that are tied to it, the strongest ties first; sites without any are left out.

    Closed and dismissed sites are not looked at, nor schools: a class in a school's house is not the school's.
    """
    asked = {
        "county": person.county,
        "ids": list(site_ids),
        "phone": SHORTEST_PHONE,
        "name": SHORTEST_NAME,
        "near": NEXT_DOOR_M / METRES_A_DEGREE,
        "metres": NEXT_DOOR_M,
    }
    found: dict[UUID, dict[UUID, set[Tie]]] = {}
    for site_id, other_id, tie in session.execute(TIES, asked):
        found.setdefault(site_id, {}).setdefault(other_id, set()).add(TIE[tie])
    others = {other for ties in found.values() for other in ties}
    seen = visible(person, Site).where(Site.id.in_(others)).with_only_columns(Site.id, Site.name)
    names = {row[0]: row[1] for row in session.execute(seen)}
    return {
        site_id: ranked
        for site_id, ties in found.items()
        if (
            ranked := _ranked(Link(key, names[key], _in_order(each)) for key, each in ties.items() if key in names)
        )
    }


def _in_order(ties: set[Tie]) -> tuple[Tie, ...]:
    return tuple(tie for tie in Tie if tie in ties)


def _ranked(links: Iterable[Link]) -> list[Link]:
    order = list(Tie)
    return sorted(links, key=lambda link: (order.index(link.ties[0]), link.name, link.site_id))[:MOST_LINKS]


# `others` are all sites that could be entered, with what they are compared by; empty words compare with nothing
TIES = text(
    """
    with others as materialized (
        select id, location, nullif(btrim(name), '') as name, nullif(btrim(person_in_charge), '') as in_charge,
            regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g') as digits,
            nullif(concat_ws(' ', nullif(btrim(compound), ''), nullif(btrim(building), '')), '') as house,
            nullif(btrim(building), '') is not null as has_building
        from sites where county = :county and kind <> 'school' and state not in ('closed', 'dismissed')
    ), own as materialized (select * from others where id = any(cast(:ids as uuid[]))),
    papers as (
        select site_id, coalesce(credit_code, nullif(btrim(holder), '')) as holder
        from licences where county = :county and coalesce(credit_code, nullif(btrim(holder), '')) is not null
    )
    select o.id, s.id, 'phone' from own o join others s on s.digits = o.digits and s.id <> o.id
        where char_length(o.digits) >= :phone
    union select o.id, s.id, 'in_charge' from own o join others s on s.in_charge = o.in_charge and s.id <> o.id
        where char_length(o.in_charge) >= 2
    union select o.id, s.id, 'name' from own o join others s on s.name = o.name and s.id <> o.id
        where char_length(o.name) >= :name
    union select o.id, s.id, 'building' from own o join others s on s.house = o.house and s.id <> o.id
        where o.has_building and s.has_building
    union select o.id, s.id, 'holder' from own o join papers p on p.site_id = o.id
        join papers q on q.holder = p.holder and q.site_id <> p.site_id join others s on s.id = q.site_id
    union select o.id, s.id, 'next_door' from own o join sites s
        on s.county = :county and s.id <> o.id and s.kind <> 'school' and s.state not in ('closed', 'dismissed')
            and st_dwithin(s.location, o.location, 2 * :near)
            and st_distancesphere(s.location, o.location) <= :metres
    """
)
