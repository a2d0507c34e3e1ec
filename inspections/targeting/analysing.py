"""An analysis: the cells of a run, by its method and by effort, computed from its material alone.

How effort enters. What the public reports does not depend on where we walk, so tips count as they are. What we
find does: a finding's weight is divided by how much more than usual was looked in its cell
(`effort.correction`), and the rate of hits for each visit is judged by itself (`effort.judge`). A cell is hot on
the map if either says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import Level

from .effort import EffortView, Heat, correction, judge, with_reports
from .material import Material
from .methods import METHODS, Given, Outcome
from .settings import Counted, Settings

# Of what the methods compute. A change of any number that comes out is another version: older runs then stay as
# they are, and say that they can't be computed again.
VERSION = 1
KINDS_COUNTED = {Counted.TIPS: ("tip",), Counted.FINDINGS: ("finding",)}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Analysis:
    """Row i is cell i of the grid. `weight` is the corrected weight of the events in it."""

    weight: Floats
    outcome: Outcome
    effort: EffortView
    heat: NDArray[np.str_]
    events: int

    @property
    def content(self) -> list[bytes]:
        """The bytes of all that came out, by which two analyses are the same or not."""
        found, effort = self.outcome, self.effort
        numbers = [self.weight, found.value, found.z, found.p, found.q, found.level]
        numbers += [effort.visits, effort.hits, effort.rate, effort.low, effort.high, effort.visits_to_settle]
        words = [each for each in (self.heat, found.emerging, found.quadrant, found.cluster) if each is not None]
        clusters = [repr(each).encode() for each in found.clusters]
        return (
            [np.ascontiguousarray(each).tobytes() for each in numbers]
            + ["\n".join(map(str, each)).encode() for each in words]
            + clusters
        )

    @property
    def summary(self) -> Mapping[str, Any]:
        level, heat = self.outcome.level, self.heat
        return {
            "cells": len(level),
            "events": self.events,
            "hot": int(((level > 0) & (level < Level.UNSEEN)).sum()),
            "cold": int((heat == Heat.COLD).sum()),
            "undecided": int((heat == Heat.UNDECIDED).sum()),
            "unseen": int((level == Level.UNSEEN).sum()),
            "clusters": len(self.outcome.clusters),
        }


def analyse(material: Material, settings: Settings, seed: int) -> Analysis:
    """Events outside the county count nowhere. The same material, settings and seed give the same to the last
    bit.
    """
    exposure = material.exposure
    view = judge(exposure.total, exposure.found)
    given = _given(material, settings, view, seed)
    outcome = METHODS[settings.method](given)
    heat = with_reports(view, outcome.level)
    return Analysis(given.totals, outcome, view, heat, int((given.cell >= 0).sum()))


def _given(material: Material, settings: Settings, view: EffortView, seed: int) -> Given:
    events = material.events
    kinds = KINDS_COUNTED.get(settings.counted)
    chosen = np.isin(events.kind, kinds) if kinds else np.ones(len(events), dtype=bool)
    cell = material.grid.assign(events.lon[chosen], events.lat[chosen])
    factor = np.append(correction(view.visits), 1.0)  # the last one for events outside, whose cell is -1
    weight = events.weight[chosen] * np.where(events.kind[chosen] == "finding", factor[cell], 1.0)
    return Given(material, settings, view, chosen, weight, cell, seed)
