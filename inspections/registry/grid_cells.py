"""Grid cells: the ground that one grid worker walks."""

from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, Recorded, in_county


class GridCell(CountyRow, Recorded, Model):
    """A cell of the grid 网格 by which grid workers divide a township."""

    __tablename__ = "grid_cells"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("worker_id", "people"),
        UniqueConstraint("county", "code"),
    )

    code: Mapped[str]
    name: Mapped[str | None]
    boundary: Mapped[Any] = mapped_column(columns.polygon())
    township_id: Mapped[UUID | None]
    worker_id: Mapped[UUID | None]
