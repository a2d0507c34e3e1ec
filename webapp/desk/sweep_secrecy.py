"""The secrecy of a sweep: who knows, the packets of teams, the start. At `/sweeps/<id>/secrecy`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.casework.taking import moment_of
from inspections.errors import Conflict, Invalid, say
from inspections.registry.people import Person
from inspections.sweeps import knowing, releasing
from inspections.sweeps.codes import spoken
from inspections.sweeps.secrecy import read_secrecy
from inspections.sweeps.sweeps import Sweep

from ..answers import no_store
from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from ..keys import key_ring
from . import bp
from .sites import again_when_invalid
from .words import moment


def _page(
    sweep_id: UUID, given: Any = None, wrong: Any = None, said: str = "", code: tuple[UUID, str] | None = None
) -> Response:
    person = current_person()
    require(person, "sweep.see")
    file = read_secrecy(session(), person, key_ring().sweep, sweep_id, now())
    page = render_template(
        "desk/sweeps/secrecy.html",
        file=file,
        sweep=file.sweep,
        at=now(),
        may_command=can(person, "sweep.command"),
        others=[(each.id, _named(each)) for each in file.others],
        summons=_summons(file.sweep),
        code=code,
        given=given or {},
        wrong=wrong or {},
        said=said,
    )
    return no_store(page)


def _named(person: Person) -> str:
    return " · ".join([person.name, *(translated(each) for each in person.role_names)])


def _summons(sweep: Sweep) -> str:
    """What teams may be told by telephone or in a group: hours and meeting point, nothing else."""
    return _(
        "请于 %(meets)s 到%(place)s集合，预计 %(ends)s 结束。"
        "带好执法证件，手机充满电，先在有信号的地方打开明察“联合行动”。",
        meets=moment(sweep.meets_at),
        place=sweep.meeting_point,
        ends=moment(sweep.ends_at)[-5:],
    )


@bp.get("/sweeps/<uuid:sweep_id>/secrecy")
def sweep_secrecy(sweep_id: UUID) -> Response:
    return _page(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/seal")
@again_when_invalid(_page)
def seal_sweep(sweep_id: UUID) -> Response:
    with _told():
        releasing.seal(session(), current_person(), key_ring().sweep, sweep_id, now())
        flash(_("已封存。各组手机联网后会自己取到密封包，到点才打得开"), "ok")
    return _to(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/unseal")
@again_when_invalid(_page)
def unseal_sweep(sweep_id: UUID) -> Response:
    with _told():
        releasing.unseal(session(), current_person(), sweep_id, request.form.get("reason", ""), now())
        flash(_("已撤销封存，发出去的密封包全部作废，可以改方案了"), "ok")
    return _to(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/start/move")
@again_when_invalid(_page)
def move_sweep_start(sweep_id: UUID) -> Response:
    require(current_person(), "sweep.command")
    with _told():
        releasing.move_start(
            session(),
            current_person(),
            key_ring().sweep,
            sweep_id,
            _moment(),
            request.form.get("reason", ""),
            now(),
        )
        flash(_("启动时间已改，集合、结束和各组路线一起顺延，密封包已换新"), "ok")
    return _to(sweep_id)


def _moment() -> datetime:
    try:
        return moment_of(request.form.get("starts_at", ""))
    except ValueError:
        raise Invalid({"starts_at": say("请填写新的启动时间")}) from None


@bp.post("/sweeps/<uuid:sweep_id>/start")
@again_when_invalid(_page)
def start_sweep(sweep_id: UUID) -> Response:
    reason = request.form.get("reason", "")
    if releasing.release(session(), key_ring().sweep, sweep_id, now(), current_person(), reason):
        flash(_("已启动，密钥已下发"), "ok")
    else:
        flash(_("这次行动已经启动，或者不在封存中，没有重复启动"), "due")
    return _to(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/packets/<uuid:team_id>/code")
def show_sweep_code(sweep_id: UUID, team_id: UUID) -> Response:
    """The answer itself holds the code: it stands in no address and is kept by no browser."""
    code = releasing.show_code(session(), current_person(), key_ring().sweep, sweep_id, team_id, now())
    return _page(sweep_id, code=(team_id, spoken(code)))


@bp.post("/sweeps/<uuid:sweep_id>/packets/<uuid:team_id>/replace")
def replace_sweep_packet(sweep_id: UUID, team_id: UUID) -> Response:
    with _told():
        releasing.replace_packet(session(), current_person(), key_ring().sweep, sweep_id, team_id, now())
        flash(_("已换发：旧包和旧口令作废，手机联网后自动取新包"), "ok")
    return _to(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/knowing")
@again_when_invalid(_page)
def let_know(sweep_id: UUID) -> Response:
    require(current_person(), "sweep.command")
    with _told():
        other = request.form.get("person_id", type=UUID)
        if other is None:
            raise Invalid({"person_id": say("请选择要加入名单的人")})
        knowing.let_know(session(), current_person(), sweep_id, other, now())
        flash(_("已加入知密名单"), "ok")
    return _to(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/knowing/<uuid:knowing_id>/remove")
@again_when_invalid(lambda sweep_id, knowing_id, **more: _page(sweep_id, **more))
def stop_knowing(sweep_id: UUID, knowing_id: UUID) -> Response:
    with _told():
        member = knowing.take_off(session(), current_person(), sweep_id, knowing_id, now())
        flash(_("已移出名单。他看过的内容收不回来，必要时请改方案"), "ok")
        if member.person_id == current_person().id:
            return redirect(url_for("desk.sweep_page", sweep_id=sweep_id), 303)
    return _to(sweep_id)


@contextmanager
def _told() -> Iterator[None]:
    """A step that came too late is said on the page, which shows how things stand now."""
    try:
        yield
    except Conflict as error:
        session().rollback()
        flash(translated(error.message), "problem")


def _to(sweep_id: UUID) -> Response:
    return redirect(url_for("desk.sweep_secrecy", sweep_id=sweep_id), 303)
