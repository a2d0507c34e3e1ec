"""`flask --app wsgi mingcha rewrap-identities`: the key that seals who complained was changed."""

import click
from flask import current_app

from inspections.db import session_of
from inspections.intake.complainants import NoKey
from inspections.intake.rewrapping import rewrap

from .keys import key_ring


@click.command("rewrap-identities")
def rewrap_identities() -> None:
    """更换密钥后，把举报人身份改用新密钥封存"""
    keys = key_ring().identity
    if not keys:
        raise click.ClickException(str(NoKey().message))
    done = failed = 0
    with session_of(current_app.config["DATABASE_URL"]) as session:
        for again, unopened in rewrap(session, keys):
            session.commit()
            done, failed = done + again, failed + unopened
    click.echo(f"已改用新密钥：{done}")
    if failed:
        raise click.ClickException(
            f"有 {failed} 份打不开，请把更早的密钥写进 MINGCHA_IDENTITY_KEY_FALLBACKS 后重试"
        )
