"""Bytes that may be evidence: kept for ever, named by SHA-256."""
