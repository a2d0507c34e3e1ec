"""self-checks: campaigns, what each site answers, and links and proof for them"""

import sqlalchemy as sa
from alembic import op

from migrations.security import secure

revision = "0019"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "self_check_campaigns",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("checklist_code", sa.Text(), nullable=False),
        sa.Column("checklist_version", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("site_kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("sent_by_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "coalesce(substring(checklist_code from '^([0-9]{6})-'), county) = county",
            name=op.f("ck_self_check_campaigns_own_checklist"),
        ),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_self_check_campaigns_days")),
        sa.ForeignKeyConstraint(
            ["checklist_code", "checklist_version"],
            ["checklists.code", "checklists.version"],
            name=op.f("fk_self_check_campaigns_checklist_code_checklist_version"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "sent_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_self_check_campaigns_county_sent_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "township_id"],
            ["areas.county", "areas.id"],
            name=op.f("fk_self_check_campaigns_county_township_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_self_check_campaigns_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_self_check_campaigns")),
    )
    op.create_table(
        "self_checks",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "not_begun",
                "draft",
                "submitted",
                "late",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="not_begun",
            nullable=False,
        ),
        sa.Column("begun_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("telephone", sa.Text(), server_default="", nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state in ('submitted', 'late')) = (submitted_at is not null)", name=op.f("ck_self_checks_submitted")
        ),
        sa.ForeignKeyConstraint(
            ["county", "campaign_id"],
            ["self_check_campaigns.county", "self_check_campaigns.id"],
            name=op.f("fk_self_checks_county_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_self_checks_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_self_checks_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_self_checks_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_self_checks")),
        sa.UniqueConstraint(
            "county", "campaign_id", "site_id", name=op.f("uq_self_checks_county_campaign_id_site_id")
        ),
    )
    op.create_index("ix_self_checks_county_site_id", "self_checks", ["county", "site_id"], unique=False)
    op.create_table(
        "self_check_answers",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("self_check_id", sa.Uuid(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["county", "self_check_id"],
            ["self_checks.county", "self_checks.id"],
            name=op.f("fk_self_check_answers_county_self_check_id"),
        ),
        sa.PrimaryKeyConstraint("county", "self_check_id", "item_code", name=op.f("pk_self_check_answers")),
    )
    op.add_column("invitations", sa.Column("self_check_id", sa.Uuid(), nullable=True))
    op.alter_column("invitations", "order_id", existing_type=sa.UUID(), nullable=True)
    op.create_index(
        "ix_invitations_county_self_check_id", "invitations", ["county", "self_check_id"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_invitations_county_self_check_id"),
        "invitations",
        "self_checks",
        ["county", "self_check_id"],
        ["county", "id"],
    )
    op.add_column("proofs", sa.Column("self_check_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_proofs_county_self_check_id"),
        "proofs",
        "self_checks",
        ["county", "self_check_id"],
        ["county", "id"],
    )
    secure("self_check_campaigns", "select, insert, update")
    secure("self_checks", "select, insert, update")
    secure("self_check_answers", "select, insert, delete")
    op.create_foreign_key(
        "fk_self_checks_county_invitation_id",
        "self_checks",
        "invitations",
        ["county", "invitation_id"],
        ["county", "id"],
    )
    op.create_check_constraint(
        "ck_invitations_subject", "invitations", "num_nonnulls(order_id, self_check_id) = 1"
    )
    op.execute(
        """
        create function keep_sent_self_check() returns trigger language plpgsql as $$
        begin
            raise exception 'self-check % was sent and does not change', old.id using errcode = 'check_violation';
        end $$
        """
    )
    op.execute(
        "create trigger keep_sent_self_check before update on self_checks for each row"
        " when (old.submitted_at is not null) execute function keep_sent_self_check()"
    )
    op.execute(
        "create policy sent_stays on self_check_answers as restrictive for delete using (exists (select from"
        " self_checks where self_checks.county = self_check_answers.county and self_checks.id = self_check_id"
        " and submitted_at is null))"
    )


def downgrade() -> None:
    op.execute("drop policy sent_stays on self_check_answers")
    op.execute("delete from proofs where order_id is null")
    op.drop_constraint("ck_invitations_subject", "invitations", type_="check")
    op.execute("alter table self_checks drop constraint fk_self_checks_county_invitation_id")
    op.execute("delete from uploads where sender_id in (select id from invitations where order_id is null)")
    op.execute("delete from invitations where order_id is null")

    op.drop_constraint(op.f("fk_proofs_county_self_check_id"), "proofs", type_="foreignkey")
    op.drop_column("proofs", "self_check_id")
    op.drop_constraint(op.f("fk_invitations_county_self_check_id"), "invitations", type_="foreignkey")
    op.drop_index("ix_invitations_county_self_check_id", table_name="invitations")
    op.alter_column("invitations", "order_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("invitations", "self_check_id")
    op.drop_table("self_check_answers")
    op.drop_index("ix_self_checks_county_site_id", table_name="self_checks")
    op.drop_table("self_checks")
    op.drop_table("self_check_campaigns")
    op.execute("drop function keep_sent_self_check()")
