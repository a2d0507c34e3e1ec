"""The making of a grid: drafts of a township's cells, their codes, who walks them, and fair shares of the
ground.
"""
