"""the way of tips, clues, lists with their history, and walks through the grid"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# Checks list their words; a list that grows is dropped and written anew.
TIP_STATES = ("new", "assigned", "confirmed", "unfounded", "duplicate")
MORE_TIP_STATES = (*TIP_STATES, "transferred", "invalid")
ROLES = (
    "inspector", "grid_worker", "enforcer", "volunteer", "township_admin", "dispatcher", "director", "school_user",
    "institution_user", "auditor", "superior", "legal_reviewer",
)  # fmt: skip
MORE_ROLES = (*ROLES, "operator")
MOVES = (
    "received", "assigned", "returned", "confirmed", "unfounded", "transferred", "invalid", "merged", "unmerged",
    "reopened", "key", "unkey", "answered", "added", "whistle", "note",
)  # fmt: skip
CLUES = ("phone", "teacher", "payment", "wechat", "advert", "name")
BANDS = ("workday", "evening", "weekend", "holiday")
# What was known of tips that came before their way was written down
PAST = """
    insert into tip_moves (county, id, tip_id, kind, state, at)
        select county, gen_random_uuid(), id, 'received', 'new', received_at from tips;
    insert into tip_moves (county, id, tip_id, kind, state, at)
        select county, gen_random_uuid(), id, case state when 'duplicate' then 'merged' else state end, state,
            greatest(updated_at, received_at + interval '1 second')
        from tips where state <> 'new';
"""
PAST_LISTINGS = """
    insert into public_listings (county, id, site_id, list, listed_at, reason)
        select county, gen_random_uuid(), id, public_list, created_at, '建立名单前已列入'
        from sites where public_list is not null
"""


def upgrade() -> None:
    _words("tips", "state", MORE_TIP_STATES)
    _words("person_roles", "role", MORE_ROLES)
    _tips()
    _sites_and_cells()
    _moves()
    _clues()
    _listings()
    _campaigns()
    _visits()


def _words(table: str, column: str, words: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} in ({listed})")


def _tips() -> None:
    for name in ("near", "compound", "building", "unit", "room", "schedule", "reference", "reference_from"):
        op.add_column("tips", sa.Column(name, sa.Text(), nullable=True))
    for name, other in (("near_site_id", "sites"), ("master_id", "tips"), ("taken_by_id", "people")):
        op.add_column("tips", sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(f"fk_tips_county_{name}"), "tips", other, ["county", name], ["county", "id"])
    for name in ("triage_due_at", "key_since"):
        op.add_column("tips", sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("tips", sa.Column("uncertainty_m", sa.Float(), nullable=True))
    op.add_column("tips", sa.Column("receipt_mark", sa.LargeBinary(), nullable=True))
    op.add_column("tips", sa.Column("content_sha256", sa.CHAR(64), nullable=True))
    op.create_unique_constraint(op.f("uq_tips_county_receipt_mark"), "tips", ["county", "receipt_mark"])
    op.create_check_constraint(op.f("ck_tips_master"), "tips", "master_id <> id")
    op.create_check_constraint(op.f("ck_tips_merged"), "tips", "(state = 'duplicate') >= (master_id is not null)")
    op.create_check_constraint(op.f("ck_tips_uncertainty_m"), "tips", "uncertainty_m >= 0")
    op.create_index("ix_tips_county_master_id", "tips", ["county", "master_id"])


def _sites_and_cells() -> None:
    for name in ("compound", "building", "unit", "floor", "room"):
        op.add_column("sites", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("grid_cells", sa.Column("village_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_grid_cells_county_village_id"), "grid_cells", "areas", ["county", "village_id"], ["county", "id"]
    )
    op.add_column("grid_cells", sa.Column("retired_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column(
        "grid_cells", sa.Column("origin", sa.String(32), server_default=sa.text("'drawn'"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_grid_cells_origin"),
        "grid_cells",
        "origin in ('squares', 'hexagons', 'compounds', 'drawn', 'imported')",
    )


def _moves() -> None:
    op.create_table(
        "tip_moves",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _word("kind", MOVES), nullable=False),
        sa.Column("state", _word("state", MORE_TIP_STATES), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("master_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True),
        *_row("tip_moves"),
        _in_county("tip_moves", "tip_id", "tips"),
        _in_county("tip_moves", "by_id", "people"),
        _in_county("tip_moves", "township_id", "areas"),
        _in_county("tip_moves", "department_id", "departments"),
        _in_county("tip_moves", "assignee_id", "people"),
        _in_county("tip_moves", "task_id", "tasks"),
        _in_county("tip_moves", "master_id", "tips"),
    )
    op.create_index("ix_tip_moves_county_tip_id_at", "tip_moves", ["county", "tip_id", "at"])
    op.create_index("ix_tip_moves_county_at", "tip_moves", ["county", "at"])
    op.execute(PAST)
    secure("tip_moves", "select, insert")


def _clues() -> None:
    op.create_table(
        "clues",
        sa.Column("kind", _word("kind", CLUES), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        *_row("clues"),
        _in_county("clues", "tip_id", "tips"),
        _in_county("clues", "site_id", "sites"),
        sa.CheckConstraint("num_nonnulls(tip_id, site_id) = 1", name=op.f("ck_clues_owner")),
        sa.CheckConstraint("value <> ''", name=op.f("ck_clues_value")),
    )
    op.create_index("ix_clues_county_kind_value", "clues", ["county", "kind", "value"])
    op.create_index("ix_clues_county_tip_id", "clues", ["county", "tip_id"])
    op.create_index("ix_clues_county_site_id", "clues", ["county", "site_id"])
    secure("clues", "select, insert, delete")


def _listings() -> None:
    op.create_table(
        "public_listings",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("list", _word("list", ("white", "black")), nullable=False),
        sa.Column("listed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("listed_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Uuid(), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        *_row("public_listings"),
        *_recorded(),
        _in_county("public_listings", "site_id", "sites"),
        _in_county("public_listings", "listed_by_id", "people"),
        _in_county("public_listings", "removed_by_id", "people"),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_public_listings_reason")),
        sa.CheckConstraint(
            "(removed_at is null) = (removed_by_id is null) and (removed_at is null) = (removed_reason is null)",
            name=op.f("ck_public_listings_removed"),
        ),
    )
    op.create_index(
        "uq_public_listings_county_site_id",
        "public_listings",
        ["county", "site_id"],
        unique=True,
        postgresql_where=sa.text("removed_at is null"),
    )
    op.create_index(
        "ix_public_listings_county_site_id_listed_at", "public_listings", ["county", "site_id", "listed_at"]
    )
    op.execute(PAST_LISTINGS)
    secure("public_listings", "select, insert, update")


def _campaigns() -> None:
    op.create_table(
        "canvass_campaigns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("bands", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        *_row("canvass_campaigns"),
        *_recorded(),
        _in_county("canvass_campaigns", "township_id", "areas"),
        _in_county("canvass_campaigns", "created_by_id", "people"),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_canvass_campaigns_name")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_canvass_campaigns_days")),
        sa.CheckConstraint(
            "cardinality(bands) > 0 and bands <@ array['workday', 'evening', 'weekend', 'holiday']",
            name=op.f("ck_canvass_campaigns_bands"),
        ),
    )
    op.create_index("ix_canvass_campaigns_county_ends_on", "canvass_campaigns", ["county", "ends_on"])
    secure("canvass_campaigns")
    op.create_table(
        "campaign_cells",
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("county", "campaign_id", "cell_id", name=op.f("pk_campaign_cells")),
        _in_county("campaign_cells", "campaign_id", "canvass_campaigns", ondelete="CASCADE"),
        _in_county("campaign_cells", "cell_id", "grid_cells"),
        _in_county("campaign_cells", "assignee_id", "people"),
    )
    op.create_index("ix_campaign_cells_county_assignee_id", "campaign_cells", ["county", "assignee_id"])
    secure("campaign_cells")


def _visits() -> None:
    op.create_table(
        "canvass_visits",
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", _word("outcome", ("clean", "leads", "no_access")), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("band", _word("band", BANDS), nullable=False),
        sa.Column("lead_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("device_sequence", sa.BigInteger(), nullable=False),
        sa.Column("device_started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("device_finished_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("fixes", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("location", geoalchemy2.Geometry("POINT", 4326, spatial_index=False), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("location_grade", sa.Text(), server_default="D", nullable=False),
        sa.Column("fence", _word("fence", ("inside", "cannot_tell", "outside")), nullable=False),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("no_fix_reason", sa.Text(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("record_sha256", sa.CHAR(64), nullable=False),
        *_row("canvass_visits"),
        *_recorded(),
        _in_county("canvass_visits", "cell_id", "grid_cells"),
        _in_county("canvass_visits", "campaign_id", "canvass_campaigns"),
        _in_county("canvass_visits", "person_id", "people"),
    )
    op.create_index(
        "idx_canvass_visits_location", "canvass_visits", ["location"], postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(
        "ix_canvass_visits_county_cell_id_band",
        "canvass_visits",
        ["county", "cell_id", "band", sa.text("device_finished_at desc")],
        postgresql_include=["outcome", "person_id"],
    )
    op.create_index(
        "ix_canvass_visits_county_person_id_received_at", "canvass_visits", ["county", "person_id", "received_at"]
    )
    op.create_index("ix_canvass_visits_county_campaign_id", "canvass_visits", ["county", "campaign_id"])
    secure("canvass_visits", "select, insert")


def _word(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _row(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
    )


def _recorded() -> tuple[sa.schema.SchemaItem, ...]:
    moment = sa.TIMESTAMP(timezone=True)
    return (
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", moment, server_default=sa.text("now()"), nullable=False),
    )


def _in_county(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column],
        [f"{other}.county", f"{other}.id"],
        name=op.f(f"fk_{table}_county_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    for table in (
        "canvass_visits",
        "campaign_cells",
        "canvass_campaigns",
        "public_listings",
        "clues",
        "tip_moves",
    ):
        op.drop_table(table)
    for name in ("origin", "village_id", "retired_at"):
        op.drop_column("grid_cells", name)
    for name in ("compound", "building", "unit", "floor", "room"):
        op.drop_column("sites", name)
    op.drop_constraint(op.f("ck_tips_merged"), "tips", type_="check")
    for name in (
        "near", "compound", "building", "unit", "room", "schedule", "reference", "reference_from", "near_site_id",
        "master_id", "taken_by_id", "triage_due_at", "key_since", "uncertainty_m", "receipt_mark", "content_sha256",
    ):  # fmt: skip
        op.drop_column("tips", name)
    op.execute("update tips set state = 'unfounded' where state in ('transferred', 'invalid')")
    op.execute("delete from person_roles where role = 'operator'")
    _words("tips", "state", TIP_STATES)
    _words("person_roles", "role", ROLES)
