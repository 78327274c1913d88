"""Which public controls a finding answers, as Markdown for its page and for ``explain``. Knows no finding."""

from __future__ import annotations

from sgstrat.facts.compliance import controls_of


def controls_section(code: str) -> str:
    """A section with a line for each framework, or an empty text for a code that answers no control."""
    lines = [
        f"- `{framework.key}`, {framework.title}: {', '.join(control.id for control in controls)}\n"
        for framework, controls in controls_of(code)
    ]
    return f"## Controls\n\n{''.join(lines)}" if lines else ""
