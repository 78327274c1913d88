"""Fixes of findings, applied to a workspace."""
