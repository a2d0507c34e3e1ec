"""Grid cells: the ground that one grid worker walks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class CellOrigin(Choice):
    SQUARES = "squares", say("方格")
    HEXAGONS = "hexagons", say("六边形")
    COMPOUNDS = "compounds", say("按小区")
    DRAWN = "drawn", say("手绘")
    IMPORTED = "imported", say("导入")


class GridCell(CountyRow, Recorded, Model):
    """A cell of the grid 网格 by which grid workers divide a township.

    One that is no longer walked is retired and stays: its visits were made in it.
    """

    __tablename__ = "grid_cells"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("village_id", "areas"),
        in_county("worker_id", "people"),
        UniqueConstraint("county", "code"),
    )

    code: Mapped[str]
    origin: Mapped[CellOrigin] = mapped_column(choice(CellOrigin, "origin"), server_default="drawn")
    name: Mapped[str | None]
    boundary: Mapped[Any] = mapped_column(columns.polygon())
    township_id: Mapped[UUID | None]
    village_id: Mapped[UUID | None]
    worker_id: Mapped[UUID | None]
    retired_at: Mapped[datetime | None]
