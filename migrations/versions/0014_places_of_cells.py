"""site cells: where each stands in its tile, worked out once"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BITS = range(5)
COLUMN = " | ".join(f"((cell >> {bit}) & {1 << bit})" for bit in BITS)
ROW = " | ".join(f"((cell >> {bit + 1}) & {1 << bit})" for bit in BITS)


def upgrade() -> None:
    for name, place in (("tile_column", COLUMN), ("tile_row", ROW)):
        computed = sa.Computed(f"({place})::smallint", persisted=True)
        op.add_column("site_cells", sa.Column(name, sa.SmallInteger(), computed, nullable=False))


def downgrade() -> None:
    op.drop_column("site_cells", "tile_row")
    op.drop_column("site_cells", "tile_column")
