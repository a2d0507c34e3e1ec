"""How likely a visit finds a problem at a site, from what was known at some moment and nothing that came later."""
