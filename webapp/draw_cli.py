"""`flask --app wsgi mingcha draw …`: what anyone can do with the published file of a draw."""

import sys

import click

from inspections.targeting.draws.verification import main


@click.group("draw")
def draw() -> None:
    """双随机抽取"""


@draw.command("verify")
@click.argument("file")
@click.option("--commitment", help="当时公布的承诺")
@click.option("--pool", help="当时公布的名录哈希")
def verify(file: str, commitment: str | None, pool: str | None) -> None:
    """核验一份公布的抽取文件（只要文件，不用数据库）"""
    wanted = [f"--{name}={value}" for name, value in (("commitment", commitment), ("pool", pool)) if value]
    sys.exit(main([*wanted, "--", file], click.echo))
