"""Proposing teams: enough of each mix that the plan's stops require, from the people who are free."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ..access import require
from ..errors import Conflict, Message, say
from ..registry.people import Person
from .assembling import known_sweep, teams_of
from .availability import Candidate, list_people
from .mixes import STANDARD, Mix, lacks, mixes_of, words_of_lack
from .plans import read_plan
from .sweeps import SweepState
from .team_editing import MOST_TEAMS, add_team, join
from .teams import SweepTeam


def propose(
    session: Session, person: Person, keys: Sequence[bytes], sweep_id: UUID, count: int, form: Mapping[str, Any]
) -> tuple[list[SweepTeam], list[Message]]:
    """Add up to `count` teams of people who are free, each able to serve what the plan's stops require most and
    still lack. `form` has where they set out, as `add_team` takes it.

    The second answer says what was wanting, in words, where fewer teams or less able ones came about.
    """
    require(person, "sweep.plan")
    sweep = known_sweep(session, person, sweep_id)
    if sweep.state is not SweepState.PLANNING:
        raise Conflict(say("方案已封存，不能再整组添加"))
    plan = read_plan(session, person, keys, sweep)
    mixes = mixes_of(session, sweep.county)
    wanted = _wanted([stop.mix if stop.mix in mixes else STANDARD for stop in plan.stops], mixes, count)
    people = list_people(session, sweep, {stop.site_id for stop in plan.stops})
    able = {code for code in wanted for view in teams_of(session, sweep) if not lacks(mixes[code], view.skills)}
    # What no team can do yet comes first
    wanted.sort(key=lambda code: code in able)
    groups, wanting = assemble([mixes[code] for code in wanted], [each for each in people if each.is_free])
    made = []
    for group in groups:
        team = add_team(session, person, sweep.id, dict(form) | {"name": ""})
        for each in group:
            join(session, person, team.id, each.person_id)
        made.append(team)
    return made, wanting


def _wanted(codes: Sequence[str], mixes: Mapping[str, Mix], count: int) -> list[str]:
    """For each of `count` teams the mix it is to meet: one at least of each that occurs, the rest by share."""
    count = max(1, min(count, MOST_TEAMS))
    stops = Counter(codes) or Counter({STANDARD: 1})
    # Who meets a mix that asks for more serves the standard stops as well
    hardest = sorted(stops, key=lambda code: (-_size(mixes[code]), code))
    found = [code for code in hardest if code != STANDARD][:count]
    for code in hardest:
        share = math.ceil(count * stops[code] / sum(stops.values()))
        found += [code] * max(0, min(share - found.count(code), count - len(found)))
    return found + [STANDARD] * (count - len(found))


def _size(mix: Mix) -> int:
    return max(mix.certified, sum(mix.departments.values()))


def assemble(mixes: Sequence[Mix], free: Sequence[Candidate]) -> tuple[list[list[Candidate]], list[Message]]:
    """A group for each mix, no one in two, and what was wanting for those that could not be made.

    Certified people of the departments that a mix names go first, and of these whoever must stay out of fewest of
    the stops; then others, of departments that the group lacks and that have most people to spare.
    """
    left = sorted(free, key=lambda each: (each.kept_out, each.certificate is None))
    groups: list[list[Candidate]] = []
    wanting: list[Message] = []
    for mix in mixes:
        group = _group(mix, left, mixes)
        short = lacks(mix, [each.skill for each in group])
        if short:
            lack = [words_of_lack(each) for each in short]
            wanting.append(say("{mix}还差一组：空闲人员里缺{lack}", mix=mix.label, lack=lack))
            continue
        groups.append(sorted(group, key=lambda each: (each.certificate is None, each.name)))
        left = [each for each in left if each not in group]
    return groups, wanting


def _group(mix: Mix, left: Sequence[Candidate], mixes: Sequence[Mix]) -> list[Candidate]:
    group: list[Candidate] = []
    for kind, least in mix.departments.items():
        group += [each for each in left if each.kind == kind][:least]
    spare = Counter(each.kind for each in left)
    asked = Counter(kind for other in mixes for kind in other.departments)

    def plenty(candidate: Candidate) -> float:
        return spare[candidate.kind] - (asked[candidate.kind] if candidate.kind else 0)

    while sum(each.certificate is not None for each in group) < mix.certified:
        others = [each for each in left if each.certificate is not None and each not in group]
        if not others:
            break
        # A joint team is one of several departments, as far as there are people of them
        there = {each.kind for each in group}
        group.append(max(others, key=lambda each: (each.kind not in there, plenty(each))))
    return group
