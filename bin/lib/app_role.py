"""On a PostgreSQL server of the owner's own: the role that the application connects as. Prints its URL.

Reads DATABASE_URL (the owner's) and app_role.py's one argument, the file that keeps the generated password (0600).
"""

import os
import secrets
import sys
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

ROLE = "mingcha_app"
OLDEST = 150000


def main(password_file: Path) -> int:
    owner = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")
    try:
        with psycopg.connect(owner.render_as_string(hide_password=False), connect_timeout=10) as connection:
            require_postgis(connection)
            password = ensure_role(connection, password_file)
        app = owner.set(username=ROLE, password=password)
        with psycopg.connect(app.render_as_string(hide_password=False), connect_timeout=10):
            pass
    except (psycopg.Error, Refused) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{rendered(app)}\n")
    return 0


class Refused(Exception):
    """The server is not as it must be; the text says what to do."""


def require_postgis(connection: psycopg.Connection) -> None:
    if connection.info.server_version < OLDEST:
        raise Refused(f"PostgreSQL ≥ 15 is needed, this server is {connection.info.server_version // 10000}")
    installed = "select count(*) from pg_available_extensions where name = 'postgis'"
    if connection.execute(installed).fetchone() == (0,):
        raise Refused("服务器没有 PostGIS: install PostGIS 3 on the server")
    connection.execute("create extension if not exists postgis")


def ensure_role(connection: psycopg.Connection, password_file: Path) -> str:
    exists = connection.execute("select 1 from pg_roles where rolname = %s", (ROLE,)).fetchone()
    if password_file.exists():
        password = password_file.read_text(encoding="ascii").strip()
    elif exists:
        raise Refused(
            f"角色 {ROLE} 已存在，而 {password_file} 中没有它的密码。"
            f"The role {ROLE} exists and its password is not known here: give APP_DATABASE_URL, "
            f"or write the password into that file."
        )
    else:
        password = keep(password_file)
    if not exists:
        connection.execute(
            sql.SQL("create role {} login password {} nosuperuser nocreatedb nocreaterole nobypassrls").format(
                sql.Identifier(ROLE), sql.Literal(password)
            )
        )
    return password


def keep(password_file: Path) -> str:
    password = secrets.token_urlsafe(32)
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{password}\n")
        file.flush()
        os.fsync(file.fileno())
    return password


def rendered(url: URL) -> str:
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
