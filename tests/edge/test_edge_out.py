"""What a build does to the output folder, case by case; every case is compared with ``compare`` first."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from sgstrat.edge.compare import FOREIGN_LIMIT, compare
from sgstrat.edge.machine import MachineFault, UsageFault
from sgstrat.edge.manifest import digest, render_manifest
from sgstrat.edge.out_folder import Written, locate_out, previous_rulebooks, write_out

Lay = Callable[[Path, Mapping[str, str]], None]
Picture = Callable[..., dict[str, tuple[bytes | None, int]]]


def everything(_: str) -> bool:
    return True


def under(folder: str) -> Callable[[str], bool]:
    return lambda path: path.startswith(folder + "/")


def listed(out: Path) -> set[str]:
    return set(json.loads((out / "manifest.json").read_bytes())["files"])


class Case(NamedTuple):
    """``built`` by a build, ``changed`` by hand (None: removed), then ``files`` built in ``scope``."""

    built: dict[str, str]
    changed: dict[str, str | None]
    files: dict[str, str]
    created: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    missing: tuple[str, ...] | None = None
    scope: str = ""
    left: tuple[str, ...] = ()


CASES = {
    "first": Case({}, {}, {"s/d/m/a": "1\n", "s/d/m/t/b": "2\n"}, created=("s/d/m/a", "s/d/m/t/b")),
    "nothing": Case({}, {}, {}),
    "same": Case({"a/b": "1\n"}, {}, {"a/b": "1\n"}),
    "changed": Case({"a/b": "1\n", "a/c": "2\n"}, {}, {"a/b": "1\n", "a/c": "3\n"}, replaced=("a/c",)),
    "gone": Case({"a/b": "1\n", "c/d/e": "2\n"}, {}, {"a/b": "1\n"}, deleted=("c/d/e",)),
    "all gone": Case({"a/b": "1\n"}, {}, {}, deleted=("a/b",)),
    "edited by hand": Case({"a/b": "1\n"}, {"a/b": "x\n"}, {"a/b": "1\n"}, replaced=("a/b",), edited=("a/b",)),
    "edited and gone": Case({"a/b": "1\n", "c": "2\n"}, {"c": "x"}, {"a/b": "1\n"}, deleted=("c",), edited=("c",)),
    "removed by hand": Case({"a/b": "1\n", "c": "2\n"}, {"c": None}, {"a/b": "1\n", "c": "2\n"}, created=("c",)),
    "removed and gone": Case({"a/b": "1\n", "c": "2\n"}, {"c": None}, {"a/b": "1\n"}),
    "a file where a folder was": Case({"a/b": "1\n", "c": "2\n"}, {"a/b": None, "a": "own"}, {"c": "2\n"}, left=("a",)),
    "foreign beside ours": Case({"a/b": "1\n", "c/d": "2\n"}, {"a/x": "own", "c/y": "own"}, {"a/b": "3\n"},
                                replaced=("a/b",), deleted=("c/d",), left=("a/x", "c/y")),
    "manifest lost, same content": Case({"a/b": "1\n"}, {"manifest.json": None}, {"a/b": "1\n"},
                                        missing=("manifest.json",)),
    "part": Case({"a/b": "1\n", "a/c": "1\n", "z/b": "1\n"}, {"z/b": "edited"}, {"a/b": "2\n"}, scope="a",
                 replaced=("a/b",), deleted=("a/c",), left=("z/b",)),
    "part first": Case({}, {}, {"a/b": "1\n"}, scope="a", created=("a/b",)),
    "windows checkout": Case({"a/b": "1\n2\n"}, {"a/b": "1\r\n2\r\n"}, {"a/b": "1\n2\n"}, replaced=("a/b",)),
    "windows checkout of a foreign file": Case({}, {"a/b": "1\r\n"}, {"a/b": "1\n"},
                                               replaced=("a/b",), missing=("manifest.json",)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_building(name: str, tmp_path: Path, lay: Lay, picture: Picture) -> None:
    case = CASES[name]
    out = tmp_path / "out"
    if case.built:
        write_out(out, case.built, everything)
    for path, text in case.changed.items():
        if text is None:
            (out / path).unlink()
            if not list((out / path).parent.iterdir()):
                (out / path).parent.rmdir()
        else:
            lay(out, {path: text})
    scope = under(case.scope) if case.scope else everything
    before = picture(tmp_path, staging=True)
    compared = compare(out, case.files, scope)
    assert picture(tmp_path, staging=True) == before
    ends = {path for path in case.replaced if "windows" in name}
    assert {item.path for item in compared.stale} - {"manifest.json"} == set(case.replaced) - ends
    assert set(compared.line_ends) == ends
    assert compared.missing == (case.created if case.missing is None else case.missing)
    assert compared.orphaned == case.deleted

    written = write_out(out, case.files, scope)
    assert (written.created, written.replaced, written.deleted) == (case.created, case.replaced, case.deleted)
    assert written.edited == case.edited
    assert written.notes == ()
    after = picture(out, staging=True)
    assert {path: data[0] for path, data in after.items() if data[0] is not None and path != "manifest.json"} == {
        **{path: text.encode() for path, text in case.files.items()},
        **{path: (out / path).read_bytes() for path in case.left},
    }
    assert all(any(other.startswith(path + "/") for other in after) for path, data in after.items() if data[0] is None)
    if case.files or case.built:
        assert listed(out) == set(case.files) | {path for path in case.built if not scope(path)}
    again = write_out(out, case.files, scope)
    assert again == Written((), (), (), len(case.files), (), ())
    assert picture(out, staging=True) == after
    assert compare(out, case.files, scope).in_step


def test_files_that_stay_keep_their_times_and_the_new_have_plain_modes(tmp_path: Path) -> None:
    out = tmp_path / "deep/er/out"
    write_out(out, {"a/b": "1\n", "a/c": "1\n"}, everything)
    for path in ("a/b", "a/c"):
        os.utime(out / path, (1, 1))
    write_out(out, {"a/b": "1\n", "a/c": "2\n"}, everything)
    assert (out / "a/b").stat().st_mtime == 1
    assert (out / "a/c").stat().st_mtime > 1
    umask = os.umask(0)
    os.umask(umask)
    assert {path.stat().st_mode & 0o777 for path in (out / "a/c", out / "manifest.json")} == {0o644 & ~umask}
    assert sorted(os.listdir(out)) == ["a", "manifest.json"]


def test_two_builds_are_identical_bytes(tmp_path: Path, picture: Picture) -> None:
    files = {"s/b": "1\n", "s-a/b": "2\n", "s/a": "é\n"}
    write_out(tmp_path / "one", files, everything)
    write_out(tmp_path / "two", dict(reversed(files.items())), everything)
    one, two = ({path: data[0] for path, data in picture(tmp_path / name).items()} for name in ("one", "two"))
    assert one == two


CONFLICTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "foreign file": (lambda out: (out / "s/new").write_text("own"), "s/new was not written by sgstrat"),
    "folder": (lambda out: (out / "s/new").mkdir(), "s/new is a folder where a file is to be written"),
    "link": (lambda out: (out / "s/new").symlink_to("/etc/passwd"), "s/new is a symbolic link"),
    "linked folder": (lambda out: (out / "t").symlink_to(out.parent / "elsewhere"), "t is a symbolic link"),
    "link inside": (lambda out: (out / "t").symlink_to("s"), "t is a symbolic link"),
    "file for a folder": (lambda out: (out / "t").write_text("own"), "t is a file where a folder is needed"),
    "pipe": (lambda out: os.mkfifo(out / "s/new"), "s/new is no regular file"),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_what_is_not_ours_is_never_touched(name: str, tmp_path: Path, picture: Picture) -> None:
    out = tmp_path / "out"
    (tmp_path / "elsewhere").mkdir()
    write_out(out, {"s/old": "1\n", "s/gone": "1\n"}, everything)
    CONFLICTS[name][0](out)
    before = picture(tmp_path, staging=True)
    files = {"s/old": "2\n", "s/new": "1\n", "t/new": "1\n"}
    with pytest.raises(MachineFault, match=f"{CONFLICTS[name][1]}.*: nothing was written") as caught:
        write_out(out, files, everything)
    assert caught.value.help
    assert picture(tmp_path, staging=True) == before
    compared = compare(out, files, everything)
    assert len(compared.conflicts) == 1
    assert not compared.in_step


def test_a_listed_file_behind_a_link_is_not_deleted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_out(out, {"s/a": "1\n", "t/b": "1\n"}, everything)
    (out / "s").rename(tmp_path / "moved")
    (out / "s").symlink_to(tmp_path / "moved")
    with pytest.raises(MachineFault, match="s is a symbolic link"):
        write_out(out, {"t/b": "1\n"}, everything)
    assert (tmp_path / "moved/a").read_text() == "1\n"


def test_many_conflicts_are_all_named(tmp_path: Path, lay: Lay) -> None:
    lay(tmp_path, {"a/b": "own", "c/d": "own", "e": "own"})
    with pytest.raises(MachineFault, match=r"a/b was not written.*; likewise c/d, e"):
        write_out(tmp_path, {"a/b": "1\n", "c/d": "1\n", "e": "1\n"}, everything)


MANIFESTS = {
    "damaged": (b'{"manifest": 1, "fi', "is damaged"),
    "merge": (b"<<<<<<< ours\n=======\n>>>>>>> theirs\n", "merge conflict markers"),
    "newer": (b'{"manifest": 9}', "version 9"),
    "climbs": (b'{"manifest": 1, "files": {"../victim": "sha256:' + b"0" * 64 + b'"}}', "which no build writes"),
    "absolute": (b'{"manifest": 1, "files": {"/victim": "sha256:' + b"0" * 64 + b'"}}', "which no build writes"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_cannot_be_trusted_stops_everything(name: str, tmp_path: Path, picture: Picture) -> None:
    data, match = MANIFESTS[name]
    out = tmp_path / "out"
    (tmp_path / "victim").write_text("precious")
    write_out(out, {"a/b": "1\n"}, everything)
    (out / "manifest.json").write_bytes(data)
    before = picture(tmp_path, staging=True)
    for function in (write_out, compare):
        with pytest.raises(MachineFault, match=match):
            function(out, {"a/b": "2\n"}, everything)
    assert picture(tmp_path, staging=True) == before
    books = previous_rulebooks(out)
    assert (dict(books.texts), books.skipped[0][0]) == ({}, "manifest.json")


def test_a_manifest_that_is_a_link_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_bytes(render_manifest({}))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/manifest.json").symlink_to("../real.json")
    with pytest.raises(MachineFault, match=r"manifest\.json is a symbolic link"):
        write_out(tmp_path / "out", {"a": "1\n"}, everything)
    (tmp_path / "out/manifest.json").unlink()
    (tmp_path / "out/manifest.json").mkdir()
    with pytest.raises(MachineFault, match=r"manifest\.json is a folder"):
        compare(tmp_path / "out", {"a": "1\n"}, everything)


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("own")
    for function in (write_out, compare):
        with pytest.raises(MachineFault, match="out is not a folder"):
            function(tmp_path / "out", {"a": "1\n"}, everything)
        with pytest.raises(MachineFault, match="Not a directory"):
            function(tmp_path / "out/below", {"a": "1\n"}, everything)
    assert previous_rulebooks(tmp_path / "out").skipped[0][0] == "manifest.json"
    assert previous_rulebooks(tmp_path / "out/below").texts == {}
    assert (tmp_path / "out").read_text() == "own"


def test_names_that_are_too_long(tmp_path: Path) -> None:
    with pytest.raises(MachineFault, match="File name too long"):
        write_out(tmp_path / ("x" * 300), {"a": "1\n"}, everything)
    deep = "/".join(["d" * 200] * 20)
    with pytest.raises(MachineFault, match="File name too long"):
        write_out(tmp_path / ("o" * 200), {deep: "1\n", "a": "1\n"}, everything)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../a", "/a", "manifest.json", "a b", ".hidden", "other/a"])
def test_a_compiler_that_gives_a_bad_path_is_a_bug(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a path that this build may write"):
        write_out(tmp_path / "out", {path: "1\n"}, lambda name: not name.startswith("other"))
    assert not (tmp_path / "out").exists()


def test_comparing_names_and_shows(tmp_path: Path, lay: Lay) -> None:
    out = tmp_path / "out"
    write_out(out, {"s/a": "1\n2\n3\n", "s/b": "x\n", "s/c": "x\n", "s/gone": "x\n"}, everything)
    lay(out, {"s/a": "1\nedited\n3\n", "s/own.tf": "x", "s/.terraform/x": "x", "top\x1b.txt": "x"})
    (out / "s/b").unlink()
    compared = compare(out, {"s/a": "1\n2\n3\n", "s/b": "x\n", "s/c": "y\n"}, everything)
    assert [(item.path, item.edited, item.difference.lines) for item in compared.stale] == [
        ("s/a", True, ("@@ -1,3 +1,3 @@", " 1", "-edited", "+2", " 3")),
        ("s/c", False, ("@@ -1 +1 @@", "-x", "+y")),
    ]
    assert (compared.missing, compared.orphaned) == (("s/b",), ("s/gone",))
    assert compared.foreign == ("s/own.tf", "top\\x1b.txt")
    assert not compared.in_step
    assert not compared.interrupted
    assert compare(out, {"t/x": "1\n"}, under("t")).foreign == ()


def test_a_manifest_alone_can_be_stale(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_out(out, {"a": "1\n"}, everything)
    (out / "manifest.json").write_bytes(render_manifest({"a": digest(b"other")}))
    compared = compare(out, {"a": "1\n"}, everything)
    assert [item.path for item in compared.stale] == ["manifest.json"]
    assert compared.stale[0].difference.lines
    (out / "manifest.json").unlink()
    assert compare(out, {"a": "1\n"}, everything).missing == ("manifest.json",)
    write_out(out, {"a": "1\n"}, everything)
    (out / "manifest.json").write_bytes((out / "manifest.json").read_bytes().replace(b"\n", b"\r\n"))
    assert compare(out, {"a": "1\n"}, everything).in_step


def test_foreign_files_and_differences_are_bounded(tmp_path: Path, lay: Lay) -> None:
    lay(tmp_path, {f"f/{n:04}": "x" for n in range(FOREIGN_LIMIT + 1)})
    compared = compare(tmp_path, {}, everything)
    assert (len(compared.foreign), compared.foreign_cut, compared.in_step) == (FOREIGN_LIMIT, True, True)
    files = {f"s{n}": "1\n" * 300 for n in range(30)}
    write_out(tmp_path / "out", files, everything)
    stale = compare(tmp_path / "out", dict.fromkeys(files, "2\n" * 300), everything).stale
    assert len(stale) == 30
    assert sum(len(item.difference.lines) for item in stale) == 2000
    assert all(item.difference.shortened for item in stale)


def test_a_stale_file_that_is_no_text(tmp_path: Path) -> None:
    write_out(tmp_path, {"a": "1\n"}, everything)
    (tmp_path / "a").write_bytes(b"\xff\x00\n")
    assert compare(tmp_path, {"a": "1\n"}, everything).stale[0].difference.lines[1] == "-\\xff\x00"


def test_previous_rulebooks(tmp_path: Path, lay: Lay) -> None:
    out = tmp_path / "out"
    assert previous_rulebooks(out) == previous_rulebooks(tmp_path)
    names = [f"s/d/{vpc}/rulebook.json" for vpc in ("bad", "fine", "gone", "link")]
    write_out(out, {**dict.fromkeys(names, "{}\n"), "s/d/fine/terraform/main.tf.json": "{}\n"}, everything)
    lay(out, {"foreign/d/m/rulebook.json": "{}"})
    (out / names[0]).write_bytes(b"\xff")
    (out / names[2]).unlink()
    (out / names[3]).unlink()
    (out / names[3]).symlink_to("/etc/passwd")
    books = previous_rulebooks(out)
    assert dict(books.texts) == {"s/d/fine/rulebook.json": "{}\n"}
    assert books.skipped == (
        (names[0], "it is not UTF-8 text"),
        (names[2], "it is missing"),
        (names[3], "it is no regular file"),
    )


@pytest.mark.parametrize(
    ("chosen", "setting", "expected"),
    [
        (None, None, "work/out"),
        (None, "gen/deep", "work/gen/deep"),
        (None, "strategies-out", "work/strategies-out"),
        ("here", "gen", "here"),
        ("../elsewhere", None, "../elsewhere"),
        (None, "", "has no name"),
        ("a\0b", None, "has no name"),
        (None, "..", "is not inside the workspace"),
        (None, "../work-2", "is not inside the workspace"),
        (None, "/tmp", "is not inside the workspace"),
        (None, "leaving", "is not inside the workspace"),
        (None, "leaving/out", "is not inside the workspace"),
        (None, ".", "cannot be the output folder"),
        ("work", None, "cannot be the output folder"),
        ("work/strategies", None, "cannot be the output folder"),
        ("work/strategies/out", None, "cannot be the output folder"),
        (None, "strategies/gen", "cannot be the output folder"),
        (None, ".git/hooks", "is inside .git"),
    ],
)
def test_where_the_output_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None, setting: str | None, expected: str
) -> None:
    start = tmp_path / "start"
    root = start / "work"
    root.mkdir(parents=True)
    (root / "leaving").symlink_to(tmp_path)
    monkeypatch.chdir(start)
    if " " in expected:
        with pytest.raises(UsageFault, match=expected):
            locate_out(root, chosen, setting)
    else:
        assert locate_out(root, chosen, setting) == Path(os.path.normpath(start / expected))
