"""Terraform's own reading of escaped text, mark by mark: what the writer escapes comes out as it was."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from moto_server import Moto
from terraform_cli import Module

from sgstrat.formats.terraform.expressions import quoted

MARKS = [*map("".join, product("$%{", repeat=3)), *map("".join, product("$%", repeat=4))]
TEXTS = [f"{marks}{{x}}" for marks in MARKS] + [
    "${",
    "$${",
    "%{",
    "$$$",
    "a${}b",
    "%{ if true }%{ endif }",
    "${~ x ~}",
    '\\${"x"}',
    "$\\{x}",
]


def test_terraform_reads_escaped_text_as_it_was(moto: Moto, terraform: None, tmp_path: Path) -> None:
    outputs = ",\n".join(f'"text_{number}": {{"value": {quoted(text)}}}' for number, text in enumerate(TEXTS))
    (tmp_path / "main.tf.json").write_text(f'{{"output": {{{outputs}}}}}')
    module = Module(tmp_path, tmp_path, moto, {})
    (tmp_path / "moto_override.tf.json").unlink()  # there is no provider
    module.apply()
    read = module.outputs()
    assert [read[f"text_{number}"] for number in range(len(TEXTS))] == TEXTS
