"""sweeps: plans that are sealed, teams, stops and their journal"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import APP_ROLE, secure

revision = "0049"
down_revision = "0046"
branch_labels = None
depends_on = None

ONLY_ADDED_TO = ("sweep_plans", "sweep_entries")
TABLES = (
    "special_campaigns",
    "sweeps",
    "sweep_members",
    "sweep_plans",
    "sweep_teams",
    "sweep_stops",
    "sweep_team_members",
    "sweep_entries",
)


def upgrade() -> None:
    _special_campaigns()
    _sweeps()
    _sweep_members()
    _sweep_plans()
    _sweep_teams()
    _sweep_stops()
    _sweep_team_members()
    _sweep_entries()
    for table in TABLES:
        secure(table, "select, insert" if table in (*ONLY_ADDED_TO, "sweep_members") else "select, insert, update")
    op.execute(f"grant update (removed_at, updated_at) on sweep_members to {APP_ROLE}")
    op.execute(f"grant delete on sweep_teams, sweep_team_members to {APP_ROLE}")


def _special_campaigns() -> None:
    op.create_table(
        "special_campaigns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("goals", JSONB(), server_default="{}", nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_special_campaigns_days")),
        sa.ForeignKeyConstraint(
            ["county", "made_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaigns_county_made_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_special_campaigns_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_special_campaigns")),
    )


def _sweeps() -> None:
    op.create_table(
        "sweeps",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planning",
                "sealed",
                "running",
                "finished",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="planning",
            nullable=False,
        ),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("meeting_point", sa.Text(), server_default="", nullable=False),
        sa.Column("meets_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("plan_revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("way_factor", sa.Double(), server_default="1.3", nullable=False),
        sa.Column("speed_kmh", sa.Double(), server_default="25", nullable=False),
        sa.Column("service_minutes", sa.SmallInteger(), server_default="30", nullable=False),
        sa.Column("planned_by_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sealed_by_id", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(ended_at is not null) = (state in ('finished', 'cancelled'))", name=op.f("ck_sweeps_ended")
        ),
        sa.CheckConstraint(
            "(released_at is not null) >= (state in ('running', 'finished'))", name=op.f("ck_sweeps_released")
        ),
        sa.CheckConstraint("ends_at > starts_at and meets_at <= starts_at", name=op.f("ck_sweeps_hours")),
        sa.ForeignKeyConstraint(
            ["county", "campaign_id"],
            ["special_campaigns.county", "special_campaigns.id"],
            name=op.f("fk_sweeps_county_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "ended_by_id"], ["people.county", "people.id"], name=op.f("fk_sweeps_county_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "planned_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweeps_county_planned_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "released_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweeps_county_released_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "sealed_by_id"], ["people.county", "people.id"], name=op.f("fk_sweeps_county_sealed_by_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweeps_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweeps")),
    )
    op.create_index("ix_sweeps_county_starts_at", "sweeps", ["county", "starts_at"], unique=False)


def _sweep_members() -> None:
    op.create_table(
        "sweep_members",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=False),
        sa.Column("removed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "added_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweep_members_county_added_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_sweep_members_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "sweep_id"],
            ["sweeps.county", "sweeps.id"],
            name=op.f("fk_sweep_members_county_sweep_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_members_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_members")),
    )
    op.create_index(
        "uq_sweep_members_live",
        "sweep_members",
        ["county", "sweep_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("removed_at is null"),
    )


def _sweep_plans() -> None:
    op.create_table(
        "sweep_plans",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "saved_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweep_plans_county_saved_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "sweep_id"],
            ["sweeps.county", "sweeps.id"],
            name=op.f("fk_sweep_plans_county_sweep_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_plans_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_plans")),
        sa.UniqueConstraint(
            "county", "sweep_id", "revision", name=op.f("uq_sweep_plans_county_sweep_id_revision")
        ),
    )


def _sweep_teams() -> None:
    op.create_table(
        "sweep_teams",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("vehicle", sa.Text(), server_default="", nullable=False),
        sa.Column("start_name", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "start",
            Geometry("POINT", srid=4326, spatial_index=False),
            nullable=False,
        ),
        sa.Column("from_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_sweep_teams_hours")),
        sa.ForeignKeyConstraint(
            ["county", "sweep_id"],
            ["sweeps.county", "sweeps.id"],
            name=op.f("fk_sweep_teams_county_sweep_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_teams_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_teams")),
        sa.UniqueConstraint("county", "sweep_id", "number", name=op.f("uq_sweep_teams_county_sweep_id_number")),
    )


def _sweep_stops() -> None:
    op.create_table(
        "sweep_stops",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("plan", JSONB(), nullable=False),
        sa.Column("planned_enters_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("planned_leaves_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "under_way",
                "arrived",
                "entered",
                "done",
                "closed",
                "moved",
                "refused",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="waiting",
            nullable=False,
        ),
        sa.Column("entered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_sweep_stops_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_sweep_stops_county_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "sweep_id"],
            ["sweeps.county", "sweeps.id"],
            name=op.f("fk_sweep_stops_county_sweep_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "team_id"],
            ["sweep_teams.county", "sweep_teams.id"],
            name=op.f("fk_sweep_stops_county_team_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_stops_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_stops")),
        sa.UniqueConstraint("county", "sweep_id", "site_id", name=op.f("uq_sweep_stops_county_sweep_id_site_id")),
    )
    op.create_index("ix_sweep_stops_county_check_id", "sweep_stops", ["county", "check_id"], unique=False)
    op.create_index("ix_sweep_stops_county_site_id", "sweep_stops", ["county", "site_id"], unique=False)
    op.create_index("ix_sweep_stops_county_team_id", "sweep_stops", ["county", "team_id"], unique=False)


def _sweep_team_members() -> None:
    op.create_table(
        "sweep_team_members",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_leader", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("left_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "absence",
            sa.Enum(
                "ill",
                "called_away",
                "recused",
                "unreachable",
                "other",
                name="absence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(left_at is null) = (absence is null)", name=op.f("ck_sweep_team_members_left")),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweep_team_members_county_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "team_id"],
            ["sweep_teams.county", "sweep_teams.id"],
            name=op.f("fk_sweep_team_members_county_team_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_team_members_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_team_members")),
    )
    op.create_index(
        "ix_sweep_team_members_county_person_id", "sweep_team_members", ["county", "person_id"], unique=False
    )
    op.create_index(
        "uq_sweep_team_members_live",
        "sweep_team_members",
        ["county", "team_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("left_at is null"),
    )


def _sweep_entries() -> None:
    op.create_table(
        "sweep_entries",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "on_duty",
                "off_duty",
                "set_out",
                "arrived",
                "entered",
                "done",
                "closed",
                "moved",
                "refused",
                "support",
                "incident",
                "reply",
                "message",
                "reassigned",
                "added",
                "dropped",
                "reopened",
                "left_team",
                "resolved",
                "released",
                "ended",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("stop_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("heard_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("skew_s", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", JSONB(), server_default="{}", nullable=False),
        sa.Column(
            "place",
            Geometry("POINT", srid=4326, spatial_index=False),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.SmallInteger(), nullable=True),
        sa.Column("answers_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "answers_id"],
            ["sweep_entries.county", "sweep_entries.id"],
            name=op.f("fk_sweep_entries_county_answers_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "author_id"], ["people.county", "people.id"], name=op.f("fk_sweep_entries_county_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "stop_id"],
            ["sweep_stops.county", "sweep_stops.id"],
            name=op.f("fk_sweep_entries_county_stop_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "sweep_id"],
            ["sweeps.county", "sweeps.id"],
            name=op.f("fk_sweep_entries_county_sweep_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "team_id"],
            ["sweep_teams.county", "sweep_teams.id"],
            name=op.f("fk_sweep_entries_county_team_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_entries_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_entries")),
    )
    op.create_index(
        "ix_sweep_entries_county_sweep_id_number", "sweep_entries", ["county", "sweep_id", "number"], unique=False
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
