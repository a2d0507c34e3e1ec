"""When a site is most likely to teach against the rules, by weekday, hour and kind of day."""

from .windows import Window, site_windows

__all__ = ["Window", "site_windows"]
