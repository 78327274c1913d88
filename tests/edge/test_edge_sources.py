"""Sources that are written back: whole, where they really are, and only over what was read."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from sgstrat.edge.machine import MachineFault
from sgstrat.edge.sources import source_bytes, write_sources
from sgstrat.edge.workspace_files import read_workspace

Lay = Callable[[Path, Mapping[str, str]], None]
Failing = Callable[..., AbstractContextManager[list[int]]]
FILES = {"sgstrat.yaml": "out: x\r\n", "strategies/a.yaml": "a: 1\n", "strategies/deep/b.yml": "b: 1\n"}
CHANGED = {path: text.replace("1", "2").replace("x", "y").encode() for path, text in FILES.items()}


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_every_file_of_a_workspace_is_replaced_and_keeps_its_mode(tmp_path: Path, lay: Lay) -> None:
    lay(tmp_path, {**FILES, "strategies/c.yaml": "c: 1\n"})
    (tmp_path / "strategies/a.yaml").chmod(0o640)
    workspace = read_workspace(tmp_path)
    assert source_bytes(workspace) == contents(tmp_path)
    write_sources(workspace, CHANGED)
    assert contents(tmp_path) == {**CHANGED, "strategies/c.yaml": b"c: 1\n"}
    assert stat.S_IMODE((tmp_path / "strategies/a.yaml").stat().st_mode) == 0o640


def test_a_link_inside_the_workspace_stays_a_link(tmp_path: Path, lay: Lay) -> None:
    lay(tmp_path, {"shared/a.yaml": "a: 1\n", "strategies/b.yaml": "b: 1\n"})
    link = tmp_path / "strategies/a.yaml"
    link.symlink_to("../shared/a.yaml")
    write_sources(read_workspace(tmp_path), {"strategies/a.yaml": b"a: 2\n"})
    assert link.is_symlink()
    assert (tmp_path / "shared/a.yaml").read_bytes() == b"a: 2\n"


def test_one_file_of_two_names(tmp_path: Path, lay: Lay) -> None:
    lay(tmp_path, {"strategies/a.yaml": "a: 1\n"})
    (tmp_path / "strategies/b.yaml").symlink_to("a.yaml")
    workspace = read_workspace(tmp_path)
    with pytest.raises(MachineFault, match=r"a\.yaml and strategies/b\.yaml are one file"):
        write_sources(workspace, {"strategies/a.yaml": b"a: 2\n", "strategies/b.yaml": b"a: 3\n"})
    assert (tmp_path / "strategies/a.yaml").read_bytes() == b"a: 1\n"
    write_sources(workspace, dict.fromkeys(("strategies/a.yaml", "strategies/b.yaml"), b"a: 2\n"))
    assert contents(tmp_path) == dict.fromkeys(("strategies/a.yaml", "strategies/b.yaml"), b"a: 2\n")


def test_a_link_that_leads_out_since_is_not_followed(tmp_path: Path, lay: Lay) -> None:
    lay(tmp_path, {"w/strategies/a.yaml": "a: 1\n", "outside.yaml": "a: 1\n"})
    workspace = read_workspace(tmp_path / "w")
    (tmp_path / "w/strategies/a.yaml").unlink()
    (tmp_path / "w/strategies/a.yaml").symlink_to("../../outside.yaml")
    with pytest.raises(MachineFault, match="leaves the workspace"):
        write_sources(workspace, {"strategies/a.yaml": b"a: 2\n"})
    assert (tmp_path / "outside.yaml").read_bytes() == b"a: 1\n"


@pytest.mark.parametrize("gone", [True, False])
def test_what_has_changed_since_is_not_overwritten(tmp_path: Path, lay: Lay, gone: bool) -> None:
    lay(tmp_path, FILES)
    workspace = read_workspace(tmp_path)
    last = tmp_path / "strategies/deep/b.yml"
    last.unlink() if gone else last.write_bytes(b"b: mine\n")
    before = contents(tmp_path)
    with pytest.raises(MachineFault, match="since it was read"):
        write_sources(workspace, CHANGED)
    assert contents(tmp_path) == before


def test_a_file_that_may_not_be_written_is_not_replaced(as_nobody: Callable[[], Path], lay: Lay) -> None:
    root = as_nobody()
    lay(root, FILES)
    (root / "strategies/deep/b.yml").chmod(0o444)
    workspace = read_workspace(root)
    before = contents(root)
    with pytest.raises(MachineFault, match=r"cannot write .*b\.yml: Permission denied"):
        write_sources(workspace, CHANGED)
    assert contents(root) == before


def test_whatever_fails_every_file_is_whole_and_nothing_is_left_behind(
    tmp_path: Path, lay: Lay, failing: Failing, no_space: Callable[[], OSError]
) -> None:
    number = tried = 0
    while True:
        root = tmp_path / str(number)
        lay(root, FILES)
        workspace = read_workspace(root)
        with failing(number, no_space, for_ever=False) as count:
            try:
                write_sources(workspace, CHANGED)
            except MachineFault:
                tried += 1
        found = contents(root)
        assert found.keys() == FILES.keys()
        assert all(data in (FILES[path].encode(), CHANGED[path]) for path, data in found.items())
        if count[0] <= number:
            break
        number += 1
    assert found == CHANGED
    assert tried > 10
