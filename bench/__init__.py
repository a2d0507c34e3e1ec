"""Benchmarks, each against a peer measured in the same run: only the ratio means something on another
machine.

A benchmark is a module of this package with a `NAME` and `run(full: bool) -> list[Result]`; `python -m bench`
finds it by itself. `full` asks for the sizes that take minutes.
"""
