"""Sweeps on the phone: whose team goes when, the sealed packet beforehand, its key from T-0 on."""

from typing import Any
from uuid import UUID

from flask import Response

from inspections.access import require
from inspections.evidence.keys import b64
from inspections.sweeps.openings import Deed, insist_on_holder, note, receive
from inspections.sweeps.packets import live_packet
from inspections.sweeps.packing import OwnTeam, own_teams, packet_of
from inspections.sweeps.starting import start_of
from inspections.sweeps.sweeps import SweepState

from ..answers import no_store
from ..auth import current_person, now
from ..db import session
from ..keys import key_ring
from . import bp
from .bodies import json_body
from .json_answers import as_json

MAX_REPORT_BYTES = 4_000


@bp.get("/sweeps/mine")
def own_sweeps() -> Response:
    """Sealed and running sweeps that the person is on a team of: hours, meeting point, own team, no target."""
    require(current_person(), "sweep.take_part")
    return _answer(
        {"server_time": now(), "sweeps": [_line(each) for each in own_teams(session(), current_person())]}
    )


def _line(own: OwnTeam) -> dict[str, Any]:
    sweep, team = own
    names = ("id", "name", "state", "meeting_point", "meets_at", "starts_at", "ends_at", "released_at")
    packet = live_packet(session(), team)
    return {name: getattr(sweep, name) for name in names} | {
        "team": {name: getattr(team, name) for name in ("id", "number", "name", "vehicle", "start_name")},
        "packet": packet and {"id": packet.id, "revision": packet.revision},
    }


@bp.get("/sweeps/<uuid:sweep_id>/packet")
def sweep_packet(sweep_id: UUID) -> Response:
    """The envelope, which opens with the key or with the spoken code (`inspections.sweeps.codes`)."""
    require(current_person(), "sweep.take_part")
    given = packet_of(session(), current_person(), sweep_id, key_ring().sweep, now())
    note(session(), current_person(), given.packet, Deed.FETCHED, now())
    return _answer(given.envelope)


@bp.get("/sweeps/<uuid:sweep_id>/key")
def sweep_key(sweep_id: UUID) -> Response:
    """`key` opens the packet `packet_id`; both are null before T-0, whatever the phone's clock says."""
    require(current_person(), "sweep.take_part")
    start = start_of(session(), current_person(), key_ring().sweep, sweep_id, now())
    sweep = start.sweep
    return _answer(
        {
            "state": sweep.state,
            "starts_at": sweep.starts_at,
            "server_time": now(),
            "released": sweep.state is SweepState.RUNNING,
            "packet_id": start.packet_id,
            "key": b64(start.secret.key) if start.secret else None,
        }
    )


@bp.post("/sweeps/<uuid:sweep_id>/opened")
def packet_opened(sweep_id: UUID) -> Response:
    """What became of a packet on the phone; the same report twice is one."""
    require(current_person(), "sweep.take_part")
    insist_on_holder(session(), current_person(), sweep_id)
    kept = receive(session(), current_person(), sweep_id, json_body(MAX_REPORT_BYTES), now())
    return _answer({"id": kept.id, "deed": kept.deed, "heard_at": kept.heard_at})


def _answer(body: dict[str, Any]) -> Response:
    return no_store(Response(as_json(body), mimetype="application/json"))
