"""Checks on rulebooks, one file a check."""
