"""The rulebook that the last build left. It may have been edited since, so all that comes of it is warnings."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from sgstrat.rulebook.model import Rulebook


class Previous:
    """One text, read as far as somebody asks."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def data(self) -> dict[str, Any] | None:
        """The members, whatever they hold; None where the text is no rulebook of this version."""
        try:
            data = json.loads(self._text)
        except (ValueError, RecursionError):
            return None
        return data if isinstance(data, dict) and data.get("rulebook") == 1 else None

    @cached_property
    def book(self) -> Rulebook | None:
        """The whole rulebook; None where anything in it is wrong. Takes far longer than ``data``."""
        from sgstrat.rulebook.read_json import RulebookFault, read_rulebook  # seldom asked

        try:
            return read_rulebook(self._text)
        except RulebookFault:
            return None

    def member(self, key: str) -> dict[str, Any]:
        """A member that is an object; an empty one where it is absent or is none."""
        value = (self.data or {}).get(key)
        return value if isinstance(value, dict) else {}
