"""Where trouble gathers and where to look next."""
