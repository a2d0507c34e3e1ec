"""quick intake: a token becomes a scope in one statement; the latest records of a person are found by an index"""

from alembic import op

from migrations.security import APP_ROLE

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(ENTER)
    op.execute("revoke execute on function enter_by_token(text, timestamptz) from public")
    op.execute(f"grant execute on function enter_by_token(text, timestamptz) to {APP_ROLE}")
    op.drop_index("ix_checks_county_person_id", "checks")
    op.create_index("ix_checks_county_person_id_received_at", "checks", ["county", "person_id", "received_at"])


def downgrade() -> None:
    op.create_index("ix_checks_county_person_id", "checks", ["county", "person_id"])
    op.drop_index("ix_checks_county_person_id_received_at", "checks")
    op.execute("drop function enter_by_token(text, timestamptz)")


# Runs with the rights of whoever calls it: policies show it the sign-in of the token that it names, and then the
# rows of that sign-in's county. A token that is unknown, ended or too old leaves a scope in which nothing is seen.
ENTER = """
create function enter_by_token(given_hash text, moment timestamptz) returns void language plpgsql as $$
declare
    own_county text;
    own_account uuid;
    own_person uuid;
begin
    perform set_config('app.county', '', true), set_config('app.person', '', true),
        set_config('app.login', '', true), set_config('app.sign_in', given_hash, true);
    select sign_ins.county, account_id into own_county, own_account
        from sign_ins where token_hash = given_hash and ended_at is null and expires_at > moment;
    perform set_config('app.sign_in', '', true), set_config('app.county', coalesce(own_county, ''), true);
    select id into own_person from people where county = own_county and account_id = own_account;
    perform set_config('app.person', coalesce(own_person::text, ''), true);
end $$
"""
