"""What a plain scalar means to YAML, and how a user's text is shown in a message.

Both versions of YAML are asked, since the same file is read by editors and tools of either. Knows nothing of the
strategy language.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sgstrat.syntax.nodes import Mapping, Node, Sequence

_WORDS: dict[str, str] = {"": "null", "~": "null", "=": "default key", "<<": "merge key"}
_WORDS.update(dict.fromkeys(("null", "Null", "NULL"), "null"))
# YAML 1.1's own list (yaml.org/type/bool.html) has y and n; PyYAML leaves them out, other readers do not.
for _word in ("y", "n", "yes", "no", "true", "false", "on", "off"):
    _WORDS.update(dict.fromkeys((_word, _word.capitalize(), _word.upper()), "boolean"))

_NUMBER = re.compile(
    r"""[-+]?(?:
        0b[01_]+ | 0o[0-7]+ | 0x[0-9a-fA-F_]+                       # binary (1.1), octal (1.2), hexadecimal
      | [1-9][0-9_]*(?::[0-5]?[0-9])+                               # sexagesimal (1.1): 22:30
      | [0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*
      | (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?
      | \.(?:inf|Inf|INF|nan|NaN|NAN)
    )""",
    re.VERBOSE,
)
_DATE = re.compile(
    r"""[0-9]{4}-[0-9]{2}-[0-9]{2}
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}
        (?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?
        (?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?
    """,
    re.VERBOSE,
)
_NUMBER_BEGINS = frozenset("+-.0123456789")


@lru_cache(maxsize=32768)
def reads_as(text: str) -> str | None:
    """What a plain scalar is to YAML 1.1 or to the core schema of YAML 1.2, or None where both read text.

    The answers are ``null``, ``boolean``, ``number`` and ``date``, and for ``=`` and ``<<`` the ``default key`` and the
    ``merge key`` of YAML 1.1. Its page on floats also takes texts with several dots, which would make ``10.0.0.1``
    a number; no reader follows it, and neither does this.
    """
    word = _WORDS.get(text)
    if word is not None:
        return word
    if text[0] not in _NUMBER_BEGINS:
        return None
    if _NUMBER.fullmatch(text):
        return "number"
    return "date" if _DATE.fullmatch(text) else None


_ARTICLES = {
    "boolean": "the boolean",
    "number": "the number",
    "date": "the date",
    "default key": "the",
    "merge key": "the",
}


def describe(node: Node) -> str:
    """A node in a few words, for ``expected ..., found ...``."""
    if isinstance(node, Mapping):
        return "a mapping" if node.entries else "an empty mapping"
    if isinstance(node, Sequence):
        return "a list" if node.items else "an empty list"
    kind = reads_as(node.value) if node.plain else None
    if kind == "null":
        return "an empty value"
    if kind is not None:
        return f"{_ARTICLES[kind]} {show(node.value)}"
    return f'the text "{show(node.value)}"' if node.value else "an empty text"


_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def show(text: str, limit: int = 60) -> str:
    """A user's text for a message: at most ``limit`` characters and ``...``, safe for a terminal.

    Whatever is not printable (control, ANSI, bidirectional and zero-width characters, odd spaces, surrogates) is
    escaped. An empty text is shown as ``""``.
    """
    if len(text) <= limit and text.isprintable():
        return text or '""'
    shown = text[:limit]
    if not shown.isprintable():
        shown = "".join([char if char.isprintable() else _NAMED.get(char) or _escape(ord(char)) for char in shown])
    return shown if len(text) <= limit else shown + "..."


def _escape(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
