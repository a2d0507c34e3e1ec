"""The live board of a sweep: the page, what is new on it as it happens, and what command does there."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response, current_app, jsonify, render_template, request

from inspections.access import can, require
from inspections.errors import Invalid, NotFound, say
from inspections.sweeps import board, commanding
from inspections.sweeps.assembling import drop_out
from inspections.sweeps.feed import Change, Feed, Viewer, as_change
from inspections.sweeps.reading import find_sweep
from inspections.sweeps.stops import StopState
from inspections.sweeps.sweeps import Sweep, SweepState
from inspections.sweeps.teams import Absence

from .. import tile_sources
from ..answers import no_store, pressed
from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp

# An open board says so as often: else nobody would learn that a viewer has gone
BEAT_S = 15.0
# Then the viewer comes again by itself, and is asked who it is
LONGEST_S = 600.0


@bp.get("/sweeps/<uuid:sweep_id>/live")
def sweep_live(sweep_id: UUID) -> Response:
    sweep = _watched(sweep_id)
    person = current_person()
    seen = board.snapshot(session(), person, sweep)
    page = render_template(
        "desk/sweeps/live.html",
        sweep=sweep,
        board=seen,
        may_command=can(person, "sweep.command") and sweep.state is SweepState.RUNNING,
        states=list(StopState),
        absences=[(each.value, translated(each.label)) for each in Absence],
        teams=[(team["id"], team["name"]) for team in seen["teams"]],
        settings=_settings(sweep),
    )
    return no_store(page)


@bp.get("/sweeps/<uuid:sweep_id>/board")
def sweep_board(sweep_id: UUID) -> Response:
    """The board as JSON; with `since`, the number of an entry, what has changed since then."""
    sweep, number = _watched(sweep_id), request.args.get("since", type=int)
    person = current_person()
    seen = (
        board.snapshot(session(), person, sweep)
        if number is None
        else board.since(session(), person, sweep, number)
    )
    answer = pressed(as_change(seen).content, "application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/sweeps/<uuid:sweep_id>/stream")
def sweep_stream(sweep_id: UUID) -> Response:
    """Server-sent events: first what has changed since `Last-Event-ID` (or `since`), then each change."""
    sweep = _watched(sweep_id)
    number = request.headers.get("Last-Event-ID", type=int)
    number = request.args.get("since", 0, type=int) if number is None else number
    feed: Feed = current_app.extensions["feed"]
    viewer = feed.open(sweep.county, sweep.id)
    try:
        # It is looked up after the viewer has begun to listen, so that nothing falls between
        missed = board.since(session(), current_person(), sweep, number)
    except BaseException:
        feed.leave(viewer)
        raise
    answer = Response(_events(feed, viewer, as_change(missed)), mimetype="text/event-stream")
    answer.call_on_close(lambda: feed.leave(viewer))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _events(feed: Feed, viewer: Viewer, missed: Change) -> Iterator[bytes]:
    yield b"retry: 2000\n\n" + _event(missed)
    for _beat in range(round(LONGEST_S / BEAT_S)):
        change = viewer.next(BEAT_S)
        while change is not None:
            yield _event(change)
            change = viewer.next(BEAT_S)
        if not viewer.is_open:
            return
        yield b": beat\n\n"


def _event(change: Change) -> bytes:
    return b"id: %d\ndata: %s\n\n" % change


@bp.post("/sweeps/<uuid:sweep_id>/live/message")
def send_sweep_message(sweep_id: UUID) -> Response:
    entry = commanding.message(session(), current_person(), sweep_id, _words(), now(), _id("team_id", False))
    return jsonify(number=entry.number)


@bp.post("/sweeps/<uuid:sweep_id>/live/reassign")
def reassign_sweep_stop(sweep_id: UUID) -> Response:
    _commanded(sweep_id)
    commanding.reassign(
        session(), current_person(), _needed("stop_id"), _needed("team_id"), now(), _id("seen", False), _words()
    )
    return jsonify(done=True)


@bp.post("/sweeps/<uuid:sweep_id>/live/add")
def add_sweep_stop(sweep_id: UUID) -> Response:
    _commanded(sweep_id)
    stop = commanding.add_stop(
        session(), current_person(), sweep_id, _needed("site_id"), _needed("team_id"), now(), _words()
    )
    return jsonify(stop_id=str(stop.id))


@bp.post("/sweeps/<uuid:sweep_id>/live/drop")
def drop_sweep_stop(sweep_id: UUID) -> Response:
    _commanded(sweep_id)
    commanding.drop_stop(session(), current_person(), _needed("stop_id"), _words(), now())
    return jsonify(done=True)


@bp.post("/sweeps/<uuid:sweep_id>/live/reopen")
def reopen_sweep_stop(sweep_id: UUID) -> Response:
    _commanded(sweep_id)
    commanding.reopen(session(), current_person(), _needed("stop_id"), _words(), now())
    return jsonify(done=True)


@bp.post("/sweeps/<uuid:sweep_id>/live/resolve")
def resolve_sweep_entry(sweep_id: UUID) -> Response:
    _commanded(sweep_id)
    commanding.resolve(session(), current_person(), _needed("entry_id"), _words(), now())
    return jsonify(done=True)


@bp.post("/sweeps/<uuid:sweep_id>/live/left")
def drop_out_of_sweep(sweep_id: UUID) -> Response:
    _commanded(sweep_id)
    absence = next((each for each in Absence if each == request.form.get("absence")), None)
    if absence is None:
        raise Invalid({"absence": say("请选择一项")})
    drop_out(session(), current_person(), _needed("member_id"), absence, request.form.get("words", ""), now())
    return jsonify(done=True)


@bp.post("/sweeps/<uuid:sweep_id>/live/end")
def end_sweep(sweep_id: UUID) -> Response:
    commanding.end(session(), current_person(), sweep_id, _words(), now())
    return jsonify(done=True)


def _watched(sweep_id: UUID) -> Sweep:
    sweep = find_sweep(session(), current_person(), sweep_id)
    if not board.may_look(session(), current_person(), sweep):
        raise NotFound
    return sweep


def _commanded(sweep_id: UUID) -> None:
    """Who may do what is asked before anything is said of the form."""
    require(current_person(), "sweep.command")
    find_sweep(session(), current_person(), sweep_id)


def _settings(sweep: Sweep) -> dict[str, Any]:
    return {
        "address": f"/sweeps/{sweep.id}",
        "now": now().isoformat(),
        "sources": tile_sources.offer(),
        "urls": {
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
        },
    }


def _words() -> str:
    return request.form.get("words", "")


def _needed(name: str) -> UUID:
    found = _id(name)
    assert found is not None
    return found


def _id(name: str, required: bool = True) -> UUID | None:
    text = request.form.get(name, "")
    if not text and not required:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({name: say("请选择一项")}) from None
