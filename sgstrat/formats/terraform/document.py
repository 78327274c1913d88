"""A configuration in Terraform's JSON syntax, as blocks in order; values are JSON texts already.

Written directly, attribute by attribute: an indenting JSON encoder would take most of a large build's time.
"""

from __future__ import annotations

from typing import TypeAlias

from sgstrat.formats.terraform.expressions import literal

# A JSON text, a list, or an object: what stands right of a key.
Value: TypeAlias = str | list["Value"] | dict[str, "Value"]


def render(body: dict[str, Value]) -> str:
    """The text of a configuration, two spaces a level, with a newline at its end."""
    out: list[str] = []
    _write(body, "\n", out)
    out.append("\n")
    return "".join(out)


def _write(value: Value, line: str, out: list[str]) -> None:
    """Append a value; ``line`` is the line break with the indent of the line that it stands on."""
    if isinstance(value, str):
        out.append(value)
        return
    inner = line + "  "
    if not value:
        out.append("{}" if isinstance(value, dict) else "[]")
        return
    if isinstance(value, list):
        first = "[" + inner
        for item in value:
            out.append(first)
            _write(item, inner, out)
            first = "," + inner
        out.append(line + "]")
        return
    first = "{" + inner
    for key, item in value.items():
        out.append(f"{first}{literal(key)}: ")
        _write(item, inner, out)
        first = "," + inner
    out.append(line + "}")
