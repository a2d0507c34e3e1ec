"""Bulletins: daily reports, half-month notices and quarterly bulletins.

They are drafted from the figures, edited and signed by people, frozen, and published inside or to everyone.
"""
