"""The teams of a sweep: who goes with whom, who is free, who dropped out and what that leaves open."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import local
from inspections.access import get, require
from inspections.errors import Conflict, Invalid
from inspections.registry.departments import DepartmentKind
from inspections.registry.site_facts import word_of
from inspections.sweeps import assembling, away_editing, mix_editing, proposing, team_editing
from inspections.sweeps.availability import list_people
from inspections.sweeps.gaps import gaps_of
from inspections.sweeps.mixes import list_mixes, words_of_lack, words_of_mix
from inspections.sweeps.plans import read_plan
from inspections.sweeps.sweeps import Sweep, SweepState
from inspections.sweeps.teams import Absence, SweepTeam, SweepTeamMember

from .. import tile_sources
from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from ..keys import key_ring
from . import bp
from .sites import again_when_invalid
from .words import option

CHINA_CLOCK = "%Y-%m-%dT%H:%M"


@bp.get("/sweeps/<uuid:sweep_id>/teams")
def sweep_teams(sweep_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> Response:
    person = current_person()
    require(person, "sweep.plan")
    sweep = assembling.known_sweep(session(), person, sweep_id)
    plan = read_plan(session(), person, key_ring().sweep, sweep)
    people = list_people(session(), sweep, {stop.site_id for stop in plan.stops})
    teams = assembling.teams_of(session(), sweep)
    page = render_template(
        "desk/sweeps/teams.html",
        sweep=sweep,
        teams=teams,
        gaps={gap.view.team.id: gap for gap in gaps_of(session(), person, key_ring().sweep, sweep)},
        people=_chosen(people),
        free=[each for each in people if each.is_free],
        total=len(people),
        all_people=[("", _("请选择")), *((str(each.person_id), each.name) for each in people)],
        hours=_hours(sweep.meets_at, sweep.ends_at),
        departments=[option(kind) for kind in DepartmentKind],
        absences=[option(each) for each in Absence],
        words_of_lack=words_of_lack,
        is_planned=sweep.state is SweepState.PLANNING,
        is_open=sweep.state in assembling.OPEN,
        asked=request.args,
        given=given or _usual(sweep, teams),
        wrong=wrong or {},
        said=said,
        settings=_map_settings(teams),
    )
    return secret(page)


def secret(page: str) -> Response:
    """An answer to somebody on the need-to-know list: no cache keeps it."""
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _chosen(people: list[Any]) -> list[Any]:
    """Those of a department, the certified, the free ones: as the filter above the list asks."""
    kind, words = request.args.get("department", ""), request.args.get("q", "").strip()
    return [
        each
        for each in people
        if (not kind or each.kind == kind)
        and (not words or words in each.name)
        and (not request.args.get("certified") or each.certificate)
        and (not request.args.get("free") or each.is_free)
    ]


def _usual(sweep: Sweep, teams: list[assembling.TeamView]) -> dict[str, Any]:
    """A new team sets out where the last one does, for the whole sweep."""
    given: dict[str, Any] = {"count": 3} | _hours(sweep.starts_at, sweep.ends_at)
    if teams:
        last = teams[-1]
        given |= {"lon": f"{last.lon:.6f}", "lat": f"{last.lat:.6f}", "start_name": last.team.start_name}
    return given


def _hours(from_at: Any, until_at: Any) -> dict[str, str]:
    return {"from_at": local(from_at).strftime(CHINA_CLOCK), "until_at": local(until_at).strftime(CHINA_CLOCK)}


def _map_settings(teams: list[assembling.TeamView]) -> dict[str, Any]:
    return {
        "sources": tile_sources.offer(),
        "urls": {
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
        },
        "starts": [{"number": each.team.number, "lon": each.lon, "lat": each.lat} for each in teams],
    }


def _back(sweep_id: UUID) -> Response:
    return redirect(url_for("desk.sweep_teams", sweep_id=sweep_id), 303)


def refused(error: Conflict | Invalid) -> None:
    session().rollback()
    first = next(iter(error.fields.values()), error.message) if isinstance(error, Invalid) else error.message
    flash(translated(first), "problem")


@bp.post("/sweeps/<uuid:sweep_id>/teams")
@again_when_invalid(sweep_teams)
def add_sweep_teams(sweep_id: UUID) -> Response:
    """One team (`deed` add), or several proposed from those who are free (`deed` propose)."""
    person, form = current_person(), request.form
    try:
        if form.get("deed") == "propose":
            _propose(sweep_id)
        else:
            team_editing.add_team(session(), person, sweep_id, form)
            flash(_("小组已建好，下一步：派人"), "ok")
    except Conflict as error:
        refused(error)
    return _back(sweep_id)


def _propose(sweep_id: UUID) -> None:
    count = request.form.get("count", 1, type=int)
    made, wanting = proposing.propose(session(), current_person(), key_ring().sweep, sweep_id, count, request.form)
    if made:
        flash(_("已组 %(n)s 个小组，请核对人员和车辆", n=len(made)), "ok")
    for each in wanting:
        flash(translated(each), "due")


def _team_page(team_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> Response:
    person = current_person()
    require(person, "sweep.plan")
    team = get(session(), person, SweepTeam, team_id)
    sweep = assembling.known_sweep(session(), person, team.sweep_id)
    view = next(each for each in assembling.teams_of(session(), sweep) if each.team.id == team.id)
    known = {name: getattr(team, name) for name in ("name", "vehicle", "start_name")}
    known |= _hours(team.from_at, team.until_at) | {"edited": team_editing.stamp(team)}
    known |= {"lon": f"{view.lon:.6f}", "lat": f"{view.lat:.6f}"}
    page = render_template(
        "desk/sweeps/team.html",
        sweep=sweep,
        team=team,
        view=view,
        given=given or known,
        wrong=wrong or {},
        said=said,
        settings=_map_settings([view]),
        is_planned=sweep.state is SweepState.PLANNING,
    )
    return secret(page)


@bp.get("/sweep-teams/<uuid:team_id>")
def sweep_team(team_id: UUID) -> Response:
    return _team_page(team_id)


@bp.post("/sweep-teams/<uuid:team_id>")
@again_when_invalid(_team_page)
def change_sweep_team(team_id: UUID) -> Response:
    """`deed`: save it, remove it, or let somebody join it."""
    person, form = current_person(), request.form
    require(person, "sweep.plan")
    sweep_id = get(session(), person, SweepTeam, team_id).sweep_id
    try:
        if form.get("deed") == "remove":
            team_editing.remove_team(session(), person, team_id)
        elif form.get("deed") == "join":
            team_editing.join(session(), person, team_id, _id(form, "person_id"))
        else:
            team_editing.change_team(session(), person, team_id, form)
            flash(_("已保存"), "ok")
    except Conflict as error:
        refused(error)
    return _back(sweep_id)


@bp.post("/sweep-members/<uuid:member_id>")
def change_sweep_member(member_id: UUID) -> Response:
    """`deed`: lead the team, be taken off while it is planned, or drop out with a reason."""
    person, form = current_person(), request.form
    require(person, "sweep.plan")
    member = get(session(), person, SweepTeamMember, member_id)
    sweep_id = get(session(), person, SweepTeam, member.team_id).sweep_id
    try:
        _deed(member_id, form)
    except (Conflict, Invalid) as error:
        refused(error)
    return _back(sweep_id)


def _deed(member_id: UUID, form: Mapping[str, str]) -> None:
    person = current_person()
    if form.get("deed") == "lead":
        team_editing.lead(session(), person, member_id)
    elif form.get("deed") == "take_off":
        team_editing.take_off(session(), person, member_id)
    else:
        absence = word_of(Absence, form.get("absence", "")) or Absence.OTHER
        assembling.drop_out(session(), person, member_id, absence, form.get("note", ""), now())
        flash(_("已记下退出。请看哪些点位缺人"), "due")


def _id(form: Mapping[str, str], name: str) -> UUID:
    try:
        return UUID(form.get(name, ""))
    except ValueError:
        raise Conflict from None


@bp.post("/sweeps/<uuid:sweep_id>/away-times")
def change_away_times(sweep_id: UUID) -> Response:
    """Somebody is away for a time, or (`away_id`) is not after all."""
    person, form = current_person(), request.form
    require(person, "sweep.plan")
    assembling.known_sweep(session(), person, sweep_id)
    try:
        if form.get("away_id"):
            away_editing.remove_away(session(), person, _id(form, "away_id"))
        else:
            away_editing.add_away(session(), person, form)
            flash(_("已记下"), "ok")
    except (Conflict, Invalid) as error:
        refused(error)
    return _back(sweep_id)


@bp.get("/sweep-mixes")
def sweep_mixes(given: Any = None, wrong: Any = None, said: str = "") -> str:
    """Whom stops require, as the county has it; `?edit=` opens one."""
    person = current_person()
    require(person, "sweep.plan")
    mixes = list_mixes(session(), person.county)
    chosen = next((each for each in mixes if each.code == request.args.get("edit")), None)
    known: dict[str, Any] = {"certified": 2, "is_used": "1"}
    if chosen:
        known = {"code": chosen.code, "name": chosen.name, "certified": chosen.certified, "basis": chosen.basis,
                 "edited": chosen.edited, "is_used": chosen.is_used}  # fmt: skip
        known |= {f"department_{kind}": count for kind, count in chosen.departments.items()}
    return render_template(
        "desk/sweeps/mixes.html",
        mixes=mixes,
        words_of_mix=words_of_mix,
        departments=[option(kind) for kind in DepartmentKind],
        is_open=bool(chosen or given or request.args.get("new")),
        chosen=chosen,
        given=given or known,
        wrong=wrong or {},
        said=said,
    )


@bp.post("/sweep-mixes")
@again_when_invalid(sweep_mixes)
def save_sweep_mix() -> Response:
    try:
        mix_editing.save_mix(session(), current_person(), request.form)
    except Conflict as error:
        refused(error)
    else:
        flash(_("已保存"), "ok")
    return redirect(url_for("desk.sweep_mixes"), 303)
