"""responses to orders, their proofs, and the links by which they come; uploads of who holds a link"""

import sqlalchemy as sa
from alembic import op

from migrations.security import OWN_COUNTY, secure

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_invitations_token_hash")),
        sa.CheckConstraint("(revoked_at is null) = (revoked_by_id is null)", name=op.f("ck_invitations_revoked")),
        sa.ForeignKeyConstraint(
            ["county", "made_by_id"], ["people.county", "people.id"], name=op.f("fk_invitations_county_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"], ["orders.county", "orders.id"], name=op.f("fk_invitations_county_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "revoked_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_invitations_county_revoked_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_invitations_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index("ix_invitations_county_order_id", "invitations", ["county", "order_id"], unique=False)
    op.create_table(
        "proofs",
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("item", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_proofs_sha256")),
        sa.CheckConstraint("num_nonnulls(person_id, invitation_id) = 1", name=op.f("ck_proofs_sender")),
        sa.ForeignKeyConstraint(
            ["county", "invitation_id"],
            ["invitations.county", "invitations.id"],
            name=op.f("fk_proofs_county_invitation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"], ["orders.county", "orders.id"], name=op.f("fk_proofs_county_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_proofs_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_proofs_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_proofs_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_proofs")),
    )
    op.create_index("ix_proofs_county_form_id", "proofs", ["county", "form_id"], unique=False)
    op.create_index("ix_proofs_county_order_id", "proofs", ["county", "order_id"], unique=False)
    op.create_index("ix_proofs_county_sha256", "proofs", ["county", "sha256"], unique=False)
    op.create_table(
        "responses",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "returned",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="submitted",
            nullable=False,
        ),
        sa.Column("submitted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("content_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'submitted') = (decided_at is null)", name=op.f("ck_responses_decided")),
        sa.CheckConstraint(
            "state <> 'returned' or btrim(decision_reason) <> ''", name=op.f("ck_responses_return_reason")
        ),
        sa.CheckConstraint("num_nonnulls(person_id, invitation_id) = 1", name=op.f("ck_responses_sender")),
        sa.ForeignKeyConstraint(
            ["county", "decided_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_responses_county_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "invitation_id"],
            ["invitations.county", "invitations.id"],
            name=op.f("fk_responses_county_invitation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"], ["orders.county", "orders.id"], name=op.f("fk_responses_county_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_responses_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "task_id"], ["tasks.county", "tasks.id"], name=op.f("fk_responses_county_task_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_responses_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_responses")),
    )
    op.create_index("ix_responses_county_order_id", "responses", ["county", "order_id"], unique=False)
    op.create_index("ix_responses_county_state", "responses", ["county", "state"], unique=False)
    op.create_index(
        "uq_responses_waiting",
        "responses",
        ["county", "order_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "response_items",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column(
            "claim",
            sa.Enum(
                "done", "partly", "not_yet", name="claim", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "order_item_id"],
            ["order_items.county", "order_items.id"],
            name=op.f("fk_response_items_county_order_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "response_id"],
            ["responses.county", "responses.id"],
            name=op.f("fk_response_items_county_response_id"),
        ),
        sa.PrimaryKeyConstraint("county", "response_id", "order_item_id", name=op.f("pk_response_items")),
    )
    secure_tables()
    op.drop_constraint("fk_uploads_county_person_id", "uploads", type_="foreignkey")
    op.alter_column("uploads", "person_id", new_column_name="sender_id")
    op.execute(
        "alter table uploads rename constraint uq_uploads_county_person_id_sha256 to uq_uploads_county_sender_id_sha256"
    )


def secure_tables() -> None:
    """What was sent stays: proofs can be taken away until then, the words of a response never change."""
    by_token = "token_hash = nullif(current_setting('app.invitation', true), '')"
    secure("invitations", "select, insert, update", visible=f"{OWN_COUNTY} or {by_token}")
    secure("responses", "select, insert, update")
    secure("response_items", "select, insert")
    secure("proofs")
    op.execute("create policy sent_stays on proofs as restrictive for delete using (submitted_at is null)")
    op.execute(
        "create policy sent_is_fixed on proofs as restrictive for update using (submitted_at is null)"
        " with check (true)"
    )
    op.execute(
        """
        create function keep_sent_response() returns trigger language plpgsql as $$
        begin
            if (new.order_id, new.submitted_at, new.name, new.telephone, new.text, new.content_sha256,
                new.person_id, new.invitation_id) is distinct from
               (old.order_id, old.submitted_at, old.name, old.telephone, old.text, old.content_sha256,
                old.person_id, old.invitation_id)
               or old.state <> 'submitted'
            then
                raise exception 'response % was sent and does not change', old.id using errcode = 'check_violation';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger keep_sent_response before update on responses for each row"
        " execute function keep_sent_response()"
    )


def downgrade() -> None:
    op.execute(
        "delete from uploads where not exists (select from people where people.county = uploads.county and people.id = sender_id)"
    )
    op.execute(
        "alter table uploads rename constraint uq_uploads_county_sender_id_sha256 to uq_uploads_county_person_id_sha256"
    )
    op.alter_column("uploads", "sender_id", new_column_name="person_id")
    op.create_foreign_key(
        "fk_uploads_county_person_id", "uploads", "people", ["county", "person_id"], ["county", "id"]
    )

    op.drop_table("response_items")
    op.drop_index("uq_responses_waiting", table_name="responses", postgresql_where=sa.text("state = 'submitted'"))
    op.drop_index("ix_responses_county_state", table_name="responses")
    op.drop_index("ix_responses_county_order_id", table_name="responses")
    op.drop_table("responses")
    op.drop_index("ix_proofs_county_sha256", table_name="proofs")
    op.drop_index("ix_proofs_county_order_id", table_name="proofs")
    op.drop_index("ix_proofs_county_form_id", table_name="proofs")
    op.drop_table("proofs")
    op.drop_index("ix_invitations_county_order_id", table_name="invitations")
    op.drop_table("invitations")
    op.execute("drop function keep_sent_response()")
