"""Which sites are scored: those known by then, no schools, in a state in which a visit makes sense."""

import numpy as np

from ...registry.sites import SiteState
from .facts import Facts
from .history import Ints

VISITABLE = (
    SiteState.REPORTED,
    SiteState.VERIFIED,
    SiteState.RECTIFYING,
    SiteState.SUSPENDED,
    SiteState.CLOSED,
    SiteState.LICENSED,
)


def scored_rows(facts: Facts) -> Ints:
    visitable = np.isin(facts.words["state"], [state.value for state in VISITABLE])
    return np.flatnonzero(facts.is_known & visitable)
