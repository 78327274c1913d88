"""YAML text to positioned nodes. Knows nothing of the strategy language."""
