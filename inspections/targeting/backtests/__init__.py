"""Back-tests: what would have been found, had past visits been ordered by what was known before them.

`inputs` reads a past period without hindsight, `measuring` is pure arithmetic over what was read, `backtests`
keeps and orders, `computing` is the job and the report of each quarter.
"""
