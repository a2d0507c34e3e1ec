"""first tables

A migration must not break the version of the software that is still running while it is applied.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from geo.tiles import TILE_FUNCTIONS_SQL
from migrations.security import OWN_COUNTY, create_app_role, secure, share

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNTY_TABLES = (
    "areas",
    "grid_cells",
    "zones",
    "departments",
    "people",
    "person_roles",
    "certificates",
    "sites",
    "licences",
    "tasks",
    "tips",
    "findings",
    "hotspot_runs",
    "hotspot_cells",
)


def upgrade() -> None:
    op.execute("create extension if not exists postgis")
    op.execute(TILE_FUNCTIONS_SQL)
    create_tables()
    create_app_role()
    for table in COUNTY_TABLES:
        secure(table)
    secure_accounts()
    secure_evidence()
    for table in ("counties", "checklists", "checklist_items"):
        share(table)


def secure_accounts() -> None:
    """Signing in happens before a county is known: the row is shown to who names its login or holds its token."""
    by_login = "login = nullif(current_setting('app.login', true), '')"
    by_token = "token_hash = nullif(current_setting('app.sign_in', true), '')"
    through_sign_in = f"exists (select from sign_ins where account_id = accounts.id and {by_token})"
    secure("sign_ins", visible=f"{OWN_COUNTY} or {by_token}")
    secure("accounts", visible=f"{OWN_COUNTY} or {by_login} or {through_sign_in}")


def secure_evidence() -> None:
    """What may be evidence is never deleted by the app; the history is not even changed."""
    for table in ("checks", "answers", "photos", "check_conflicts", "blobs"):
        secure(table, "select, insert, update")
    secure("events", "select, insert")


def create_tables() -> None:
    op.create_table(
        "checklists",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_checklists")),
    )
    op.create_table(
        "counties",
        sa.Column("code", sa.CHAR(length=6), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{6}$'", name=op.f("ck_counties_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_counties")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("failed_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_accounts_county")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
    )
    op.create_geospatial_table(
        "areas",
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "prefecture",
                "county",
                "township",
                "village",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "parent_id"], ["areas.county", "areas.id"], name=op.f("fk_areas_county_parent_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_areas_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_areas")),
        sa.UniqueConstraint(
            "county",
            "level",
            "parent_id",
            "name",
            name=op.f("uq_areas_county_level_parent_id_name"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_geospatial_index(
        "idx_areas_boundary", "areas", ["boundary"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_areas_county_code", "areas", ["county", "code"], unique=False)
    op.create_table(
        "checklist_items",
        sa.Column("checklist_code", sa.Text(), nullable=False),
        sa.Column("checklist_version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("section_en", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checklist_code", "checklist_version"],
            ["checklists.code", "checklists.version"],
            name=op.f("fk_checklist_items_checklist_code_checklist_version"),
        ),
        sa.PrimaryKeyConstraint("checklist_code", "checklist_version", "code", name=op.f("pk_checklist_items")),
    )
    op.create_table(
        "departments",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "education",
                "market",
                "civil_affairs",
                "police",
                "urban",
                "fire",
                "culture",
                "township",
                "discipline",
                "school",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "township_id"], ["areas.county", "areas.id"], name=op.f("fk_departments_county_township_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_departments_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_departments")),
        sa.UniqueConstraint("county", "name", name=op.f("uq_departments_county_name")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_ins_account_id")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sign_ins_county")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("id", name=op.f("uq_sign_ins_id")),
    )
    op.create_index(op.f("ix_sign_ins_account_id"), "sign_ins", ["account_id"], unique=False)
    op.create_table(
        "people",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("theme", sa.Text(), server_default="light", nullable=False),
        sa.Column("type_size", sa.Text(), server_default="normal", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "department_id"],
            ["departments.county", "departments.id"],
            name=op.f("fk_people_county_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"],
            ["sites.county", "sites.id"],
            name=op.f("fk_people_county_site_id"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["county", "township_id"], ["areas.county", "areas.id"], name=op.f("fk_people_county_township_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_people_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_people")),
        sa.UniqueConstraint("county", "account_id", name=op.f("uq_people_county_account_id")),
    )
    op.create_geospatial_table(
        "blobs",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "stored", "damaged", "refused", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("exif", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "exif_location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("exif_taken_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_from_id", sa.Uuid(), nullable=True),
        sa.Column("derived_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_blobs_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_blobs_size")),
        sa.ForeignKeyConstraint(
            ["county", "received_from_id"],
            ["people.county", "people.id"],
            name=op.f("fk_blobs_county_received_from_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_blobs_county")),
        sa.PrimaryKeyConstraint("county", "sha256", name=op.f("pk_blobs")),
    )
    op.create_geospatial_index(
        "idx_blobs_exif_location",
        "blobs",
        ["exif_location"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "certificates",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_certificates_county_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_certificates_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("county", "number", name=op.f("uq_certificates_county_number")),
    )
    op.create_table(
        "events",
        sa.Column("at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_events_county_person_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_events_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_county_at", "events", ["county", "at"], unique=False)
    op.create_index("ix_events_county_subject_id", "events", ["county", "subject_id"], unique=False)
    op.create_geospatial_table(
        "grid_cells",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "township_id"], ["areas.county", "areas.id"], name=op.f("fk_grid_cells_county_township_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "worker_id"], ["people.county", "people.id"], name=op.f("fk_grid_cells_county_worker_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_grid_cells_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_grid_cells")),
        sa.UniqueConstraint("county", "code", name=op.f("uq_grid_cells_county_code")),
    )
    op.create_geospatial_index(
        "idx_grid_cells_boundary",
        "grid_cells",
        ["boundary"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "hotspot_runs",
        sa.Column(
            "state",
            sa.Enum("waiting", "done", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("computed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_hotspot_runs_county_person_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_hotspot_runs_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_hotspot_runs")),
    )
    op.create_index("ix_hotspot_runs_county_computed_at", "hotspot_runs", ["county", "computed_at"], unique=False)
    op.create_table(
        "person_roles",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "inspector",
                "grid_worker",
                "enforcer",
                "volunteer",
                "township_admin",
                "dispatcher",
                "director",
                "school_user",
                "institution_user",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_person_roles_county_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("county", "person_id", "role", name=op.f("pk_person_roles")),
    )
    op.create_geospatial_table(
        "zones",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("inspector_id", sa.Uuid(), nullable=True),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "inspector_id"], ["people.county", "people.id"], name=op.f("fk_zones_county_inspector_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_zones_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_zones")),
        sa.UniqueConstraint("county", "name", name=op.f("uq_zones_county_name")),
    )
    op.create_geospatial_index(
        "idx_zones_boundary", "zones", ["boundary"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "hotspot_cells",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("z", sa.Double(), nullable=True),
        sa.Column("p", sa.Double(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "run_id"],
            ["hotspot_runs.county", "hotspot_runs.id"],
            name=op.f("fk_hotspot_cells_county_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("county", "run_id", "code", name=op.f("pk_hotspot_cells")),
    )
    op.create_geospatial_index(
        "idx_hotspot_cells_boundary",
        "hotspot_cells",
        ["boundary"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "sites",
        sa.Column(
            "kind",
            sa.Enum(
                "school",
                "institution",
                "suspected",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "kindergarten",
                "primary",
                "junior",
                "nine_year",
                "senior",
                "subject",
                "arts",
                "sport",
                "science",
                "vocational",
                "childcare",
                "after_care",
                "lunch_table",
                "study_room",
                "minding",
                "consulting",
                "preschool",
                "bridging",
                "thinking",
                "enrichment",
                "one_to_one",
                "live_in_tutor",
                "unlicensed_class",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "reported",
                "verified",
                "dismissed",
                "rectifying",
                "suspended",
                "closed",
                "licensed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("external_key", sa.Text(), nullable=True),
        sa.Column(
            "ownership",
            sa.Enum("public", "private", name="ownership", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "premises",
            sa.Enum(
                "residential",
                "garage",
                "basement",
                "shop",
                "office",
                "village",
                "campus",
                name="premises",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "licence_state",
            sa.Enum(
                "complete",
                "permit_only",
                "registration_only",
                "none",
                name="licence_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "public_list",
            sa.Enum("white", "black", name="public_list", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("location_datum", sa.Text(), nullable=True),
        sa.Column("location_accuracy_m", sa.Double(), nullable=True),
        sa.Column("tile_key", sa.BigInteger(), sa.Computed("tile_key(location)", persisted=True), nullable=True),
        sa.Column(
            "tile_column", sa.Integer(), sa.Computed("tile_column(location)", persisted=True), nullable=True
        ),
        sa.Column("tile_row", sa.Integer(), sa.Computed("tile_row(location)", persisted=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("stated_township", sa.Text(), nullable=True),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("zone_id", sa.Uuid(), nullable=True),
        sa.Column("grid_cell_id", sa.Uuid(), nullable=True),
        sa.Column("person_in_charge", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("pupils", sa.Integer(), nullable=True),
        sa.Column("staff", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("watched_until", sa.Date(), nullable=True),
        sa.Column("moved_from_id", sa.Uuid(), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> '' and char_length(name) <= 300", name=op.f("ck_sites_name")),
        sa.ForeignKeyConstraint(
            ["county", "created_by_id"], ["people.county", "people.id"], name=op.f("fk_sites_county_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "grid_cell_id"],
            ["grid_cells.county", "grid_cells.id"],
            name=op.f("fk_sites_county_grid_cell_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "moved_from_id"], ["sites.county", "sites.id"], name=op.f("fk_sites_county_moved_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "township_id"], ["areas.county", "areas.id"], name=op.f("fk_sites_county_township_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "village_id"], ["areas.county", "areas.id"], name=op.f("fk_sites_county_village_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "zone_id"], ["zones.county", "zones.id"], name=op.f("fk_sites_county_zone_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sites_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sites")),
        sa.UniqueConstraint("county", "kind", "external_key", name=op.f("uq_sites_county_kind_external_key")),
    )
    op.create_geospatial_index(
        "idx_sites_location", "sites", ["location"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(
        "ix_sites_county_tile_key",
        "sites",
        ["county", "tile_key"],
        unique=False,
        postgresql_include=[
            "tile_column", "tile_row", "id", "name", "kind", "category", "state", "licence_state",
        ],
    )  # fmt: skip
    op.create_index("ix_sites_county_township_id", "sites", ["county", "township_id"], unique=False)
    op.create_index("ix_sites_county_zone_id", "sites", ["county", "zone_id"], unique=False)
    op.create_index("ix_sites_county_moved_from_id", "sites", ["county", "moved_from_id"], unique=False)
    op.create_index("ix_people_county_site_id", "people", ["county", "site_id"], unique=False)
    op.create_geospatial_table(
        "checks",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "routine",
                "term_opening",
                "special",
                "unannounced",
                "random",
                "tip",
                "sweep",
                "canvass",
                "recheck",
                "self",
                "stakeout",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "standing",
            sa.Enum("lead", "inspection", name="standing", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("incomplete", "received", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("certificate_number", sa.Text(), nullable=True),
        sa.Column("second_person_id", sa.Uuid(), nullable=True),
        sa.Column("second_certificate_number", sa.Text(), nullable=True),
        sa.Column("certificates_shown_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("recording_told_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("checklist_code", sa.Text(), nullable=True),
        sa.Column("checklist_version", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("person_in_charge", sa.Text(), nullable=True),
        sa.Column("signature_refused", sa.Text(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("device_sequence", sa.BigInteger(), nullable=False),
        sa.Column("device_started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("device_finished_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("fixes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("location_grade", sa.Text(), server_default="D", nullable=False),
        sa.Column("no_fix_reason", sa.Text(), nullable=True),
        sa.Column(
            "fence",
            sa.Enum(
                "inside",
                "cannot_tell",
                "outside",
                name="fence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("flags", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("record_sha256", sa.Text(), nullable=False),
        sa.Column("manifest", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("second_person_id <> person_id", name=op.f("ck_checks_two_officers")),
        sa.ForeignKeyConstraint(
            ["checklist_code", "checklist_version"],
            ["checklists.code", "checklists.version"],
            name=op.f("fk_checks_checklist_code_checklist_version"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_checks_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "second_person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_checks_county_second_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_checks_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_checks_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_checks")),
        sa.UniqueConstraint(
            "county", "device_id", "device_sequence", name=op.f("uq_checks_county_device_id_device_sequence")
        ),
    )
    op.create_geospatial_index(
        "idx_checks_location", "checks", ["location"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_checks_county_person_id", "checks", ["county", "person_id"], unique=False)
    op.create_index(
        "ix_checks_county_site_id_device_finished_at",
        "checks",
        ["county", "site_id", "device_finished_at"],
        unique=False,
    )
    op.create_table(
        "licences",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "permit", "business", "civil", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name=op.f("ck_licences_credit_code")),
        sa.ForeignKeyConstraint(
            ["county", "site_id"],
            ["sites.county", "sites.id"],
            name=op.f("fk_licences_county_site_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_licences_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_licences")),
        sa.UniqueConstraint(
            "county", "site_id", "kind", "number", name=op.f("uq_licences_county_site_id_kind_number")
        ),
    )
    op.create_index("ix_licences_county_credit_code", "licences", ["county", "credit_code"], unique=False)
    op.create_geospatial_table(
        "tips",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "web",
                "hotline",
                "mailbox",
                "volunteer",
                "school",
                "department",
                "higher",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "assigned",
                "confirmed",
                "unfounded",
                "duplicate",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="new",
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "kindergarten",
                "primary",
                "junior",
                "nine_year",
                "senior",
                "subject",
                "arts",
                "sport",
                "science",
                "vocational",
                "childcare",
                "after_care",
                "lunch_table",
                "study_room",
                "minding",
                "consulting",
                "preschool",
                "bridging",
                "thinking",
                "enrichment",
                "one_to_one",
                "live_in_tutor",
                "unlicensed_class",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("happened_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("names_minor", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_tips_county_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "township_id"], ["areas.county", "areas.id"], name=op.f("fk_tips_county_township_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_tips_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_tips")),
        sa.UniqueConstraint("county", "code", name=op.f("uq_tips_county_code")),
    )
    op.create_geospatial_index(
        "idx_tips_location", "tips", ["location"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_tips_county_received_at", "tips", ["county", "received_at"], unique=False)
    op.create_index("ix_tips_county_site_id", "tips", ["county", "site_id"], unique=False)
    op.create_table(
        "answers",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "compliant",
                "not_compliant",
                "not_applicable",
                "unseen",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("verdict <> 'not_compliant' or btrim(note) <> ''", name=op.f("ck_answers_note")),
        sa.ForeignKeyConstraint(
            ["county", "check_id"],
            ["checks.county", "checks.id"],
            name=op.f("fk_answers_county_check_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("county", "check_id", "item_code", name=op.f("pk_answers")),
    )
    op.create_table(
        "check_conflicts",
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("record_sha256", sa.Text(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_check_conflicts_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_check_conflicts_county_person_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_check_conflicts_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_check_conflicts")),
        sa.UniqueConstraint(
            "county", "check_id", "record_sha256", name=op.f("uq_check_conflicts_county_check_id_record_sha256")
        ),
    )
    op.create_table(
        "findings",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), server_default="2", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "confirmed",
                "rejected",
                "rectifying",
                "struck_off",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="proposed",
            nullable=False,
        ),
        sa.Column("found_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("struck_off_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("severity between 1 and 3", name=op.f("ck_findings_severity")),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_findings_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "confirmed_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_findings_county_confirmed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_findings_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_findings_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_county_found_at", "findings", ["county", "found_at"], unique=False)
    op.create_index("ix_findings_county_site_id", "findings", ["county", "site_id"], unique=False)
    op.create_index("ix_findings_county_check_id", "findings", ["county", "check_id"], unique=False)
    op.create_geospatial_table(
        "photos",
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "scene",
                "document",
                "signature",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "expected",
                "received",
                "damaged",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("caption", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("device_taken_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("fix", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "check_id"],
            ["checks.county", "checks.id"],
            name=op.f("fk_photos_county_check_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_photos_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_photos")),
    )
    op.create_geospatial_index(
        "idx_photos_location", "photos", ["location"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_photos_county_check_id", "photos", ["county", "check_id"], unique=False)
    op.create_index("ix_photos_county_sha256", "photos", ["county", "sha256"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "routine",
                "term_opening",
                "special",
                "unannounced",
                "random",
                "tip",
                "sweep",
                "canvass",
                "recheck",
                "self",
                "stakeout",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open", "done", "cancelled", name="state", native_enum=False, create_constraint=True, length=32
            ),
            server_default="open",
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "assignee_id"], ["people.county", "people.id"], name=op.f("fk_tasks_county_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_tasks_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "created_by_id"], ["people.county", "people.id"], name=op.f("fk_tasks_county_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_tasks_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_tasks_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_county_assignee_id_state", "tasks", ["county", "assignee_id", "state"], unique=False)
    op.create_index("ix_tasks_county_site_id", "tasks", ["county", "site_id"], unique=False)
    op.create_foreign_key("fk_people_county_site_id", "people", "sites", ["county", "site_id"], ["county", "id"])


def downgrade() -> None:
    op.drop_constraint("fk_people_county_site_id", "people")
    op.execute("drop policy own_county on accounts")
    drop_tables()
    for function in ("tile_key", "tile_row", "tile_column"):
        op.execute(f"drop function {function}(geometry)")


def drop_tables() -> None:
    op.drop_index("ix_tasks_county_site_id", table_name="tasks")
    op.drop_index("ix_tasks_county_assignee_id_state", table_name="tasks")
    op.drop_table("tasks")
    op.drop_index("ix_photos_county_sha256", table_name="photos")
    op.drop_index("ix_photos_county_check_id", table_name="photos")
    op.drop_geospatial_index(
        "idx_photos_location", table_name="photos", postgresql_using="gist", column_name="location"
    )
    op.drop_geospatial_table("photos")
    op.drop_index("ix_findings_county_check_id", table_name="findings")
    op.drop_index("ix_findings_county_site_id", table_name="findings")
    op.drop_index("ix_findings_county_found_at", table_name="findings")
    op.drop_table("findings")
    op.drop_table("check_conflicts")
    op.drop_table("answers")
    op.drop_index("ix_tips_county_site_id", table_name="tips")
    op.drop_index("ix_tips_county_received_at", table_name="tips")
    op.drop_geospatial_index(
        "idx_tips_location", table_name="tips", postgresql_using="gist", column_name="location"
    )
    op.drop_geospatial_table("tips")
    op.drop_index("ix_licences_county_credit_code", table_name="licences")
    op.drop_table("licences")
    op.drop_index("ix_checks_county_site_id_device_finished_at", table_name="checks")
    op.drop_index("ix_checks_county_person_id", table_name="checks")
    op.drop_geospatial_index(
        "idx_checks_location", table_name="checks", postgresql_using="gist", column_name="location"
    )
    op.drop_geospatial_table("checks")
    op.drop_index("ix_people_county_site_id", table_name="people")
    op.drop_index("ix_sites_county_moved_from_id", table_name="sites")
    op.drop_index("ix_sites_county_zone_id", table_name="sites")
    op.drop_index("ix_sites_county_township_id", table_name="sites")
    op.drop_index("ix_sites_county_tile_key", table_name="sites")
    op.drop_geospatial_index(
        "idx_sites_location", table_name="sites", postgresql_using="gist", column_name="location"
    )
    op.drop_geospatial_table("sites")
    op.drop_geospatial_index(
        "idx_hotspot_cells_boundary", table_name="hotspot_cells", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("hotspot_cells")
    op.drop_geospatial_index(
        "idx_zones_boundary", table_name="zones", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("zones")
    op.drop_table("person_roles")
    op.drop_index("ix_hotspot_runs_county_computed_at", table_name="hotspot_runs")
    op.drop_table("hotspot_runs")
    op.drop_geospatial_index(
        "idx_grid_cells_boundary", table_name="grid_cells", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("grid_cells")
    op.drop_index("ix_events_county_subject_id", table_name="events")
    op.drop_index("ix_events_county_at", table_name="events")
    op.drop_table("events")
    op.drop_table("certificates")
    op.drop_geospatial_index(
        "idx_blobs_exif_location", table_name="blobs", postgresql_using="gist", column_name="exif_location"
    )
    op.drop_geospatial_table("blobs")
    op.drop_table("people")
    op.drop_index(op.f("ix_sign_ins_account_id"), table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("departments")
    op.drop_table("checklist_items")
    op.drop_index("ix_areas_county_code", table_name="areas")
    op.drop_geospatial_index(
        "idx_areas_boundary", table_name="areas", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("areas")
    op.drop_table("accounts")
    op.drop_table("counties")
    op.drop_table("checklists")
