"""What must not matter does not matter: the order of files and keys, the hash seed, and rules that stand elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from .compare import AS_OF, Texts, compile_texts
from .generate import Plan, plan
from .targets import Name, targets

# Order is meaning here: the oldest key first, and what is shown as it was written.
_ORDERED = {"formerly", "cidrs", "ipv6_cidrs"}


def shuffled(data: Any, random: Random, key: str = "") -> Any:
    """The same data with the keys of every mapping, and the items of lists that are sets, in another order."""
    if isinstance(data, dict):
        items = [(name, shuffled(value, random, name)) for name, value in data.items()]
        random.shuffle(items)
        return dict(items)
    if isinstance(data, list):
        made = [shuffled(each, random) for each in data]
        if key not in _ORDERED:
            random.shuffle(made)
        return made
    return data


def without_duplicates() -> Iterator[tuple[int, Plan]]:
    """Random workspaces in which no permission is written twice: of two that are, the first gives the description."""
    for seed in count(1000):
        made = plan(Random(seed))
        texts = made.texts()
        meant = targets(texts.files, texts.settings, AS_OF)
        if all(len(set(origins)) == 1 for target in meant.values() for origins in target.permissions.values()):
            yield seed, made


def test_the_order_of_files_and_keys_and_lists_does_not_matter() -> None:
    for seed, made in islice(without_duplicates(), 30):
        random = Random(seed)
        first = compile_texts(made.texts())
        again = Plan(
            {path: shuffled(document, random) for path, document in made.documents.items()},
            shuffled(made.settings, random),
        )
        assert first.files, seed
        assert compile_texts(again.texts(), order=random).files == first.files, seed


@pytest.mark.parametrize("seed", range(60, 66))
def test_the_order_of_files_does_not_matter_where_rules_are_written_twice(seed: int) -> None:
    texts = plan(Random(seed)).texts()
    assert compile_texts(texts, order=Random(seed)).files == compile_texts(texts).files != {}


def _run(workspace: Path, out: str, hash_seed: str, jobs: str) -> dict[str, bytes]:
    command = [sys.executable, "-m", "sgstrat", "build", "-o", out, "--as-of", AS_OF.isoformat(), "--jobs", jobs]
    done = subprocess.run(
        command,
        cwd=workspace,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {
        path.relative_to(workspace / out).as_posix(): path.read_bytes()
        for path in sorted((workspace / out).rglob("*"))
        if path.is_file() and path.name[0] != "."
    }


@pytest.mark.parametrize("seed", [2, 11])
def test_two_processes_with_different_hash_seeds_write_the_same_bytes(tmp_path: Path, seed: int) -> None:
    texts = plan(Random(seed)).texts()
    for path, text in texts.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    if texts.settings:
        (tmp_path / "sgstrat.yaml").write_text(texts.settings, "utf-8")
    first, second = _run(tmp_path, "one", "1", "1"), _run(tmp_path, "two", "4242", "2")
    assert len(first) > 3
    assert first == second


# -- one more rule


def _one_more(made: Plan, random: Random) -> Texts:
    """The workspace with one rule more, on a port that nothing else names, towards itself or a CIDR."""
    path = random.choice(sorted(path for path, document in made.documents.items() if "strategy" in document))
    document = made.documents[path]
    kind, name = random.choice(sorted((kind, name) for kind, table in document["groups"].items() for name in table))
    rule = {"services": "tcp/61234", "why": "Added"}
    if random.random() < 0.5:
        document["groups"][kind][name].setdefault("ingress", []).append(
            {"from": random.choice(("10.77.0.0/16", "self")), **rule}
        )
    else:
        here = {key: value for key, value in document["groups"][kind][name].items() if key == "environments"}
        document.setdefault("flows", []).append({"from": name, "to": name, **rule, **here})
    return made.texts()


def _lines(text: str) -> list[str]:
    """Lines without the punctuation that encloses or separates members."""
    bare = (re.sub(r"[\[\]{},\s]+$", "", line) for line in text.splitlines())
    return [line for line in bare if line]


def _added(old: str, new: str) -> list[str]:
    """The lines that are new. Raises AssertionError where an old line is gone or has moved."""
    rest, added = iter(_lines(new)), []
    for line in _lines(old):
        for other in rest:
            if other == line:
                break
            added.append(other)
        else:
            raise AssertionError(f"this line is gone or has moved: {line}")
    return added + list(rest)


@pytest.mark.parametrize("seed", range(700, 730))
def test_one_more_rule_adds_its_own_lines_and_changes_no_other(seed: int) -> None:
    random = Random(seed)
    made = plan(random)
    texts = made.texts()
    before = compile_texts(texts).files
    more = _one_more(made, random)
    built = compile_texts(more)
    assert not built.errors
    assert built.files.keys() == before.keys()
    meant = targets(more.files, more.settings, AS_OF)
    fresh: dict[Name, int] = {
        name: sum(each.from_port == 61234 == each.to_port for each in target.permissions)
        for name, target in meant.items()
    }
    assert any(fresh.values())
    for path, text in built.files.items():
        name: Any = tuple(path.split("/")[:3])
        added = _added(before[path], text)
        if path.endswith("/rulebook.json"):
            assert sum('"from_port": 61234' in line for line in added) == len(added) == fresh[name]
        else:
            assert len(added) <= 13 * fresh[name]
