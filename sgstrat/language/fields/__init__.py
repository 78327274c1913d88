"""The field tables of the strategy language: every key, what may stand there, and its documentation.

The decoder reads by these tables and the JSON Schema is made of them, so both always say the same.
"""

from sgstrat.language.fields.files import FORMATS, SETTINGS, STRATEGY

__all__ = ["FORMATS", "SETTINGS", "STRATEGY"]
