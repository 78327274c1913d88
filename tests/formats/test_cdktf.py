"""The cdktf format: its resources are the terraform format's, for every bundled strategy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sgstrat.formats.cdktf import write as cdktf
from sgstrat.formats.cdktf.write import unavailable, write_all
from sgstrat.formats.terraform.write import write

from compiled import bundled  # isort: skip
from factory import make_group, make_list, make_rule, make_rulebook  # isort: skip

needs_cdktf = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))


@needs_cdktf
def test_resources_equal_the_terraform_formats() -> None:
    books = bundled()
    written = write_all(books)
    assert len(books) > 6
    for book in books:
        expected = {Path(each.path).parent.name: json.loads(each.text) for each in write(book)}
        synthesised = {
            Path(each.path).parent.name.replace("cdktf", "terraform"): json.loads(each.text)
            for each in written[book.target]
        }
        assert synthesised == expected


@needs_cdktf
def test_two_syntheses_give_the_same_bytes() -> None:
    books = bundled()[:2]
    assert write_all(books) == write_all(books)


@needs_cdktf
@pytest.mark.parametrize("text", ["${x} $${y} %{ if z }", "${TfToken[TOKEN.0]} #{TfToken[TOKEN.1]}", 'é "\\'])
def test_text_stays_text_and_what_is_empty_stays_empty(text: str) -> None:
    group = make_group(
        "web",
        description=text,
        tags=(("Key ${x}", text),),
        ingress=(make_rule("cidr", "10.0.0.0/8", description=text),),
    )
    book = make_rulebook(
        groups=(group,),
        prefix_lists=(make_list("none", entries=()),),
        existing=(),
        references=(),
        workloads=(),
        default_group="lock",
        tags=(("Owner", text),),
    )
    (synthesised,) = (json.loads(each.text) for each in write_all([book])[book.target])
    assert synthesised == json.loads(write(book)[0].text)
    default = synthesised["resource"]["aws_default_security_group"]["default"]
    assert (default["ingress"], default["egress"]) == ([], [])


@pytest.mark.parametrize(
    ("package", "node", "said"),
    [
        (None, "v20.1.0", 'pip install "sgstrat[cdktf]"'),
        ("cdktf", None, "Node.js 18 or newer on the PATH: install"),
        ("cdktf", "v16.20.2", "Node.js 18 or newer on the PATH (found 16): install"),
        ("cdktf", "no version", "Node.js 18 or newer on the PATH: install"),
    ],
)
def test_what_is_missing_is_named(
    package: str | None, node: str | None, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cdktf, "_package", lambda: package)
    if node is not None:
        (tmp_path / "node").write_text(f"#!/bin/sh\necho {node}\n")
        (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    reason = unavailable()
    assert reason is not None
    assert said in reason


def test_nothing_is_missing_where_package_and_node_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cdktf, "_package", lambda: "cdktn")
    (tmp_path / "node").write_text("#!/bin/sh\necho v18.0.0\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unavailable() is None
