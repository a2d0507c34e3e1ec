"""The ledger 问题台账: every confirmed problem with who answers for it, until when, and how far it has come.

Its rows are a table of their own, kept by the database from the records they are made of, so that a page of a
hundred thousand is searched, counted and sorted at once. See docs/decisions/0133-the-ledger-is-a-table.md.
"""
