"""The joint report of a sweep as a Word paper: numbers, map, every site with its photos, against the plan."""
