"""Several commands of `flask mingcha` in one process: importing the application takes longer than running them.

prepare.py [LABEL COMMAND]…   prints the label, runs the command ("demo --if-empty"); stops at the first failure.
A label that begins with > names a file that receives the command's output.
"""

import contextlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import click
from flask.cli import ScriptInfo

from wsgi import app


def main(arguments: list[str]) -> int:
    for label, command in zip(arguments[::2], arguments[1::2], strict=True):
        if label.startswith(">"):
            with Path(label[1:]).open("w", encoding="utf-8") as output, contextlib.redirect_stdout(output):
                run(command)
        else:
            sys.stdout.write(f"{label}\n")
            sys.stdout.flush()
            if command:
                run(command)
    return 0


def run(command: str) -> None:
    try:
        app.cli.main(["mingcha", *command.split()], standalone_mode=False, obj=ScriptInfo(create_app=lambda: app))
    except click.ClickException as error:
        error.show()
        sys.exit(1)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    # All is committed and closed; taking the interpreter down would cost half a second of the start.
    os._exit(status)
