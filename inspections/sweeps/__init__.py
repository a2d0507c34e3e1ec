"""Joint sweeps 联合执法: planned on the map, sealed until they start, followed live, ended with one report.

Before the release (T-0) where a sweep goes stands in no table in plain words: the plan is sealed (`plans`), and
so is what phones are given beforehand (`packets`). At the release its stops are written down (`stops`), and what
teams do there is a journal that is only added to (`journal`).
"""
