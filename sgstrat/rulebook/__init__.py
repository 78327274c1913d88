"""The compiled model: groups with fully expanded rules, before any output format."""
