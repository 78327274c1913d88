"""Quotas solved: passes that turn rulebooks into rulebooks that allow the same and fit better. Knows no format."""
