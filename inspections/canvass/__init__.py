"""Walking the grid: campaigns, visits of cells, and what of the ground was seen when."""
