"""What an editor asks of a workspace that is being written: names, completions, meanings, changes.

Everything but ``server`` is pure: texts come in, places and texts go out.
"""
