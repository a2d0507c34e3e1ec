"""`python -m webapp.translations extract|check|compile`. Exit status 1 while English is wanting."""

import sys

from .catalogue import compile_catalogue, extract, faults, read
from .sources import words_by_file


def main(arguments: list[str]) -> int:
    match arguments:
        case ["extract"]:
            lines = extract()
        case ["check"]:
            lines = faults(read(), words_by_file())
        case ["compile"]:
            compile_catalogue()
            return 0
        case _:
            lines = [str(__doc__)]
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
