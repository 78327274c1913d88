"""What a finding is known by from one run to the next: not by its line, which moves, nor by numbers that are counted.

Its code, file, waiver paths and message are hashed. Left out are indexes in paths and counts in messages, so that a
finding stays the same where a rule is added before it, or where 61 rules become 62; addresses, ports and ids stay in.
Findings that are alike all the same are numbered in their order.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from sgstrat.diagnostics.finding import Finding

VERSION = "sgstrat/v1"
"""The name of this way to make them. One that gives other fingerprints has another name."""

_INDEX = re.compile(r"\[\d+\]")
_COUNT = re.compile(r"(?<![\w./:-])\d+(?![\w/:-]|\.\d)")


def fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """One for each finding, in their order: a hash, and after a colon which of those that share it."""
    seen: dict[str, int] = {}
    for each in findings:
        made = _hash(each)
        seen[made] = seen.get(made, 0) + 1
        yield f"{made}:{seen[made]}"


def _hash(finding: Finding) -> str:
    file = finding.span.file if finding.span is not None else ""
    message = finding.message if finding.waived is None else finding.waived.message
    named = [path for path in finding.paths if "[" not in path]
    paths = sorted(named or {_INDEX.sub("[]", path) for path in finding.paths})
    parts = "\0".join((finding.code, file, *paths, _COUNT.sub("", message)))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
