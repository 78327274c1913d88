r"""Data as JSON that is also harmless where it is printed: in a terminal or in the log of a CI system.

What does not show is written as JSON's escapes, so that a program reads exactly what was there. A surrogate without
its partner is no character and strict readers refuse it even as an escape, so it is written out: ``\ud800`` as text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sgstrat.report.inert import is_hidden, without_orders

_NOT_ASCII = re.compile(r"[^\x00-\x7e]")


def json_text(data: Any) -> str:  # noqa: ANN401  # any data that JSON has
    """The text, with a newline at its end; keys stay in their order."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    if not text.isascii() or "\x7f" in text:
        text = _NOT_ASCII.sub(_escape, text)
    if "##" in text:
        text = without_orders(text, "\\u005b")
    return text + "\n"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if not is_hidden(char):
        return char
    if "\ud800" <= char <= "\udfff":
        return f"\\\\u{ord(char):04x}"
    return f"\\u{ord(char):04x}" if ord(char) == 0x7F else json.dumps(char)[1:-1]
