"""bulletins: drafts with their sections and cases, what was signed, and the weights of the score"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BEFORE = ("rectification", "supervision", "interview", "notice", "accountability", "handover")


def upgrade() -> None:
    op.create_table(
        "bulletins",
        sa.Column(
            "kind",
            sa.Enum(
                "daily",
                "half_month",
                "quarterly",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "signed",
                "published",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="draft",
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("as_of", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("drafted_by_id", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("number_text", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "audience",
            sa.Enum("inside", "public", name="audience", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("public_content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("public_sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("public_reason", sa.Text(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "audience is distinct from 'public' or public_content is not null", name=op.f("ck_bulletins_public")
        ),
        sa.CheckConstraint(
            "state <> 'published' or (published_at is not null and audience is not null)",
            name=op.f("ck_bulletins_out"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' or btrim(withdrawn_reason) <> ''", name=op.f("ck_bulletins_why_withdrawn")
        ),
        sa.CheckConstraint("state = 'draft' or signed_at is not null", name=op.f("ck_bulletins_signed")),
        sa.CheckConstraint(
            "(public_content is null) = (public_sha256 is null)", name=op.f("ck_bulletins_public_whole")
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_bulletins_days")),
        sa.CheckConstraint(
            "num_nulls(signed_at, signed_by_id, content, sha256, number_text) in (0, 5)",
            name=op.f("ck_bulletins_signed_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "drafted_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_bulletins_county_drafted_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "published_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_bulletins_county_published_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "signed_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_bulletins_county_signed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "withdrawn_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_bulletins_county_withdrawn_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_bulletins_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_bulletins")),
        sa.UniqueConstraint("county", "number_text", name=op.f("uq_bulletins_county_number_text")),
    )
    op.create_index("ix_bulletins_county_last_day", "bulletins", ["county", "last_day"], unique=False)
    op.create_index(
        "uq_bulletins_period",
        "bulletins",
        ["county", "kind", "first_day"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "score_weights",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("service", sa.Integer(), nullable=False),
        sa.Column("training", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("rectification", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("btrim(basis) <> ''", name=op.f("ck_score_weights_basis")),
        sa.CheckConstraint("least between 1 and 1000", name=op.f("ck_score_weights_least")),
        sa.CheckConstraint(
            "service + training + complaints + rectification = 100", name=op.f("ck_score_weights_whole")
        ),
        sa.CheckConstraint(
            "service >= 0 and training >= 0 and complaints >= 0 and rectification >= 0",
            name=op.f("ck_score_weights_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "author_id"], ["people.county", "people.id"], name=op.f("fk_score_weights_county_author_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_score_weights_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_score_weights")),
        sa.UniqueConstraint("county", "version", name=op.f("uq_score_weights_county_version")),
    )
    op.create_table(
        "bulletin_sections",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("drafted", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("refreshed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("edited_by_id", sa.Uuid(), nullable=True),
        sa.Column("edited_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "bulletin_id"],
            ["bulletins.county", "bulletins.id"],
            name=op.f("fk_bulletin_sections_county_bulletin_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "edited_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_bulletin_sections_county_edited_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_bulletin_sections_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_bulletin_sections")),
        sa.UniqueConstraint(
            "county", "bulletin_id", "key", name=op.f("uq_bulletin_sections_county_bulletin_id_key")
        ),
    )
    op.create_table(
        "bulletin_cases",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_named", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("chosen_by_id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "bulletin_id"],
            ["bulletins.county", "bulletins.id"],
            name=op.f("fk_bulletin_cases_county_bulletin_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "chosen_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_bulletin_cases_county_chosen_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_bulletin_cases_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_bulletin_cases_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_bulletin_cases")),
        sa.UniqueConstraint(
            "county", "bulletin_id", "finding_id", name=op.f("uq_bulletin_cases_county_bulletin_id_finding_id")
        ),
    )
    number((*BEFORE, "bulletin", "daily"))
    freeze()
    for table in ("bulletins", "bulletin_sections", "bulletin_cases"):
        secure(table)
    secure("score_weights", "select, insert")


def number(kinds: tuple[str, ...]) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("order_counters", "order_series"):
        op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind in ({named})")


def freeze() -> None:
    """What was signed or opened to everyone stays as it was, whatever the app may try."""
    op.execute(
        """
        create function keep_signed_bulletin() returns trigger language plpgsql as $$
        begin
            if tg_op = 'DELETE' or new.state = 'draft'
                or (new.kind, new.first_day, new.last_day, new.title, new.as_of, new.figures, new.content, new.sha256,
                    new.year, new.number, new.number_text, new.signed_by_id, new.signed_at)
                is distinct from
                   (old.kind, old.first_day, old.last_day, old.title, old.as_of, old.figures, old.content, old.sha256,
                    old.year, old.number, old.number_text, old.signed_by_id, old.signed_at)
                or (old.public_content is not null and (new.public_content, new.public_sha256)
                    is distinct from (old.public_content, old.public_sha256))
                or (old.withdrawn_at is not null and new is distinct from old)
            then
                raise exception 'bulletin % is signed and does not change', old.id
                    using errcode = 'check_violation';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger keep_signed_bulletin before update or delete on bulletins for each row"
        " when (old.signed_at is not null) execute function keep_signed_bulletin()"
    )
    op.execute(
        """
        create function keep_signed_words() returns trigger language plpgsql as $$
        declare
            part record := case when tg_op = 'DELETE' then old else new end;
        begin
            if exists (
                select from bulletins where county = part.county and id = part.bulletin_id and signed_at is not null
            ) then
                raise exception 'bulletin % is signed and does not change', part.bulletin_id
                    using errcode = 'check_violation';
            end if;
            return part;
        end $$
        """
    )
    for table in ("bulletin_sections", "bulletin_cases"):
        op.execute(
            f"create trigger keep_signed_words before insert or update or delete on {table} for each row"
            " execute function keep_signed_words()"
        )


def downgrade() -> None:
    op.drop_table("bulletin_cases")
    op.drop_table("bulletin_sections")
    op.drop_table("score_weights")
    op.drop_index("uq_bulletins_period", table_name="bulletins", postgresql_where=sa.text("state <> 'withdrawn'"))
    op.drop_index("ix_bulletins_county_last_day", table_name="bulletins")
    op.drop_table("bulletins")
    op.execute("drop function keep_signed_words()")
    op.execute("drop function keep_signed_bulletin()")
    for table in ("order_counters", "order_series"):
        op.execute(f"delete from {table} where kind in ('bulletin', 'daily')")
    number(BEFORE)
