"""The living style page: every component in every theme."""

from flask import render_template

from . import bp


@bp.get("/style")
def style() -> str:
    return render_template("style.html")
