"""Bytes to text that YAML can hold. Knows encodings and YAML's character set, not its grammar."""

from __future__ import annotations

import codecs
import re

from sgstrat.diagnostics.finding import Findings
from sgstrat.source.span import Span, whole
from sgstrat.source.text import SourceText

MAX_BYTES = 64 * 1024 * 1024
"""The largest file, inclusive: 150 000 rules of 100 bytes take 15 MB, and four times that is generous."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
"""UTF-32 first: its little-endian mark begins with that of UTF-16."""

_PERMITTED_BYTES = bytes(byte for byte in range(256) if byte in b"\t\n\r" or 0x20 <= byte != 0x7F)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 (5.1, c-printable) does not permit, and U+FEFF, which it permits at the very beginning alone."""

_SAVE_AS_UTF8 = "save the file as UTF-8"


def decode(data: bytes, file: str, findings: Findings) -> str | None:
    """The text of a file without its byte order mark, or None after a finding.

    SG100 for anything but UTF-8, SG101 for a character that YAML forbids, SG106 over :data:`MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        findings.add(
            "SG106",
            f"the file has {len(data)} bytes; at most {MAX_BYTES} are read",
            whole(file),
            help="divide the strategy over several files with include",
        )
        return None
    other = _other_encoding(data)
    if other is not None:
        findings.add("SG100", f"the file is {other}, not UTF-8", whole(file), help=_SAVE_AS_UTF8)
        return None
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place(file, body[: error.start].decode("utf-8"))
        offset = error.start + len(data) - len(body)
        findings.add(
            "SG100",
            f"byte 0x{body[error.start]:02x} at offset {offset} (line {place.line}) is not UTF-8: {error.reason}",
            place,
            help=_SAVE_AS_UTF8,
        )
        return None
    if not body.translate(None, _PERMITTED_BYTES) and text.isascii():
        return text
    return None if report_forbidden(text, file, findings) else text


def report_forbidden(text: str, file: str, findings: Findings) -> bool:
    """Report the first character that YAML does not permit as SG101; whether there is one."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return False
    char = found.group()
    name = {"\0": "a NUL character", "\x1b": "an escape character", "\ufeff": "a byte order mark"}.get(
        char, "a character"
    )
    findings.add(
        "SG101",
        f"{name} (U+{ord(char):04X}) is not permitted in YAML here",
        _place(file, text[: found.start()]),
        help="delete it"
        if ord(char) > 0x9F
        else 'delete it, or write it as an escape in double quotes, such as "\\x07"',
    )
    return True


def _other_encoding(data: bytes) -> str | None:
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return name
    # Text in UTF-16 without a mark is valid UTF-8 full of NULs; say what it is rather than complain of the first.
    first = data[:2]
    if len(data) >= 2 and first != b"\0\0" and b"\0" in first:
        return "UTF-16"
    return None


def _place(file: str, before: str) -> Span:
    line, column = SourceText(file, before).position(len(before))
    return Span(file, line, column, line, column + 1)
