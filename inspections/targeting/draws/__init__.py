"""Draws 双随机: sites and officers by lot. Anyone can draw again from the published file and gets the same.

`sampling`, `draw_file` and `verification` need nothing but the standard library: they are what a verifier runs.
What each byte means is written down in `docs/draw-verification.md`.
"""
