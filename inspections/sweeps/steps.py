"""The steps by which a plan is edited. Each is one thing a person does, and makes a new plan of the old one."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..errors import Conflict, Invalid, say
from ..incoming import messages
from .plan import Plan, PlannedStop, PlanSource

MOST_STOPS = 300
LONGEST_REASON = 200
# Makes stops of sites, with what is known of them: (site ids, source, its id)
Describe = Callable[[tuple[UUID, ...], PlanSource, UUID | None], list[PlannedStop]]


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        """The plan after this step. Raises Invalid, and Conflict for a stop that is not on it any more."""
        raise NotImplementedError


class AddStops(_Step):
    """Sites that are on the plan already stay as they are; one that was dropped comes back."""

    kind: Literal["add"] = "add"
    site_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MOST_STOPS)
    source: PlanSource = PlanSource.PICKED
    source_id: UUID | None = None

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        there = {stop.site_id for stop in plan.stops}
        wanted = tuple(dict.fromkeys(each for each in self.site_ids if each not in there))
        if len(there) + len(wanted) > MOST_STOPS:
            raise Invalid({"site_ids": say("一次行动最多 {n} 处，请分成几次", n=MOST_STOPS)})
        added = describe(wanted, self.source, self.source_id) if wanted else []
        dropped = {key: words for key, words in plan.dropped.items() if key not in {one.site_id for one in added}}
        return stale(plan.model_copy(update={"stops": (*plan.stops, *added), "dropped": dropped}))


class DropStop(_Step):
    """Out of the plan, with the reason; what was linked with it stays linked among itself."""

    kind: Literal["drop"] = "drop"
    stop_id: UUID
    reason: str = Field(default="", max_length=LONGEST_REASON)

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        if not self.reason.strip():
            raise Invalid({"reason": say("请写明为什么不去，以后有人会问")})
        gone = _known(plan, self.stop_id)
        kept = tuple(stop for stop in plan.stops if stop.id != gone.id)
        dropped = {**plan.dropped, gone.site_id: self.reason.strip()}
        return stale(_unlinked(plan.model_copy(update={"stops": kept, "dropped": dropped})))


class SetWindow(_Step):
    """Bound the entry of a stop; neither moment frees it."""

    kind: Literal["window"] = "window"
    stop_id: UUID
    earliest_at: AwareDatetime | None = None
    latest_at: AwareDatetime | None = None

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        if self.earliest_at and self.latest_at and self.latest_at < self.earliest_at:
            raise Invalid({"latest_at": say("最晚进入的时间不能早于最早进入的时间")})
        change = {"earliest_at": self.earliest_at, "latest_at": self.latest_at}
        return stale(_changed(plan, self.stop_id, change))


class SetLink(_Step):
    """These stops are entered at once, with those that one of them was linked to; `linked` False frees them."""

    kind: Literal["link"] = "link"
    stop_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MOST_STOPS)
    linked: bool = True

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        chosen = [_known(plan, each) for each in self.stop_ids]
        ids = {stop.id for stop in chosen}
        if not self.linked:
            stops = tuple(s.model_copy(update={"link": None}) if s.id in ids else s for s in plan.stops)
            return stale(_unlinked(plan.model_copy(update={"stops": stops})))
        if len(ids) < 2:
            raise Invalid({"stop_ids": say("请至少选两处")})
        links = {stop.link for stop in chosen if stop.link}
        name = min(links) if links else _new_link(plan)
        stops = tuple(
            s.model_copy(update={"link": name}) if s.id in ids or (s.link and s.link in links) else s
            for s in plan.stops
        )
        return stale(plan.model_copy(update={"stops": stops}))


class SetApproach(_Step):
    """How to come up to the place: which door, where to leave the car, who goes to the back."""

    kind: Literal["approach"] = "approach"
    stop_id: UUID
    approach: str = Field(default="", max_length=2000)

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        return _changed(plan, self.stop_id, {"approach": self.approach.strip()})


class SetService(_Step):
    """Minutes on the spot; None for those of the sweep."""

    kind: Literal["service"] = "service"
    stop_id: UUID
    service_minutes: int | None = Field(default=None, ge=1, le=480)

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        return stale(_changed(plan, self.stop_id, {"service_minutes": self.service_minutes}))


class SetMix(_Step):
    """Which departments and how many officers the stop requires, by the code of a mix."""

    kind: Literal["mix"] = "mix"
    stop_id: UUID
    mix: str = Field(min_length=1, max_length=40)

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        return stale(_changed(plan, self.stop_id, {"mix": self.mix}))


class SetExemption(_Step):
    """Why the visit doesn't count against the yearly cap, in a person's words."""

    kind: Literal["exemption"] = "exemption"
    stop_id: UUID
    exemption: str = Field(default="", max_length=LONGEST_REASON)

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        return _changed(plan, self.stop_id, {"exemption": self.exemption.strip()})


class SetOrder(_Step):
    """The order of importance, all stops named: where not all can be reached, the first ones are kept."""

    kind: Literal["order"] = "order"
    stop_ids: tuple[UUID, ...] = Field(max_length=MOST_STOPS)

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        by_id = {stop.id: stop for stop in plan.stops}
        if len(set(self.stop_ids)) != len(self.stop_ids) or set(self.stop_ids) != set(by_id):
            raise Conflict(say("名单已有变化，请核对后重新排序"))
        return plan.model_copy(update={"stops": tuple(by_id[each] for each in self.stop_ids)})


class SetArea(_Step):
    """The area that was drawn, as a ring of (lon, lat); None takes it away."""

    kind: Literal["area"] = "area"
    ring: tuple[tuple[float, float], ...] | None = Field(default=None, max_length=500)

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        from .areas import polygon_of

        return plan.model_copy(update={"area": polygon_of(self.ring) if self.ring else None})


class PinTeam(_Step):
    """The stop stays with a team, whatever the solver finds; None frees it."""

    kind: Literal["pin"] = "pin"
    stop_id: UUID
    team_id: UUID | None = None

    def apply(self, plan: Plan, describe: Describe) -> Plan:
        return stale(_changed(plan, self.stop_id, {"team_id": self.team_id}))


class Restore(_Step):
    """The plan as an older revision had it; `editing.change` reads it."""

    kind: Literal["restore"] = "restore"
    revision: int = Field(ge=0)


Step = Annotated[
    AddStops
    | DropStop
    | SetWindow
    | SetLink
    | SetApproach
    | SetService
    | SetMix
    | SetExemption
    | SetOrder
    | SetArea
    | PinTeam
    | Restore,
    Field(discriminator="kind"),
]
_STEPS: TypeAdapter[Step] = TypeAdapter(Step)


def read_step(given: Mapping[str, Any]) -> Step:
    """A step as a page sends it. Raises Invalid."""
    try:
        return _STEPS.validate_python(given)
    except ValidationError as error:
        named = messages(error)
        raise Invalid({path.rpartition(".")[2] or "step": words for path, words in named.items()}) from None


def stale(plan: Plan) -> Plan:
    """Routes were found for other stops: what is left of them stays, but they are to be found again."""
    there = {stop.id for stop in plan.stops}
    routes = tuple(
        route.model_copy(update={"visits": tuple(each for each in route.visits if each.stop_id in there)})
        for route in plan.routes
    )
    left_out = tuple(each for each in plan.left_out if each.stop_id in there)
    return plan.model_copy(update={"routes": routes, "left_out": left_out, "solved_at": None})


def _known(plan: Plan, stop_id: UUID) -> PlannedStop:
    stop = plan.stop(stop_id)
    if stop is None:
        raise Conflict(say("这一处已经不在方案里，请核对"))
    return stop


def _changed(plan: Plan, stop_id: UUID, change: dict[str, Any]) -> Plan:
    changed = _known(plan, stop_id).model_copy(update=change)
    return plan.model_copy(update={"stops": tuple(changed if s.id == stop_id else s for s in plan.stops)})


def _unlinked(plan: Plan) -> Plan:
    """A link of one stop is none."""
    links = [stop.link for stop in plan.stops if stop.link]
    single = {each for each in links if links.count(each) == 1}
    stops = tuple(s.model_copy(update={"link": None}) if s.link in single else s for s in plan.stops)
    return plan.model_copy(update={"stops": stops})


def _new_link(plan: Plan) -> str:
    taken = {stop.link for stop in plan.stops}
    return next(name for n in range(1, MOST_STOPS) if (name := f"L{n}") not in taken)
