"""The lists: one view, one template; and the same rows as a file."""

from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from geo.times import local
from inspections import listing
from inspections.access import can, require
from inspections.errors import Forbidden
from inspections.listing import Listing, Page, Question
from inspections.listing.approvals import APPROVALS
from inspections.listing.behind import CASES, INSPECTORS, figure_words
from inspections.listing.bulletins import BULLETINS
from inspections.listing.campaigns import CAMPAIGNS
from inspections.listing.cells import CELLS
from inspections.listing.checks import CHECKS
from inspections.listing.conflicts import CHECK_CONFLICTS, SITE_CONFLICTS
from inspections.listing.findings import FINDINGS
from inspections.listing.hotspot_runs import HOTSPOT_RUNS
from inspections.listing.ledger import LEDGER
from inspections.listing.measures import HANDOVERS, PENALTIES
from inspections.listing.openings import OPENINGS
from inspections.listing.orders import ORDERS
from inspections.listing.parcels import PARCELS
from inspections.listing.phones import PHONES
from inspections.listing.responses import RESPONSES
from inspections.listing.sites import SITES
from inspections.listing.special_campaigns import SPECIAL_CAMPAIGNS
from inspections.listing.steps import STEPS
from inspections.listing.suspects import PUBLIC_LISTINGS, SUSPECTS
from inspections.listing.tasks import TASKS
from inspections.listing.tips import TIPS
from inspections.listing.warnings import WARNINGS
from inspections.registry.site_file import may_see_tips
from inspections.reporting import sheets

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .words import for_sheet

EVERY = (
    SITES,
    TIPS,
    FINDINGS,
    APPROVALS,
    LEDGER,
    ORDERS,
    RESPONSES,
    CHECKS,
    TASKS,
    PHONES,
    PARCELS,
    SITE_CONFLICTS,
    CHECK_CONFLICTS,
    STEPS,
    PENALTIES,
    HANDOVERS,
    BULLETINS,
    OPENINGS,
    INSPECTORS,
    CASES,
    CELLS,
    CAMPAIGNS,
    SPECIAL_CAMPAIGNS,
    SUSPECTS,
    PUBLIC_LISTINGS,
    HOTSPOT_RUNS,
    WARNINGS,
)
LISTS = {each.name: each for each in EVERY}
NAMES = ", ".join(f'"{name}"' for name in LISTS)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/sites")
def sites() -> str:
    return list_page(SITES)


@bp.get("/suspects")
def suspects() -> str:
    return list_page(SUSPECTS)


@bp.get("/public-lists")
def public_lists() -> str:
    return list_page(PUBLIC_LISTINGS)


@bp.get("/findings")
def findings() -> str:
    return list_page(FINDINGS)


@bp.get("/orders")
def orders() -> str:
    return list_page(ORDERS)


@bp.get("/responses")
def responses() -> str:
    return list_page(RESPONSES)


@bp.get("/steps")
def steps() -> str:
    return list_page(STEPS)


@bp.get("/penalties")
def penalties() -> str:
    return list_page(PENALTIES)


@bp.get("/handovers")
def handovers() -> str:
    return list_page(HANDOVERS)


@bp.get("/approvals")
def approvals() -> str:
    return list_page(APPROVALS)


@bp.get("/checks")
def checks() -> str:
    return list_page(CHECKS)


@bp.get("/tasks")
def tasks() -> str:
    return list_page(TASKS)


@bp.get("/phones")
def phones() -> str:
    return list_page(PHONES)


@bp.get("/parcels")
def parcels() -> str:
    return list_page(PARCELS, "desk/parcels.html")


@bp.get("/conflicts")
def conflicts() -> str:
    return list_page(SITE_CONFLICTS)


@bp.get("/check-conflicts")
def check_conflicts() -> str:
    return list_page(CHECK_CONFLICTS)


@bp.get("/inspectors")
def inspectors() -> str:
    return list_page(INSPECTORS)


@bp.get("/cases")
def cases() -> str:
    return list_page(CASES)


@bp.get(f"/<any({NAMES}):name>.<any(csv, xlsx):form>")
def export(name: str, form: str) -> Response:
    """Every row that the same address without the ending would page through."""
    if name == "tips" and not may_see_tips(current_person()):
        raise Forbidden
    if name == "openings":
        require(current_person(), "complainant.audit")
    if name in ("grid", "canvass"):
        require(current_person(), "coverage.see")
    if name == "special-campaigns":
        require(current_person(), "campaign.see")
    if name == "warnings":
        require(current_person(), "warning.see")
    if name == "hotspot-runs":
        require(current_person(), "hotspot.see")
    return export_of(LISTS[name], form)


def export_of(one: Listing, form: str) -> Response:
    """A list as a file, asked as its page was."""
    question = Question.of(one, request.args.to_dict(flat=False))
    head = [translated(column.label) for column in one.columns]
    rows = (
        [for_sheet(column.kind, getattr(row, column.key)) for column in one.columns]
        for row in listing.every_row(session(), current_person(), one, question)
    )
    title = translated(one.title)
    body = sheets.csv_table(head, rows) if form == "csv" else sheets.xlsx_table(title, head, rows)
    response = Response(body, mimetype="text/csv" if form == "csv" else XLSX)
    stamp = local(now()).strftime("%Y%m%d-%H%M")
    # A header is ASCII: a server refuses any other (RFC 6266 names the file twice)
    response.headers["Content-Disposition"] = (
        f"attachment; filename={one.name}-{stamp}.{form}; filename*=UTF-8''{quote(f'{title}-{stamp}.{form}')}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


class Addresses(NamedTuple):
    """The addresses of a list's own links: each keeps what was asked and changes one thing."""

    endpoint: str
    given: dict[str, list[str]]
    path: dict[str, Any] = {}  # noqa: RUF012 - the parts of the address itself

    def with_(self, **changes: Any) -> str:
        kept = {key: values for key, values in self.given.items() if key not in {*changes, "page"}}
        asked = {key: value for key, value in changes.items() if value not in (None, "", [])}
        return self._to({**kept, **asked})

    def toggled(self, key: str, value: str) -> str:
        values = self.given.get(key, [])
        return self.with_(
            **{key: [each for each in values if each != value] if value in values else [*values, value]}
        )

    def without_filters(self) -> str:
        return self._to({key: self.given[key] for key in ("sort",) if key in self.given})

    def export(self, form: str) -> str:
        return f"{url_for(self.endpoint, **self.path)}.{form}{self._query({**self.given})}"

    def as_text(self) -> str:
        """The question as it stands in an address."""
        return urlencode(self.given, doseq=True)

    def to(self, path: str) -> str:
        """Another page that is asked the same question."""
        return path + self._query({key: values for key, values in self.given.items() if key != "page"})

    def _to(self, asked: dict[str, Any]) -> str:
        return url_for(self.endpoint, **self.path) + self._query(asked)

    def _query(self, asked: dict[str, Any]) -> str:
        # Not as arguments of url_for: some names mean something to it, and these come from an address.
        return f"?{urlencode(asked, doseq=True)}" if asked else ""


def list_page(one: Listing, template: str = "desk/list.html", **more: Any) -> str:
    """A list as a page; `more` is what a template of its own shows beside it."""
    given = request.args.to_dict(flat=False)
    page = listing.read(session(), current_person(), one, Question.of(one, given))
    addresses = Addresses(f"desk.{one.name.replace('-', '_')}", given)
    if request.args.get("page") and page.question.page < 1:
        abort(404)
    return render_template(
        template,
        listing=one,
        page=page,
        columns=[head_of(one, page, addresses, column) for column in one.columns if column.on_screen],
        shown=[column for column in one.columns if column.on_screen],
        chips=[chips_of(each, page, addresses) for each in one.filters if each.as_chips],
        selects=[each for each in one.filters if not each.as_chips and each.key in page.facets],
        addresses=addresses,
        file_of=lambda row: file_of(one, row),
        kept=[(key, value) for key, values in given.items() for value in values if key not in {"q", "page"}],
        summary=summary_of(page),
        may_number=can(current_person(), "order.number"),
        **more,
        may_record=can(current_person(), "case.record"),
        figure=_figure(page.question),
    )


def _figure(question: Question) -> str:
    """The number whose records are listed, in words."""
    asked = question.filters.get("figure")
    words = figure_words(session(), current_person(), asked[0]) if asked else []
    return " · ".join(each if isinstance(each, str) else translated(each) for each in words)


# The page of a row, and what its id is called there
OWN_PAGES = {
    "tips": ("desk.tip_page", "tip_id"),
    "grid": ("desk.cell_page", "cell_id"),
    "canvass": ("desk.campaign_page", "campaign_id"),
    "special-campaigns": ("desk.special_campaign_page", "special_id"),
    "sites": ("desk.site_page", "site_id"),
    "suspects": ("desk.site_page", "site_id"),
    "cases": ("desk.case_page", "case_id"),
    "checks": ("desk.check_page", "check_id"),
    "orders": ("desk.order_page", "order_id"),
    "bulletins": ("desk.bulletin_page", "bulletin_id"),
    "canvass-visits": ("desk.visit_page", "visit_id"),
    "steps": ("desk.step_page", "step_id"),
    "penalties": ("desk.penalty_page", "penalty_id"),
    "handovers": ("desk.handover_page", "handover_id"),
    "phones": ("desk.phone_page", "phone_id"),
    "parcels": ("desk.parcel_page", "parcel_id"),
    "conflicts": ("desk.site_conflict_page", "conflict_id"),
    "check-conflicts": ("desk.check_conflict_page", "conflict_id"),
    "openings": ("desk.opening_page", "opening_id"),
    "warnings": ("desk.warning_page", "warning_id"),
    "hotspot-runs": ("desk.show_hotspots", "run"),
    "findings": ("desk.finding_page", "finding_id"),
    "ledger": ("desk.finding_page", "finding_id"),
}


def file_of(one: Listing, row: Any) -> str:
    """Where the name of a row leads."""
    if one.name in OWN_PAGES:
        endpoint, argument = OWN_PAGES[one.name]
        return url_for(endpoint, **{argument: row.id})
    match one.name:
        case "public-lists":
            return url_for("desk.site_page", site_id=row.site_id, _anchor="public-list")
        case "inspectors":
            return url_for("desk.checks", q=row.name)
        case "responses":
            return url_for("desk.order_page", order_id=row.order_id, _anchor="answers")
        case "approvals":
            return url_for("desk.finding_page", finding_id=row.finding_id, _anchor="approval")
        case _:
            return url_for("desk.site_page", site_id=row.site_id)


def head_of(one: Listing, page: Page, addresses: Addresses, column: Any) -> dict[str, Any]:
    if not column.sortable:
        return {"label": translated(column.label)}
    question = page.question
    is_sorted = question.sort == column.key
    turned = column.key if is_sorted and question.descending else f"-{column.key}"
    first = column.key if column.kind in {"name", "text", "word", "code"} else f"-{column.key}"
    return {
        "label": translated(column.label),
        "href": addresses.with_(sort=turned if is_sorted else first),
        "order": ("descending" if question.descending else "ascending") if is_sorted else "",
        "number": column.kind in {"number", "degrees"},
    }


def chips_of(each: Any, page: Page, addresses: Addresses) -> dict[str, Any]:
    return {
        "label": translated(each.label),
        "items": [
            {
                "label": translated(facet.label),
                "href": addresses.toggled(each.key, facet.value),
                "on": facet.chosen,
                "count": facet.n,
            }
            for facet in page.facets[each.key]
            if facet.n or facet.chosen
        ],
    }


def summary_of(page: Page) -> str:
    if not page.total:
        return _("没有符合条件的记录")
    return _(
        "第 %(first)s–%(last)s 条，共 %(total)s 条",
        first=f"{page.first:,}",
        last=f"{page.last:,}",
        total=f"{page.total:,}",
    )
