"""Output formats: one folder each, translation only."""
