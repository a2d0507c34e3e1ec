"""What a head finds after signing in: the orders to the own school or institution."""

from flask import render_template

from inspections.casework.responding import own_orders
from inspections.registry.sites import Site

from ..auth import current_person
from ..db import session
from . import bp


@bp.get("")
def home() -> str:
    person = current_person()
    orders = own_orders(session(), person)
    site = session().get(Site, (person.county, person.site_id)) if person.site_id else None
    return render_template("portal/own.html", orders=orders, site=site)
