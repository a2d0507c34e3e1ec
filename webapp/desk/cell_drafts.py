"""The draft of a township's grid: divided, imported, drawn, mended, then saved or thrown away."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.coordinates import Datum
from inspections.access import require
from inspections.errors import Invalid, TooLarge, say
from inspections.registry.grid import board, drafting, saving
from inspections.registry.grid.bringing import bring
from inspections.registry.grid.drafts import notes_of, pieces_of
from inspections.registry.grid.generating import RESOLUTIONS, SIZES_M, Extent, Recipe, generate
from inspections.registry.grid_cells import CellOrigin

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .cells import as_geojson, map_settings
from .sites import again_when_invalid
from .words import option

MOST_BYTES = 30 * 2**20
RULES = (CellOrigin.SQUARES, CellOrigin.HEXAGONS, CellOrigin.COMPOUNDS)


@bp.post("/grid/drafts")
def begin_draft() -> Response:
    require(current_person(), "cell.edit")
    township_id = request.form.get("township", type=UUID)
    if township_id is None:
        raise Invalid({"township": say("请选择镇街")})
    draft = drafting.begin(session(), current_person(), township_id)
    return _to(draft.id)


def _draft_page(draft_id: UUID, given: Any = None, wrong: Any = None, said: str = "", **deed: str) -> str:
    draft, land = drafting.open_draft(session(), current_person(), draft_id)
    pieces = pieces_of(draft)
    found = drafting.findings_of(land, pieces)
    sizes = board.sizes_of(pieces, land.plane)
    return render_template(
        "desk/grid/draft.html",
        draft=draft,
        township=land.township,
        pieces=[
            {"number": n, "key": each.key, "name": each.name, "code": each.code, "is_new": each.cell_id is None,
             "hectares": size / 10_000}
            for n, (each, size) in enumerate(zip(pieces, sizes, strict=True), start=1)
        ],
        found=found,
        labels=[each.name or each.code or _("第 %(n)s 格", n=n) for n, each in enumerate(pieces, start=1)],
        retiring=drafting.left_out(session(), draft, pieces),
        notes=[translated(note) for note in notes_of(draft)],
        settings=map_settings(board.box_of(land.outline), draft=url_for("desk.draft_geojson", draft_id=draft.id)),
        rules=[option(each) for each in RULES],
        extents=[option(each) for each in Extent],
        sizes=[(str(size), _("%(n)s 米", n=size)) for size in SIZES_M],
        resolutions=[(str(level), _("每格约 %(n)s 公顷", n=size)) for level, size in RESOLUTIONS.items()],
        datums=[(each.value, _(each.label)) for each in Datum],
        given=given or {},
        wrong=wrong or {},
        said=said or next(iter((wrong or {}).values()), ""),
    )  # fmt: skip


@bp.get("/grid/drafts/<uuid:draft_id>")
def draft_page(draft_id: UUID) -> str:
    return _draft_page(draft_id)


@bp.get("/grid/drafts/<uuid:draft_id>.geojson")
def draft_geojson(draft_id: UUID) -> Response:
    draft, land = drafting.open_draft(session(), current_person(), draft_id)
    pieces = pieces_of(draft)
    return as_geojson(board.draft_as_geojson(land, pieces, drafting.findings_of(land, pieces)))


@bp.post("/grid/drafts/<uuid:draft_id>/generate")
@again_when_invalid(_draft_page)
def generate_draft(draft_id: UUID) -> Response:
    form = request.form
    draft, _land = drafting.open_draft(session(), current_person(), draft_id)
    recipe = Recipe(
        origin=_one_of(CellOrigin, "origin", CellOrigin.DRAWN),
        extent=_one_of(Extent, "extent", Extent.ALL),
        size_m=form.get("size_m", 0, type=int),
        resolution=form.get("resolution", 0, type=int),
        by_roads="by_roads" in form,
    )
    generate(session(), current_person(), draft, _revision(), recipe)
    flash(_("已划分 %(n)s 个网格，请在地图上核对", n=len(draft.cells)), "ok")
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/bring")
@again_when_invalid(_draft_page)
def bring_draft(draft_id: UUID) -> Response:
    require(current_person(), "cell.edit")  # before a long body is read
    request.max_content_length = MOST_BYTES + 2**20
    if (request.content_length or 0) > request.max_content_length:
        raise TooLarge(say("文件超过 {n} MB；请先在地图软件里简化边界", n=MOST_BYTES // 2**20))
    draft, _land = drafting.open_draft(session(), current_person(), draft_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid({"file": say("请先选择文件")})
    datum = _one_of(Datum, "datum", None)
    if datum is None:
        raise Invalid({"datum": say("请选择文件的坐标系")})
    with file.stream as stream:
        data = stream.read()
    bring(
        session(), current_person(), draft, _revision(), (file.filename, data), datum,
        replace="beside" not in request.form,
    )  # fmt: skip
    flash(_("已导入，草案里现有 %(n)s 个网格", n=len(draft.cells)), "ok")
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/draw")
@again_when_invalid(_draft_page)
def draw_in_draft(draft_id: UUID) -> Response:
    form, person = request.form, current_person()
    if form.get("key"):
        drafting.reshape(session(), person, draft_id, _revision(), form["key"], form.get("shape", ""))
    else:
        drafting.draw(session(), person, draft_id, _revision(), form.get("shape", ""), form.get("name", ""))
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/rename")
@again_when_invalid(_draft_page)
def rename_in_draft(draft_id: UUID) -> Response:
    form = request.form
    drafting.rename(session(), current_person(), draft_id, _revision(), form.get("key", ""), form.get("name", ""))
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/remove")
@again_when_invalid(_draft_page)
def remove_from_draft(draft_id: UUID) -> Response:
    drafting.remove(session(), current_person(), draft_id, _revision(), request.form.getlist("key"))
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/settle")
@again_when_invalid(_draft_page)
def settle_overlap(draft_id: UUID) -> Response:
    keeper, _comma, other = request.form.get("keeper", "").partition(" ")
    drafting.settle(session(), current_person(), draft_id, _revision(), keeper, other)
    flash(_("重叠已处理"), "ok")
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/fill")
@again_when_invalid(_draft_page)
def fill_gap(draft_id: UUID) -> Response:
    form = request.form
    drafting.fill_gap(
        session(), current_person(), draft_id, _revision(),
        form.get("number", -1, type=int), form.get("key", ""), form.get("land_m2", 0.0, type=float),
    )  # fmt: skip
    flash(_("空白已补上"), "ok")
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/tidy")
@again_when_invalid(_draft_page)
def tidy_draft(draft_id: UUID) -> Response:
    drafting.tidy_up(session(), current_person(), draft_id, _revision())
    flash(_("已对齐边界"), "ok")
    return _to(draft_id)


@bp.post("/grid/drafts/<uuid:draft_id>/save")
@again_when_invalid(_draft_page)
def save_draft(draft_id: UUID) -> Response:
    outcome = saving.save(
        session(), current_person(), draft_id, _revision(), now(), town_code=request.form.get("town_code", "")
    )
    flash(
        _("网格已保存：新增 %(made)s 个，调整 %(changed)s 个，停用 %(retired)s 个",
          made=outcome.made, changed=outcome.changed, retired=outcome.retired),
        "ok",
    )  # fmt: skip
    return redirect(url_for("desk.grid", township=outcome.township.id), 303)


@bp.post("/grid/drafts/<uuid:draft_id>/discard")
def discard_draft(draft_id: UUID) -> Response:
    township_id = drafting.discard(session(), current_person(), draft_id)
    flash(_("草案已放弃，网格没有变"), "ok")
    return redirect(url_for("desk.grid", township=township_id), 303)


def _revision() -> int:
    return request.form.get("revision", -1, type=int)


def _one_of(words: Any, name: str, otherwise: Any) -> Any:
    return next((each for each in words if each == request.form.get(name)), otherwise)


def _to(draft_id: UUID) -> Response:
    return redirect(url_for("desk.draft_page", draft_id=draft_id), 303)
