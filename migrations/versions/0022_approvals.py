"""approvals, recusals, legal reviews, services and their corrections, and who is in charge of a case"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ROLES = ("inspector", "grid_worker", "enforcer", "volunteer", "township_admin", "dispatcher", "director",
         "school_user", "institution_user", "auditor")  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "legal_reviews",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked", "passed", "returned", name="state", native_enum=False, create_constraint=True, length=32
            ),
            server_default="asked",
            nullable=False,
        ),
        sa.Column("grounds", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("words_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("opinion", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (decided_at is null)", name=op.f("ck_legal_reviews_decided")),
        sa.CheckConstraint("state <> 'returned' or opinion <> ''", name=op.f("ck_legal_reviews_opinion")),
        sa.CheckConstraint("decided_by_id <> asked_by_id", name=op.f("ck_legal_reviews_four_eyes")),
        sa.ForeignKeyConstraint(
            ["county", "asked_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_legal_reviews_county_asked_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "decided_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_legal_reviews_county_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"],
            ["orders.county", "orders.id"],
            name=op.f("fk_legal_reviews_county_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_legal_reviews_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_legal_reviews")),
    )
    op.create_index("ix_legal_reviews_county_order_id", "legal_reviews", ["county", "order_id"], unique=False)
    op.create_index(
        "uq_legal_reviews_asked",
        "legal_reviews",
        ["county", "order_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "services",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "in_person",
                "left",
                "post",
                "electronic",
                "public",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("server_id", sa.Uuid(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("service_note", sa.Text(), nullable=True),
        sa.Column("receipt_sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(corrects_id is null) = (reason = '')", name=op.f("ck_services_correction_reason")),
        sa.ForeignKeyConstraint(
            ["county", "corrects_id"],
            ["services.county", "services.id"],
            name=op.f("fk_services_county_corrects_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"], ["orders.county", "orders.id"], name=op.f("fk_services_county_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "receipt_sha256"],
            ["blobs.county", "blobs.sha256"],
            name=op.f("fk_services_county_receipt_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "recorded_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_services_county_recorded_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "server_id"], ["people.county", "people.id"], name=op.f("fk_services_county_server_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_services_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_services")),
        sa.UniqueConstraint("county", "corrects_id", name=op.f("uq_services_county_corrects_id")),
    )
    op.create_index("ix_services_county_order_id", "services", ["county", "order_id"], unique=False)
    op.create_index("ix_services_county_receipt_sha256", "services", ["county", "receipt_sha256"], unique=False)
    op.create_index(
        "uq_services_first",
        "services",
        ["county", "order_id"],
        unique=True,
        postgresql_where=sa.text("corrects_id is null"),
    )
    op.create_table(
        "approvals",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "extension",
                "suspension",
                "resumption",
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
                "asked",
                "granted",
                "refused",
                "taken_back",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="asked",
            nullable=False,
        ),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("stood_from", sa.Date(), nullable=True),
        sa.Column("stood_until", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("due_before", sa.Date(), nullable=True),
        sa.Column("due_after", sa.Date(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'resumption') = (stood_from is not null)", name=op.f("ck_approvals_stood_from")
        ),
        sa.CheckConstraint("(state = 'asked') = (decided_at is null)", name=op.f("ck_approvals_decided")),
        sa.CheckConstraint("asked_by_id is not null or asked_by_name <> ''", name=op.f("ck_approvals_asker")),
        sa.CheckConstraint(
            "decided_by_id <> asked_by_id or state = 'taken_back'", name=op.f("ck_approvals_four_eyes")
        ),
        sa.CheckConstraint(
            "num_nonnulls(working_days, until_on) = case kind when 'extension' then 1 else 0 end",
            name=op.f("ck_approvals_one_limit"),
        ),
        sa.CheckConstraint("working_days between 1 and 120", name=op.f("ck_approvals_working_days")),
        sa.ForeignKeyConstraint(
            ["county", "asked_by_id"], ["people.county", "people.id"], name=op.f("fk_approvals_county_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "decided_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_approvals_county_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_approvals_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"], ["orders.county", "orders.id"], name=op.f("fk_approvals_county_order_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_approvals_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_county_finding_id", "approvals", ["county", "finding_id"], unique=False)
    op.create_index(
        "uq_approvals_asked",
        "approvals",
        ["county", "finding_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "case_officers",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("second_officer_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("assigned_by_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("second_officer_id <> officer_id", name=op.f("ck_case_officers_two_officers")),
        sa.ForeignKeyConstraint(
            ["county", "assigned_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_case_officers_county_assigned_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_case_officers_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "officer_id"],
            ["people.county", "people.id"],
            name=op.f("fk_case_officers_county_officer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "second_officer_id"],
            ["people.county", "people.id"],
            name=op.f("fk_case_officers_county_second_officer_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_case_officers_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_case_officers")),
    )
    op.create_index("ix_case_officers_county_finding_id", "case_officers", ["county", "finding_id"], unique=False)
    op.create_table(
        "recusals",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("own", "party", "organ", name="origin", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked", "granted", "refused", name="state", native_enum=False, create_constraint=True, length=32
            ),
            server_default="asked",
            nullable=False,
        ),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (decided_at is null)", name=op.f("ck_recusals_decided")),
        sa.CheckConstraint("decided_by_id <> person_id", name=op.f("ck_recusals_not_by_oneself")),
        sa.ForeignKeyConstraint(
            ["county", "asked_by_id"], ["people.county", "people.id"], name=op.f("fk_recusals_county_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "decided_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_recusals_county_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_recusals_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_recusals_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_recusals_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_recusals_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_recusals")),
    )
    op.create_index("ix_recusals_county_site_id", "recusals", ["county", "site_id"], unique=False)
    op.create_index(
        "uq_recusals_asked",
        "recusals",
        ["county", "site_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    for table in ("approvals", "legal_reviews", "recusals"):
        secure(table, "select, insert, update")
    for table in ("services", "case_officers"):
        secure(table, "select, insert")
    _keep_decided()
    _know_roles(*ROLES, "legal_reviewer")
    op.execute(
        """
        insert into services (county, id, order_id, method, served_on, server_id, received_by, receipt_number,
            service_note, recorded_at, recorded_by_id)
        select county, gen_random_uuid(), id, method, served_on, server_id, received_by, receipt_number, service_note,
            served_at, served_by_id
        from orders where served_on is not null
        """
    )


def _keep_decided() -> None:
    """What was decided stands."""
    op.execute(
        """
        create function keep_decided() returns trigger language plpgsql as $$
        begin
            raise exception '% % is decided and does not change', tg_table_name, old.id
                using errcode = 'check_violation';
        end $$
        """
    )
    for table in ("approvals", "legal_reviews", "recusals"):
        op.execute(
            f"create trigger keep_decided before update on {table} for each row"
            " when (old.state <> 'asked') execute function keep_decided()"
        )


def _know_roles(*roles: str) -> None:
    op.drop_constraint("ck_person_roles_role", "person_roles")
    listed = ", ".join(f"'{role}'" for role in roles)
    op.create_check_constraint(op.f("ck_person_roles_role"), "person_roles", f"role in ({listed})")


def downgrade() -> None:
    op.execute("delete from person_roles where role = 'legal_reviewer'")
    _know_roles(*ROLES)
    op.drop_index("uq_recusals_asked", table_name="recusals", postgresql_where=sa.text("state = 'asked'"))
    op.drop_index("ix_recusals_county_site_id", table_name="recusals")
    op.drop_table("recusals")
    op.drop_index("ix_case_officers_county_finding_id", table_name="case_officers")
    op.drop_table("case_officers")
    op.drop_index("uq_approvals_asked", table_name="approvals", postgresql_where=sa.text("state = 'asked'"))
    op.drop_index("ix_approvals_county_finding_id", table_name="approvals")
    op.drop_table("approvals")
    op.drop_index("uq_services_first", table_name="services", postgresql_where=sa.text("corrects_id is null"))
    op.drop_index("ix_services_county_receipt_sha256", table_name="services")
    op.drop_index("ix_services_county_order_id", table_name="services")
    op.drop_table("services")
    op.drop_index(
        "uq_legal_reviews_asked", table_name="legal_reviews", postgresql_where=sa.text("state = 'asked'")
    )
    op.drop_index("ix_legal_reviews_county_order_id", table_name="legal_reviews")
    op.drop_table("legal_reviews")
    op.execute("drop function keep_decided()")
