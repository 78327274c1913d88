"""The manifest and the journal, as read from someone one does not trust."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from sgstrat import __version__
from sgstrat.edge.journal import Journal, Step, parse_journal, render_journal
from sgstrat.edge.machine import MachineFault
from sgstrat.edge.manifest import MAX_BYTES, digest, is_output_path, parse_manifest, render_manifest

PART = st.from_regex(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9_-])?", fullmatch=True)
PATH = st.lists(PART, min_size=1, max_size=5).map("/".join).filter(lambda path: path != "manifest.json")
DIGEST = st.binary().map(digest)

BAD_PATHS = [
    *("", "/", "/etc/passwd", "../x", "a/../b", "a/..", "./a", "a//b", "a/", "a/./b"),
    *("C:/x", "C:x", "a\\b", "..\\x", "\\\\host\\share", "a\0b", "a\nb", "a b", ".git/hooks/x", "a/.lock", "~/x"),
    *("a.", "a./b", "é", "a/" * 3000 + "b", "x" * 256, "-rf", "a\n"),
]


@given(st.dictionaries(PATH, DIGEST))
def test_a_manifest_reads_back(files: dict[str, str]) -> None:
    data = render_manifest(files)
    assert parse_manifest(data, "m").files == files
    assert parse_manifest(data.replace(b"\n", b"\r\n"), "m").files == files
    assert render_manifest(dict(reversed(files.items()))) == data
    assert data.endswith(b"}\n")


def test_one_file_a_line() -> None:
    data = render_manifest({"b/c": digest(b"1"), "a": digest(b"2")}).decode()
    lines = data.splitlines()
    assert lines[:4] == ["{", '  "manifest": 1,', f'  "sgstrat": "{__version__}",', '  "files": {']
    assert lines[4] == f'    "a": "{digest(b"2")}",'


@pytest.mark.parametrize("path", BAD_PATHS)
def test_paths_that_could_leave_the_folder(path: str) -> None:
    assert not is_output_path(path)
    with pytest.raises(MachineFault, match="which no build writes"):
        parse_manifest(json.dumps({"manifest": 1, "files": {path: digest(b"")}}).encode(), "m")
    for steps, made in (([[path, None, True]], []), ([], [path])):
        with pytest.raises(MachineFault, match="interrupted build and cannot be read"):
            parse_journal(json.dumps({"journal": 1, "steps": steps, "made": made, "emptied": []}).encode(), "j")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "is damaged"),
        (b"{", "is damaged"),
        (render_manifest({"a": digest(b"")})[:-20], "is damaged"),
        (b"\xff\xfe\xfa", "is damaged"),
        (b"[" * 200_000, "is damaged"),
        (b'{"manifest": ' + b"1" * 5000 + b"}", "is damaged|of version"),
        (b"[]", "no manifest of sgstrat"),
        (b"null", "no manifest of sgstrat"),
        (b"{}", "no manifest of sgstrat"),
        (b'{"manifest": "1", "files": {}}', "no manifest of sgstrat"),
        (b'{"manifest": true, "files": {}}', "no manifest of sgstrat"),
        (b'{"manifest": 0, "files": {}}', "no manifest of sgstrat"),
        (b'{"manifest": 1}', "no manifest of sgstrat"),
        (b'{"manifest": 1, "files": []}', "no manifest of sgstrat"),
        (b'{"manifest": 2, "files": []}', "is of version 2, this sgstrat reads 1"),
        (b'{"manifest": 1, "files": {"a": 1}}', "no digest for a"),
        (b'{"manifest": 1, "files": {"a": "sha256:00"}}', "no digest for a"),
        (b'{"manifest": 1, "files": {"manifest.json": "x"}}', "which no build writes"),
        (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n", "merge conflict markers"),
        (b'{\r\n  "manifest": 1,\r\n<<<<<<< HEAD\r\n', "merge conflict markers"),
        (b" " * (MAX_BYTES + 1), "is larger than"),
    ],
)
def test_manifests_that_are_refused(data: bytes, match: str) -> None:
    with pytest.raises(MachineFault, match=match) as caught:
        parse_manifest(data, "out/manifest.json")
    assert caught.value.message.startswith("out/manifest.json ")
    assert caught.value.help


@given(
    st.lists(st.builds(Step, PATH, st.none() | DIGEST, st.booleans()), max_size=5).map(tuple),
    st.lists(PATH, max_size=3).map(tuple),
    st.lists(PATH, max_size=3).map(tuple),
)
def test_a_journal_reads_back(steps: tuple[Step, ...], made: tuple[str, ...], emptied: tuple[str, ...]) -> None:
    journal = Journal(steps, made, emptied)
    assert parse_journal(render_journal(journal), "j") == journal


@pytest.mark.parametrize(
    "document",
    [
        [],
        None,
        {},
        {"journal": 2, "steps": [], "made": [], "emptied": []},
        {"journal": 1, "steps": [["a", None]], "made": [], "emptied": []},
        {"journal": 1, "steps": [["a", "x", True]], "made": [], "emptied": []},
        {"journal": 1, "steps": [["a", None, 1]], "made": [], "emptied": []},
        {"journal": 1, "steps": [[1, None, True]], "made": [], "emptied": []},
        {"journal": 1, "steps": [], "made": "a", "emptied": []},
        {"journal": 1, "steps": [], "made": [], "emptied": [1]},
    ],
)
def test_journals_that_are_refused(document: object) -> None:
    with pytest.raises(MachineFault, match="cannot be read"):
        parse_journal(json.dumps(document).encode(), "out/.sgstrat-x")


@pytest.mark.parametrize("made_by", ["", "1" * 65, "0.1\x1b[31m", 3, None, "0.1.0 # x"])
def test_a_version_that_no_build_writes_is_none(made_by: object) -> None:
    data = json.dumps({"manifest": 1, "sgstrat": made_by, "files": {}}).encode()
    assert parse_manifest(data, "m").made_by == ""


def test_a_manifest_of_before_versions_were_written_reads() -> None:
    assert parse_manifest(b'{"manifest": 1, "files": {}}', "m") == ({}, "")
    assert parse_manifest(render_manifest({}), "m").made_by == __version__
