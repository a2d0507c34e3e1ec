"""The detectors of early warnings: what each looks for, how often it was right, its thresholds."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.targeting.warnings.detectors import DEFINITIONS, IN_FORCE_SINCE, Detector, in_force
from inspections.targeting.warnings.setting import detector_of, set_thresholds, trial, versions
from inspections.targeting.warnings.warning_file import Rate, rates

from ..auth import current_person, now
from ..db import session
from . import bp
from .sites import again_when_invalid


@bp.get("/warnings/detectors")
def detectors() -> str:
    person = current_person()
    require(person, "warning.see")
    shares = rates(session(), person.county)
    every = in_force(session(), person.county)
    return render_template(
        "desk/warnings/detectors.html",
        rows=[_row(each, every[each], shares.get(each, Rate(0, 0))) for each in Detector],
        since=IN_FORCE_SINCE,
        may_set=can(person, "warning.set"),
        has_tabs=can(person, "hotspot.see"),
        monthly=sum(
            every[each].values["per_month"]
            for each in Detector
            if every[each].is_on and DEFINITIONS[each].by_chance
        ),
    )


def _row(detector: Detector, current: Any, rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    return {
        "detector": detector,
        "definition": DEFINITIONS[detector],
        "current": current,
        "rate": rate,
        "low": round(low * 100),
        "high": round(high * 100),
    }


def _page(code: str, given: Any = None, wrong: Any = None, said: str = "", tried: Any = None) -> str:
    person = current_person()
    require(person, "warning.see")
    detector = detector_of(code)
    current = in_force(session(), person.county)[detector]
    return render_template(
        "desk/warnings/detector.html",
        detector=detector,
        definition=DEFINITIONS[detector],
        current=current,
        since=IN_FORCE_SINCE,
        versions=versions(session(), person, detector),
        may_set=can(person, "warning.set"),
        given=given or {name: f"{value:g}" for name, value in current.values.items()},
        is_on=(given.get("is_on") == "1") if given is not None else current.is_on,
        wrong=wrong or {},
        said=said,
        tried=tried,
    )


@bp.get("/warnings/detectors/<name>")
def detector_page(name: str) -> str:
    return _page(name)


def _again(name: str, given: Any = None, wrong: Any = None, said: str = "") -> str:
    return _page(name, given, wrong, said)


@bp.post("/warnings/detectors/<name>")
@again_when_invalid(_again)
def set_detector(name: str) -> Any:
    """Try thresholds on the past year; with `keep`, set them."""
    require(current_person(), "warning.set")
    detector = detector_of(name)
    if request.form.get("act") != "keep":
        return _page(name, request.form, tried=trial(session(), current_person(), detector, request.form, now()))
    set_thresholds(session(), current_person(), detector, request.form, now())
    flash(_("新的阈值已生效"), "ok")
    to: Response = redirect(url_for("desk.detector_page", name=name), 303)
    return to
