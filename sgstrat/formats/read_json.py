"""JSON text to plain data, for readers: nothing is lost without a word. Knows no format."""

from __future__ import annotations

import json
from typing import Any

from sgstrat.formats.read_value import Reading


def read_json(text: str, reading: Reading) -> Any:
    """The data of a JSON text, or None after a report. A key that stands twice in one object is reported."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(members)
        if len(made) < len(members):
            seen: set[str] = set()
            for key, _ in members:
                if key in seen:
                    reading.fail("(document)", key, "the key stands twice in one object")
                seen.add(key)
        return made

    try:
        return json.loads(text, object_pairs_hook=pairs)
    except RecursionError:
        reading.fail("(document)", "", "it nests too deep")
    except ValueError as error:  # also a number of thousands of digits
        reading.fail("(document)", "", f"not valid JSON: {error}")
    return None
