"""Rates: hits for each visit, or events for each pupil or school."""

from dataclasses import replace

import numpy as np

from geo.hotspots import Level, with_self

from ..effort import Heat
from .given import PER, Given, Outcome, untold


def rate(given: Given) -> Outcome:
    """Per visit as `effort` judges it; per pupil or school of the cell and its neighbours together, since events
    seldom stand in the school's own cell.
    """
    from geo.rates import empirical_bayes

    if given.settings.counted not in PER:
        hot = given.view.heat == Heat.HOT
        level = np.where(hot, Level.HOT_95, np.where(given.view.visits > 0, Level.NONE, Level.UNSEEN))
        return replace(untold(given.view.rate), level=level.astype(np.int8))
    around = with_self(given.grid.neighbours)
    exposed = around @ given.denominator
    counts = np.where(exposed > 0, around @ given.totals, 0.0)
    rates = empirical_bayes(counts, exposed)
    usual = counts.sum() / exposed.sum() if exposed.any() else np.nan
    level = np.select([rates.low > usual, rates.high < usual], [Level.HOT_95, Level.COLD_95], Level.NONE)
    level[exposed == 0] = Level.NONE
    value = np.where(exposed > 0, rates.shrunk * PER[given.settings.counted], np.nan)
    return replace(untold(value), level=level.astype(np.int8))
