"""Bringing lists of areas and sites in from files."""
