"""Bytes that are no text, and text that YAML does not hold."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, strategies as st

from sgstrat.diagnostics.finding import Findings
from sgstrat.syntax import decode_text
from sgstrat.syntax.decode_text import decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"a: b\r\n\tc", "a: b\r\n\tc"),
        (codecs.BOM_UTF8 + b"a: b", "a: b"),
        ("é 😀 \x85\xa0\ud7ff\ue000\ufffd".encode(), "é 😀 \x85\xa0\ud7ff\ue000\ufffd"),
    ],
)
def test_text(data: bytes, text: str) -> None:
    findings = Findings()
    assert decode(data, "f.yaml", findings) == text
    assert findings.result() == ()


@pytest.mark.parametrize(
    ("data", "code", "line", "column", "said"),
    [
        (b"a: \xff\n", "SG100", 1, 4, "byte 0xff at offset 3 (line 1)"),
        (b"a: b\nc: \xc3\x28", "SG100", 2, 4, "byte 0xc3 at offset 8 (line 2)"),
        (b"a\r\nb: \xe9t\xe9", "SG100", 2, 4, "byte 0xe9 at offset 6"),
        (codecs.BOM_UTF8 + "é\xe9".encode() + b"\x80", "SG100", 1, 3, "byte 0x80 at offset 7"),
        (b"a: \xed\xa0\x80", "SG100", 1, 4, "byte 0xed at offset 3"),
        (b"a: \xe2\x82", "SG100", 1, 4, "unexpected end of data"),
        ("a: b".encode("utf-16"), "SG100", 1, 1, "UTF-16"),
        (codecs.BOM_UTF16_BE + "a: b".encode("utf-16-be"), "SG100", 1, 1, "UTF-16"),
        ("a: b".encode("utf-32"), "SG100", 1, 1, "UTF-32"),
        (codecs.BOM_UTF32_BE + "a: b".encode("utf-32-be"), "SG100", 1, 1, "UTF-32"),
        ("a: b".encode("utf-16-le"), "SG100", 1, 1, "UTF-16"),
        ("a: b".encode("utf-16-be"), "SG100", 1, 1, "UTF-16"),
        (b"a: b\nc: \0d", "SG101", 2, 4, "a NUL character (U+0000)"),
        (b"a: \x1b[31m", "SG101", 1, 4, "an escape character (U+001B)"),
        (b"a: \x7f", "SG101", 1, 4, "U+007F"),
        (b"a: \x0b", "SG101", 1, 4, "U+000B"),
        ("é: \x80".encode(), "SG101", 1, 4, "U+0080"),
        ("a:\n- \ufffe".encode(), "SG101", 2, 3, "U+FFFE"),
        (codecs.BOM_UTF8 * 2, "SG101", 1, 1, "a byte order mark (U+FEFF)"),
        ("a: b\n\ufeffc: d".encode(), "SG101", 2, 1, "a byte order mark (U+FEFF)"),
    ],
)
def test_refused(data: bytes, code: str, line: int, column: int, said: str) -> None:
    findings = Findings()
    assert decode(data, "f.yaml", findings) is None
    (finding,) = findings.result()
    assert finding.span is not None
    assert (finding.code, finding.span.file, finding.span.line, finding.span.column) == (code, "f.yaml", line, column)
    assert said in finding.message
    assert finding.message.isprintable()
    assert finding.help
    assert code != "SG100" or "UTF-8" in finding.help


def test_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_text, "MAX_BYTES", 10)
    findings = Findings()
    assert decode(b"a: 3456789", "f.yaml", findings) == "a: 3456789"
    assert decode(b"a: 34567890", "f.yaml", findings) is None
    (finding,) = findings.result()
    assert finding.code == "SG106"
    assert "11 bytes" in finding.message


def test_the_bound_holds_150_000_rules() -> None:
    assert decode_text.MAX_BYTES >= 4 * 150_000 * 100


@given(st.binary())
def test_any_bytes_give_a_text_or_one_finding(data: bytes) -> None:
    findings = Findings()
    text = decode(data, "f.yaml", findings)
    assert (text is None) == (len(findings) == 1)
