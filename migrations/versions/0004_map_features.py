"""map features"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.security import secure

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = ("road", "water", "compound", "building")


def upgrade() -> None:
    op.create_geospatial_table(
        "map_features",
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column(
            "geometry",
            Geometry(
                geometry_type="GEOMETRY",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("rank between 1 and 5", name=op.f("ck_map_features_rank")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_map_features_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_map_features")),
    )
    op.create_geospatial_index(
        "idx_map_features_geometry",
        "map_features",
        ["geometry"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_map_features_county_kind_rank", "map_features", ["county", "kind", "rank"], unique=False)
    secure("map_features")


def downgrade() -> None:
    op.drop_index("ix_map_features_county_kind_rank", table_name="map_features")
    op.drop_geospatial_index(
        "idx_map_features_geometry", table_name="map_features", postgresql_using="gist", column_name="geometry"
    )
    op.drop_geospatial_table("map_features")
