"""Target lists 暗访名单: the next unannounced visits of a period, chosen under constraints, with their reasons."""
