"""What was found wrong, until it is struck off the ledger."""
