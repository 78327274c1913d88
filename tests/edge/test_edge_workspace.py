"""Finding, reading and selecting a workspace."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Set as AbstractSet
from pathlib import Path

import pytest

from sgstrat.edge import workspace_files
from sgstrat.edge.machine import Fault, MachineFault, UsageFault
from sgstrat.edge.workspace_files import Bounds, find_workspace, read_workspace, select


def touch(root: Path, *names: str, text: str = "x: 1\n") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def paths(root: Path) -> list[str]:
    return [file.path for file in read_workspace(root).files]


@pytest.mark.parametrize(
    ("there", "start", "root"),
    [
        (["strategies/a.yaml"], ".", "."),
        (["strategies/team/a.yaml"], "strategies/team", "."),
        (["sgstrat.yaml", "deep/er/x"], "deep/er", "."),
        (["strategies/a.yaml", "inner/strategies/b.yaml"], "inner", "inner"),
        (["strategies/a.yaml", "inner/sgstrat.yaml", "inner/x/y"], "inner/x", "inner"),
    ],
)
def test_the_nearest_workspace_upwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: list[str], start: str, root: str
) -> None:
    touch(tmp_path, *there)
    monkeypatch.chdir(tmp_path / start)
    assert find_workspace() == tmp_path / root
    monkeypatch.chdir("/")
    assert find_workspace([tmp_path / start]) == tmp_path / root


def test_a_file_is_looked_for_from_its_folder(tmp_path: Path) -> None:
    touch(tmp_path, "strategies/t/a.yaml", "strategies/b.yaml")
    assert find_workspace([tmp_path / "strategies/t/a.yaml", tmp_path / "strategies"]) == tmp_path


def test_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageFault, match=r"no sgstrat.yaml and no strategies/ in the current folder") as caught:
        find_workspace()
    assert "sgstrat init" in caught.value.help
    with pytest.raises(UsageFault, match="nowhere does not exist"):
        find_workspace(["nowhere"])
    with pytest.raises(UsageFault, match="does not exist"):
        find_workspace(["a\0b"])


def test_two_workspaces_in_one_command(tmp_path: Path) -> None:
    touch(tmp_path, "one/strategies/a.yaml", "two/strategies/a.yaml")
    with pytest.raises(UsageFault, match="is in the workspace"):
        find_workspace([tmp_path / "one", tmp_path / "two"])


def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for given in ([], ["strategies"]):
        with pytest.raises(UsageFault, match="current folder cannot be used"):
            find_workspace(given)


def test_everything_is_read_in_byte_order(tmp_path: Path) -> None:
    touch(tmp_path, "strategies/b.yml", "strategies/a/z.yaml", "strategies/a-b.yaml", "strategies/B.yaml")
    touch(tmp_path, "strategies/é.yaml", "strategies/x.yaml/inner.yaml")
    touch(tmp_path, "strategies/.hidden.yaml", "strategies/.git/c.yaml", "strategies/notes.txt", "strategies/c.YAML")
    touch(tmp_path, "other/d.yaml", "out/e.yaml")
    (tmp_path / "strategies/bytes.yaml").write_bytes(b"\xff\r\n\0")
    workspace = read_workspace(tmp_path)
    found = [file.path for file in workspace.files]
    assert found == sorted(found, key=str.encode)
    assert set(found) == {
        *("strategies/b.yml", "strategies/a/z.yaml", "strategies/a-b.yaml", "strategies/B.yaml", "strategies/é.yaml"),
        *("strategies/x.yaml/inner.yaml", "strategies/bytes.yaml"),
    }
    assert dict(workspace.files)["strategies/bytes.yaml"] == b"\xff\r\n\0"
    assert workspace.settings is None
    touch(tmp_path, "sgstrat.yaml", text="out: gen\n")
    assert read_workspace(tmp_path).settings == b"out: gen\n"


def test_the_order_of_the_file_system_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, *(f"strategies/{a}/{b}.yaml" for a in "qwe" for b in "rtz"))
    before = read_workspace(tmp_path)
    listing = workspace_files._listing
    monkeypatch.setattr(workspace_files, "_listing", lambda folder: tuple(names[::-1] for names in listing(folder)))
    assert read_workspace(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"a b.yaml", "a b.yaml"),
        ("größe-日本.yaml".encode(), "größe-日本.yaml"),
        (b"new\nline.yaml", "new\\nline.yaml"),
        (b"\x1b[31mred.yaml", "\\x1b[31mred.yaml"),
        (b"bad-\xff.yaml", "bad-\\udcff.yaml"),
        (b"back\\slash.yaml", "back\\\\slash.yaml"),
        ("rtl-\u202e.yaml".encode(), "rtl-\\u202e.yaml"),
    ],
)
def test_odd_names_are_read_and_shown_on_one_line(tmp_path: Path, name: bytes, shown: str) -> None:
    (tmp_path / "strategies").mkdir()
    full = os.path.join(os.fsencode(tmp_path), b"strategies", name)
    try:
        with open(full, "wb") as file:
            file.write(b"x: 1")
    except OSError as error:
        pytest.skip(f"this file system does not take the name: {error}")
    workspace = read_workspace(tmp_path)
    assert [file.path for file in workspace.files] == [f"strategies/{shown}"]
    assert shown.isprintable()
    assert select(workspace, [os.fsdecode(full)]) == frozenset({f"strategies/{shown}"})


def test_an_empty_workspace_has_no_strategy(tmp_path: Path) -> None:
    touch(tmp_path, "sgstrat.yaml")
    with pytest.raises(UsageFault, match="no strategy found"):
        read_workspace(tmp_path)
    (tmp_path / "strategies").mkdir()
    with pytest.raises(UsageFault, match="no strategy found"):
        read_workspace(tmp_path)


def test_the_other_spelling_of_the_settings_is_not_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "strategies/a.yaml", "sgstrat.yml")
    with pytest.raises(UsageFault, match=r"sgstrat.yml is not read"):
        read_workspace(tmp_path)


def test_links_inside_the_workspace_are_followed(tmp_path: Path) -> None:
    touch(tmp_path, "strategies/a.yaml", "shared/b.yaml", "shared/more/c.yaml")
    (tmp_path / "strategies/link.yaml").symlink_to("../shared/b.yaml")
    (tmp_path / "strategies/more").symlink_to(tmp_path / "shared/more")
    assert paths(tmp_path) == ["strategies/a.yaml", "strategies/link.yaml", "strategies/more/c.yaml"]


@pytest.mark.parametrize("inside", ["strategies/link.yaml", "strategies/folder", "sgstrat.yaml", "strategies"])
def test_links_out_of_the_workspace_are_refused(tmp_path: Path, inside: str) -> None:
    root, outside = tmp_path / "work", tmp_path / "work-outside"
    touch(outside, "secret.yaml", "folder/x.yaml")
    root.mkdir()
    if inside != "strategies":
        touch(root, "strategies/a.yaml")
    (root / inside).symlink_to(outside / "secret.yaml" if inside.endswith("yaml") else outside / "folder")
    with pytest.raises(MachineFault, match="symbolic link that leaves the workspace"):
        read_workspace(root)


def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    touch(tmp_path, "strategies/a/b.yaml")
    (tmp_path / "strategies/a/up").symlink_to("..")
    with pytest.raises(MachineFault, match="are one folder"):
        read_workspace(tmp_path)
    (tmp_path / "strategies/a/up").unlink()
    (tmp_path / "strategies/a/self.yaml").symlink_to("self.yaml")
    with pytest.raises(Fault):
        read_workspace(tmp_path)


@pytest.mark.parametrize("kind", ["pipe", "socket", "settings-folder", "dangling"])
def test_what_is_no_regular_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    touch(tmp_path, "strategies/a.yaml")
    monkeypatch.chdir(tmp_path)
    match = "is not a regular file"
    if kind == "pipe":
        os.mkfifo("strategies/p.yaml")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("strategies/s.yaml")
    elif kind == "settings-folder":
        Path("sgstrat.yaml").mkdir()
    else:
        Path("strategies/d.yaml").symlink_to("missing.yaml")
        match = r"cannot read strategies/d.yaml: No such file"
    with pytest.raises(MachineFault, match=match):
        read_workspace(tmp_path)


@pytest.mark.parametrize(
    ("bounds", "match"),
    [
        (Bounds(files=2), "more than 2 YAML files"),
        (Bounds(folders=2), "more than 2 folders"),
        (Bounds(file_bytes=4), "larger than 4 bytes"),
        (Bounds(total_bytes=14), "more than 14 bytes of YAML"),
    ],
)
def test_bounds(tmp_path: Path, bounds: Bounds, match: str) -> None:
    touch(tmp_path, "strategies/a.yaml", "strategies/t/b.yaml", "strategies/u/c.yaml")
    with pytest.raises(MachineFault, match=match):
        read_workspace(tmp_path, bounds)
    assert len(read_workspace(tmp_path, Bounds(3, 3, 5, 15)).files) == 3


def test_selecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "strategies/a.yaml", "strategies/t/b.yaml", "strategies/t/u/c.yaml", "strategies/tt.yaml", "x.txt")
    touch(tmp_path, "strategies/empty/readme.txt", "strategies/.h.yaml", "docs/d.yaml")
    workspace = read_workspace(tmp_path)
    monkeypatch.chdir(tmp_path / "strategies")
    cases: list[tuple[list[str], AbstractSet[str] | None]] = [
        ([], None),
        (["."], None),
        ([".."], None),
        ([".", "a.yaml"], None),
        (["a.yaml"], {"strategies/a.yaml"}),
        (["t"], {"strategies/t/b.yaml", "strategies/t/u/c.yaml"}),
        (
            ["t/", "./a.yaml", str(tmp_path / "strategies/a.yaml")],
            {"strategies/a.yaml", "strategies/t/b.yaml", "strategies/t/u/c.yaml"},
        ),
        (["t/../tt.yaml"], {"strategies/tt.yaml"}),
    ]
    for given, expected in cases:
        assert select(workspace, given) == expected, given
    refused = {
        "nowhere.yaml": "does not exist",
        "a.yaml/b": "does not exist",
        "empty": "no strategy found in",
        ".h.yaml": "no strategy found in",
        "empty/readme.txt": "no strategy found in",
        "../docs": "is outside",
        "../x.txt": "is outside",
        "/": "is outside",
    }
    for name, match in refused.items():
        for given in ([name], [".", name]):
            with pytest.raises(UsageFault, match=match):
                select(workspace, given)


def test_selecting_through_a_linked_way_to_the_workspace(tmp_path: Path) -> None:
    touch(tmp_path, "real/strategies/a.yaml")
    (tmp_path / "way").symlink_to("real")
    assert select(read_workspace(tmp_path / "real"), [tmp_path / "way/strategies/a.yaml"]) == frozenset(
        {"strategies/a.yaml"}
    )
    assert select(read_workspace(tmp_path / "way"), [tmp_path / "real/strategies/a.yaml"]) == frozenset(
        {"strategies/a.yaml"}
    )


def test_what_may_not_be_read(as_nobody: Callable[[], Path]) -> None:
    root = as_nobody()
    touch(root, "strategies/a.yaml", "strategies/locked/b.yaml")
    (root / "strategies/a.yaml").chmod(0)
    with pytest.raises(MachineFault, match="Permission denied"):
        read_workspace(root)
    (root / "strategies/a.yaml").chmod(0o644)
    (root / "strategies/locked").chmod(0)
    with pytest.raises(MachineFault, match="Permission denied"):
        read_workspace(root)
    with pytest.raises(UsageFault, match="Permission denied"):
        find_workspace([root / "strategies/locked/b.yaml"])
    (root / "strategies/locked").chmod(0o755)
