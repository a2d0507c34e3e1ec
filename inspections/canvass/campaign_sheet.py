"""The progress of a campaign as a workbook: by township, by worker, and cell by cell."""

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import Message, say
from ..reporting.sheets import xlsx_book
from .campaigns import CanvassCampaign
from .progress import Progress, Tally

Translate = Callable[[Message], str]
NOBODY = say("还没有分给人")


def campaign_workbook(campaign: CanvassCampaign, progress: Progress, translate: Translate) -> bytes:
    """An XLSX file of three sheets. Text that a person typed is text in it."""
    sums = [say("网格"), say("已完成网格"), say("应走次数"), say("已走次数"), say("完成率（%）"), say("发现线索"),
            say("未能进入")]  # fmt: skip
    bands = [band.label for band in progress.bands]
    head = [translate(each) for each in (*sums, *bands)]
    cells = [say("网格编码"), say("网格名称"), say("镇街"), say("网格员")]
    of_bands = [translate(label) for band in progress.bands for label in (band.label, say("结果"), say("走访人"))]
    return xlsx_book(
        [
            (translate(say("按镇街")), [translate(say("镇街")), *head], _sums(progress, progress.townships, "")),
            (
                translate(say("按网格员")),
                [translate(say("网格员")), *head],
                _sums(progress, progress.workers, translate(NOBODY)),
            ),
            (
                translate(say("逐个网格")),
                [*(translate(each) for each in cells), *of_bands],
                _cells(progress, translate),
            ),
        ]
    )


def _sums(progress: Progress, tallies: Sequence[Tally], unnamed: str) -> list[list[Any]]:
    return [
        [
            each.name or unnamed, each.cells, each.cells_done, each.asked, each.done, each.percent, each.leads,
            each.shut, *(each.bands.get(band, 0) for band in progress.bands),
        ]
        for each in tallies
    ]  # fmt: skip


def _cells(progress: Progress, translate: Translate) -> list[list[Any]]:
    rows = []
    for cell in progress.cells:
        row: list[Any] = [cell.code, cell.name, cell.township, cell.worker or translate(NOBODY)]
        for walked in cell.bands.values():
            row += [walked.at, translate(walked.outcome.label) if walked.outcome else "", walked.who]
        rows.append(row)
    return rows
