"""The demo county's logins, shown on the sign-in page of a demonstration installation and nowhere else."""

from typing import NamedTuple

from flask import current_app

from inspections.errors import Message


class DemoLogin(NamedTuple):
    login: str
    password: str
    who: Message


def demo_logins() -> list[DemoLogin]:
    """Login, password and role of each demo person; empty outside demo mode."""
    if not current_app.config["DEMO"]:
        return []
    from inspections.demo.people import HIGHER_LOGINS, LOGINS, PASSWORD

    return [DemoLogin(login, PASSWORD, who) for login, who in (*LOGINS, *HIGHER_LOGINS)]
