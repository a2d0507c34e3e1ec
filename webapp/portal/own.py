"""What a head finds after signing in: the orders and self-checks of the own school or institution."""

from flask import render_template

from inspections.casework.responding import own_orders
from inspections.registry.sites import Site
from inspections.selfcheck.answering import own_self_checks

from ..auth import current_person
from ..db import session
from . import bp


@bp.get("")
def home() -> str:
    person = current_person()
    orders = own_orders(session(), person)
    site = session().get(Site, (person.county, person.site_id)) if person.site_id else None
    self_checks = own_self_checks(session(), person)
    return render_template("portal/own.html", orders=orders, self_checks=self_checks, site=site)
