"""Sealing a sweep, its packets, and the start: by the clock, early by command, moved."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.evidence.keys import b64
from inspections.registry.people import Role
from inspections.sweeps import codes, releasing
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.packets import Revoked, SweepPacket
from inspections.sweeps.packing import packet_of
from inspections.sweeps.plans import save_plan
from inspections.sweeps.starting import start_of
from inspections.sweeps.stops import SweepStop
from inspections.sweeps.sweeps import SweepState
from inspections.sweeps.teams import Absence, SweepTeamMember
from tests.factories import NOW, make_person
from tests.sweeps import KEYS, T0, Night, planned_sweep, running_sweep, sealed_sweep


def envelope(session: Session, night: Night, team: int = 0, now: datetime = NOW) -> dict[str, Any]:
    return packet_of(session, night.officers[team][0], night.sweep.id, KEYS, now).envelope


def live(session: Session, night: Night) -> list[SweepPacket]:
    query = select(SweepPacket).where(SweepPacket.sweep_id == night.sweep.id, SweepPacket.revoked_at.is_(None))
    return list(session.scalars(query))


def test_a_team_gets_the_way_it_goes_and_no_other_teams(session: Session) -> None:
    night = sealed_sweep(session)
    given = envelope(session, night)
    releasing.release(session, KEYS, night.sweep.id, T0)
    start = start_of(session, night.officers[0][1], KEYS, night.sweep.id, T0)
    assert start.secret
    opened = codes.open_with_key(given, start.secret.key)
    assert [stop["site"]["name"] for stop in opened["stops"]] == [site.name for site in night.sites[0]]
    assert [each["name"] for each in opened["members"]] == [person.name for person in night.officers[0]]
    assert opened["stops"][0]["approach"] == "从后巷进，先看二楼灯光"
    assert opened["contacts"][0]["phone"] == night.planner.phone
    whole = json.dumps(opened, ensure_ascii=False)
    assert not any(site.name in whole for site in (*night.sites[1], *night.sites[2]))


def test_no_key_is_given_before_the_start_whatever_the_phone_says(session: Session) -> None:
    night = sealed_sweep(session)
    start = start_of(session, night.officers[0][0], KEYS, night.sweep.id, T0 - timedelta(seconds=1))
    assert (start.packet_id, start.secret, night.sweep.state) == (None, None, SweepState.SEALED)
    assert not session.scalars(select(SweepStop)).all()


def test_who_asks_first_after_the_start_releases_the_sweep_and_it_is_done_once(session: Session) -> None:
    night = sealed_sweep(session)
    first = start_of(session, night.officers[0][0], KEYS, night.sweep.id, T0)
    assert first.secret
    assert night.sweep.state is SweepState.RUNNING
    assert not releasing.release(session, KEYS, night.sweep.id, T0 + timedelta(seconds=2))
    stops = session.scalars(select(SweepStop).order_by(SweepStop.team_id, SweepStop.position)).all()
    assert {stop.site_id for stop in stops} == {site.id for own in night.sites for site in own}
    assert [entry.kind for entry in session.scalars(select(SweepEntry))] == [Entry.RELEASED]
    assert night.sweep.released_by_id is None
    assert night.sweep.released_at == T0


def test_the_key_of_one_team_does_not_open_anothers_packet(session: Session) -> None:
    night = sealed_sweep(session)
    other = envelope(session, night, team=1)
    start = start_of(session, night.officers[0][0], KEYS, night.sweep.id, T0)
    assert start.secret
    with pytest.raises(codes.DoesNotOpen):
        codes.open_with_key(other, start.secret.key)
    with pytest.raises(codes.DoesNotOpen):
        codes.open_with_code(other, start.secret.lock.code)


def test_the_spoken_code_opens_the_packet_without_a_signal(session: Session) -> None:
    night = sealed_sweep(session)
    code = releasing.show_code(session, night.planner, KEYS, night.sweep.id, night.teams[0].id, NOW)
    assert codes.open_with_code(envelope(session, night), codes.spoken(code))["stops"]


def test_all_packets_of_a_sweep_are_as_long(session: Session) -> None:
    night = planned_sweep(session)
    routes = list(night.plan.routes)
    routes[1] = routes[1].model_copy(update={"visits": routes[1].visits[:1]})
    plan = night.plan.model_copy(update={"routes": tuple(routes)})
    save_plan(session, night.planner, KEYS, night.sweep, plan, 1, NOW)
    releasing.seal(session, night.planner, KEYS, night.sweep.id, NOW)
    assert len({len(envelope(session, night, team)["sealed"]) for team in range(3)}) == 1
    assert len({len(packet.sealed) for packet in live(session, night)}) == 1


def test_an_officer_of_no_team_gets_no_packet_and_no_key(session: Session) -> None:
    night = sealed_sweep(session)
    for stranger in (make_person(session), night.planner):
        with pytest.raises(NotFound):
            packet_of(session, stranger, night.sweep.id, KEYS, NOW)
        with pytest.raises(NotFound):
            start_of(session, stranger, KEYS, night.sweep.id, T0)


def test_a_changed_plan_makes_new_packets_whose_codes_stay(session: Session) -> None:
    night = sealed_sweep(session)
    before = envelope(session, night)
    code = releasing.show_code(session, night.planner, KEYS, night.sweep.id, night.teams[0].id, NOW)
    save_plan(session, night.planner, KEYS, night.sweep, night.plan, 1, NOW)
    after = envelope(session, night)
    assert after["packet_id"] != before["packet_id"]
    assert (before["revision"], after["revision"]) == (1, 2)
    assert codes.open_with_code(after, code)["stops"]
    start = start_of(session, night.officers[0][0], KEYS, night.sweep.id, T0)
    assert start.secret
    assert str(start.packet_id) == after["packet_id"]
    with pytest.raises(codes.DoesNotOpen):
        codes.open_with_key(before, start.secret.key)


def test_who_left_a_team_gets_nothing_more_and_the_old_code_is_worth_nothing(session: Session) -> None:
    night = sealed_sweep(session)
    code = releasing.show_code(session, night.planner, KEYS, night.sweep.id, night.teams[0].id, NOW)
    leaving = night.officers[0][1]
    member = session.scalars(select(SweepTeamMember).where(SweepTeamMember.person_id == leaving.id)).one()
    member.left_at, member.absence = NOW, Absence.ILL
    session.flush()
    after = envelope(session, night)
    with pytest.raises(codes.DoesNotOpen):
        codes.open_with_code(after, code)
    with pytest.raises(NotFound):
        start_of(session, leaving, KEYS, night.sweep.id, T0)
    query = select(SweepPacket.revoked_for).where(SweepPacket.revoked_at.is_not(None))
    assert session.scalars(query).all() == [Revoked.TEAM_CHANGED]
    assert len(live(session, night)) == 3


def test_command_starts_early_with_a_reason_and_the_history_says_so(session: Session) -> None:
    night = sealed_sweep(session)
    early = T0 - timedelta(hours=1)
    with pytest.raises(Invalid):
        releasing.release(session, KEYS, night.sweep.id, early, night.planner)
    other = make_person(session, Role.DIRECTOR)
    with pytest.raises(NotFound):
        releasing.release(session, KEYS, night.sweep.id, early, other, "风声走漏")
    with pytest.raises(Forbidden):
        releasing.release(session, KEYS, night.sweep.id, early, night.officers[0][0], "风声走漏")
    assert releasing.release(session, KEYS, night.sweep.id, early, night.planner, "风声走漏")
    assert night.sweep.released_by_id == night.planner.id
    assert start_of(session, night.officers[0][0], KEYS, night.sweep.id, early).secret


def test_a_moved_start_moves_meeting_hours_and_routes_and_makes_new_packets(session: Session) -> None:
    night = sealed_sweep(session)
    by = timedelta(minutes=45)
    first = night.plan.routes[0].visits[0].enters_at
    releasing.move_start(session, night.planner, KEYS, night.sweep.id, T0 + by, "大雨", NOW)
    assert night.sweep.meets_at == T0 + by - timedelta(minutes=30)
    assert night.teams[0].from_at == T0 + by
    assert not start_of(session, night.officers[0][0], KEYS, night.sweep.id, T0 + timedelta(1 / 1440)).secret
    given = envelope(session, night)
    start = start_of(session, night.officers[0][0], KEYS, night.sweep.id, T0 + by)
    assert start.secret
    opened = codes.open_with_key(given, start.secret.key)
    assert opened["stops"][0]["enters_at"] == (first + by).isoformat().replace("+00:00", "Z")


def test_unsealing_takes_every_packet_back(session: Session) -> None:
    night = sealed_sweep(session)
    releasing.unseal(session, night.planner, night.sweep.id, "名单要改", NOW)
    assert not live(session, night)
    with pytest.raises(NotFound):
        packet_of(session, night.officers[0][0], night.sweep.id, KEYS, NOW)
    assert not releasing.release(session, KEYS, night.sweep.id, T0 + timedelta(hours=1))
    with pytest.raises(Conflict):
        releasing.unseal(session, night.planner, night.sweep.id, "again", NOW)


def test_what_is_wanting_is_said_before_it_is_sealed(session: Session) -> None:
    night = planned_sweep(session)
    night.sweep.name = f"突查 {night.sites[0][0].name}"
    night.sweep.meeting_point = ""
    session.flush()
    with pytest.raises(Invalid) as refused:
        releasing.seal(session, night.planner, KEYS, night.sweep.id, NOW)
    assert "集合地点" in str(refused.value)
    assert "行动名称里有检查对象" in str(refused.value)


def test_a_running_sweep_still_gives_packet_and_key_to_who_was_late(session: Session) -> None:
    night = running_sweep(session)
    late = T0 + timedelta(hours=2)
    given = envelope(session, night, now=late)
    start = start_of(session, night.officers[0][0], KEYS, night.sweep.id, late)
    assert start.secret
    assert b64(start.secret.key)
    assert codes.open_with_key(given, start.secret.key)["stops"]
