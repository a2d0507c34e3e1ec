"""Which county is meant, who may come in, and the tip that a code leads to."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request

from inspections.db import scope
from inspections.errors import Forbidden, NotFound, say
from inspections.intake.lanes import Sluice
from inspections.intake.receipt_codes import find_by_code
from inspections.intake.receiving import Reporter
from inspections.intake.tip_attaching import TipAllowance
from inspections.intake.tips import Tip
from inspections.registry.counties import County, Level, find_county

from ...auth import public
from ...cross_origin import proves_itself
from ...db import session
from ...keys import key_ring
from ...rate_limits import limited_guesses, limited_reading, limited_requests

RECEIPT = "X-Receipt"  # the header in which a script says the code; the form has a field for it


class NoSuchCode(NotFound):
    message = say("没有查到这个查询码。请对照您抄下的 12 位字母和数字再输一次")


def open_to_all(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view of one county for everybody: it gets the `County`. A page of another site can't send in its name."""

    @wraps(view)
    def opened(county_code: str, **names: Any) -> Any:
        refuse_other_sites()
        return view(entered(county_code), **names)

    return public(proves_itself(limited_reading(opened)))


def by_code(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same for who holds a receipt: it gets the `Tip` as well. Codes that lead nowhere are counted."""

    @wraps(view)
    def opened(county_code: str, **names: Any) -> Any:
        refuse_other_sites()
        county = entered(county_code)
        return view(county, tip_of(county, request.headers.get(RECEIPT, "")), **names)

    return public(proves_itself(limited_guesses(limited_requests(opened))))


def entered(code: str) -> County:
    """The county whose rows this request may read, and no others. Raises NotFound."""
    county = find_county(session(), code) if code.isascii() and code.isdigit() and len(code) == 6 else None
    if county is None or county.level is not Level.COUNTY:
        raise NotFound
    scope(session(), county.code)
    g.county = county
    return county


def tip_of(county: County, code: str) -> Tip:
    """Whatever stands there is looked up the same way, so that the answer to no code takes as long."""
    tip = find_by_code(session(), county.code, key_ring().tip, code[:60])
    if tip is None:
        raise NoSuchCode
    return tip


def refuse_other_sites() -> None:
    """What says that another site's page sent it is refused. Browsers that say nothing are let in: no cookie
    speaks here for anybody.
    """
    if request.method in {"GET", "HEAD"}:
        return
    origin = request.headers.get("Origin", "")
    came_from = request.headers.get("Sec-Fetch-Site") or "none"
    is_foreign = origin not in {"", "null"} and urlsplit(origin).netloc != request.host
    if came_from == "cross-site" or (came_from == "none" and is_foreign):
        raise Forbidden(say("这个请求不是从本系统页面发出的，已拒绝。请打开本系统页面后重试"))


def reporter(tip: Tip) -> Reporter:
    return Reporter(tip.county, tip.id)


def allowance() -> TipAllowance:
    config = current_app.config
    return TipAllowance(
        total_bytes=config["MAX_TIP_BYTES"],
        bytes_a_day=config["PUBLIC_BYTES_A_DAY"],
        max_photo_bytes=config["MAX_PHOTO_BYTES"],
        max_pixels=config["MAX_PIXELS"],
    )


def sluice() -> Sluice:
    config = current_app.config
    return Sluice(
        proven_of_one=config["TIPS_AN_HOUR"],
        unproven_of_one=config["TIPS_AN_HOUR_UNPROVEN"],
        unproven_an_hour=config["UNPROVEN_TIPS_AN_HOUR"],
        flood_a_day=config["FLOOD_TIPS_A_DAY"],
        most_a_day=config["PUBLIC_TIPS_A_DAY"],
    )
