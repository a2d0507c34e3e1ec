"""Tips as points of the map."""

import json

from sqlalchemy import func
from sqlalchemy.orm import Session

from ..access import visible
from ..registry.people import Person
from .tips import Tip, TipState

MOST = 5_000
LONGEST_TEXT = 80


def tip_points(session: Session, person: Person) -> str:
    """A GeoJSON FeatureCollection of the newest tips that stand at a place and are not duplicates."""
    query = (
        visible(person, Tip)
        .where(Tip.location.is_not(None), Tip.state != TipState.DUPLICATE)
        .order_by(Tip.received_at.desc(), Tip.id)
        .limit(MOST)
        .with_only_columns(
            Tip.id, Tip.code, Tip.state, Tip.text, Tip.site_id, func.ST_X(Tip.location), func.ST_Y(Tip.location)
        )
    )
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
            "properties": {
                "id": str(tip_id),
                "code": code,
                "state": state,
                "text": text[:LONGEST_TEXT],
                "site": site_id and str(site_id),
            },
        }
        for tip_id, code, state, text, site_id, lon, lat in session.execute(query)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
