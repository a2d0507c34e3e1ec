"""What is counted of a campaign: figures of the county in its days, and those of its own sweeps and canvasses.

Each is a cell of `reporting.figures`: the number and the records behind it come from one query, and the same
selection gives the same number later.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, Select, Text, and_, cast, func, literal, or_, select

from ..canvass.campaigns import CampaignCell, CanvassCampaign
from ..canvass.visits import CanvassVisit, VisitOutcome
from ..errors import Message, say
from ..reporting.figures import Cell, Figure, Selection, Split, work
from ..reporting.figures.figure import Conditions
from ..reporting.figures.sources import ONE
from ..sweeps.stops import StopState, SweepStop
from ..sweeps.sweeps import Sweep
from .parts import CampaignCanvass


def _of_county(figure: Figure, key: str = "all") -> Figure:
    """The figure with one column alone: a report has one number in a line."""
    return replace(figure, splits=tuple(split for split in figure.splits if split.key == key))


MADE, FOUND, PROBLEMS = _of_county(work.MADE), _of_county(work.FOUND), _of_county(work.PROBLEMS)
ORDERS, STRUCK_OFF, SHUT = _of_county(work.ORDERS), _of_county(work.STRUCK_OFF), _of_county(work.SHUT)
CHECKED, OVERDUE = _of_county(work.CHECKED, "training"), _of_county(work.OVERDUE)
OF_COUNTY = (
    MADE, CHECKED, FOUND, PROBLEMS, ORDERS, _of_county(work.PRESSED), STRUCK_OFF, _of_county(work.SUSPENDED), SHUT,
    _of_county(work.PENALTIES), _of_county(work.TIPS, "counted"),
)  # fmt: skip
# What the daily report tells of each township
OF_TOWNSHIPS = (MADE, FOUND, PROBLEMS, ORDERS, STRUCK_OFF, SHUT)


def own_figures(campaign_id: UUID) -> tuple[Figure, ...]:
    """Those of the sweeps and canvasses under a campaign. Before its release a sweep counts nowhere."""
    every = (Split("all", work.ALL),)
    return (
        Figure("sweeps", say("联合执法行动"), work.TIMES, "sweeps", _sweeps_of(campaign_id), every),
        Figure("stops", say("联合执法到访点位"), work.PLACES, "stops", _stops_of(campaign_id), every),
        Figure("walks", say("排查走访网格"), say("格次"), "walks", _walks_of(campaign_id), every),
    )


def figures_of(campaign_id: UUID) -> tuple[Figure, ...]:
    return (*own_figures(campaign_id), *OF_COUNTY)


def cells_of(campaign_id: UUID) -> dict[str, Cell]:
    """Each cell that may be a goal or a line of the report, by its key."""
    return {cell.key: cell for figure in figures_of(campaign_id) for cell in figure.cells}


def label_of(cell: Cell) -> Message:
    """A line's name: that of its figure, with the column where that isn't all of it."""
    if cell.split.key in ("all", "counted"):
        return cell.figure.label
    return say("{figure}（{column}）", figure=cell.figure.label, column=cell.split.label)


def _sweeps_of(campaign_id: UUID) -> Any:
    def found(selection: Selection, only: Conditions) -> Select[Any]:
        return select(Sweep.id, ONE).where(
            Sweep.county == selection.county,
            Sweep.campaign_id == campaign_id,
            selection.during(Sweep.released_at),
            *only,
        )

    return found


def _stops_of(campaign_id: UUID) -> Any:
    """Stops where a team got in or a check was made, as `sweeps.counts` has them."""

    def found(selection: Selection, only: Conditions) -> Select[Any]:
        return (
            select(SweepStop.id, ONE)
            .join(Sweep, and_(Sweep.county == SweepStop.county, Sweep.id == SweepStop.sweep_id))
            .where(
                SweepStop.county == selection.county,
                Sweep.campaign_id == campaign_id,
                SweepStop.state != StopState.DROPPED,
                or_(SweepStop.entered_at.is_not(None), SweepStop.check_id.is_not(None)),
                selection.during(func.coalesce(SweepStop.entered_at, SweepStop.settled_at)),
                *only,
            )
        )

    return found


def _walks_of(campaign_id: UUID) -> Any:
    """Walks that got in, of the cells and in the bands and days that the canvasses of a campaign ask for."""
    walk, canvass = CanvassVisit, CanvassCampaign
    day = cast(func.timezone("Asia/Shanghai", walk.device_finished_at), Date)
    asked = (
        select(literal(1))
        .select_from(CampaignCanvass)
        .join(canvass, and_(canvass.county == CampaignCanvass.county, canvass.id == CampaignCanvass.canvass_id))
        .join(CampaignCell, and_(CampaignCell.county == canvass.county, CampaignCell.campaign_id == canvass.id))
        .where(
            CampaignCanvass.county == walk.county,
            CampaignCanvass.campaign_id == campaign_id,
            CampaignCell.cell_id == walk.cell_id,
            cast(walk.band, Text) == func.any(cast(canvass.bands, ARRAY(Text))),
            day.between(canvass.starts_on, canvass.ends_on),
        )
        .correlate(walk)
    )

    def found(selection: Selection, only: Conditions) -> Select[Any]:
        return select(walk.id, ONE).where(
            walk.county == selection.county,
            walk.outcome != VisitOutcome.NO_ACCESS,
            walk.received_at <= selection.as_of,
            selection.during(walk.device_finished_at),
            asked.exists(),
            *only,
        )

    return found
