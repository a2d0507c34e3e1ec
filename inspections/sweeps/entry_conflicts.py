"""Another line that came under the id of one that is in the journal. Both are kept; neither is ever removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, in_county


class SweepEntryConflict(CountyRow, Model):
    """`line` is the second one as it came."""

    __tablename__ = "sweep_entry_conflicts"
    __table_args__ = (
        in_county("entry_id", "sweep_entries", ondelete="CASCADE"),
        in_county("author_id", "people"),
        UniqueConstraint("county", "entry_id", "sha256"),
    )

    entry_id: Mapped[UUID]
    author_id: Mapped[UUID]
    line: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(CHAR(64))
    heard_at: Mapped[datetime]
