"""What a build remembers of itself: what it read, what it found, and what it wrote. Content digests, and no times.

A record is looked at only where its ``key`` is what the next build would have: the same program, options, day and
sgstrat.yaml. Knows no files; JSON is read back as strictly as it is written, and anything else is no record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Finding, Related, Waived
from sgstrat.rulebook.model import TargetName
from sgstrat.source.span import Span

VERSION = 2


def digest(*parts: bytes | str) -> str:
    """The digest of some parts, which no other division of the same bytes has."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.hexdigest()


class Usage(NamedTuple):
    """What a target takes of its account, region and VPC, and the quotas there that it goes by.

    ``lists`` are the AWS names of its own prefix lists, which are unique in an account and region, and ``names`` those
    of its groups, without regard to case, which are unique in a VPC. ``vpc_id`` is empty where it is not in the text;
    ``default_group`` is what the target says of the VPC's, and empty where it says nothing.
    """

    account: str
    region: str
    vpc_id: str
    default_group: str
    names: tuple[str, ...]
    lists: tuple[str, ...]
    rules_per_group: int
    groups_per_eni: int
    most_groups: int
    existing_groups: int
    most_lists: int
    existing_lists: int


class TargetRecord(NamedTuple):
    """What was made of a target.

    ``content`` is the digest of all that its files are made of; ``files`` are theirs, by path below the output folder.
    ``usage`` is what it takes of its account and region.
    """

    content: str
    usage: Usage
    files: Mapping[str, str]


class Cluster(NamedTuple):
    """Strategies that have to do with each other, their files, and what was found in them.

    ``shape`` is the digest of what joins or could join them with others.
    """

    strategies: tuple[str, ...]
    shape: str
    files: tuple[str, ...]
    findings: tuple[Finding, ...]


class Record(NamedTuple):
    """A whole build. ``files`` and ``lock`` are the digests of what was read, ``lock`` as the build left it.

    ``out`` is the output folder.

    Without ``is_divisible`` something was judged on the workspace as a whole, so that no cluster can be compiled alone.
    """

    key: str
    out: str
    files: Mapping[str, str]
    lock: str
    is_divisible: bool
    clusters: tuple[Cluster, ...]
    targets: Mapping[TargetName, TargetRecord]


def write_record(record: Record) -> bytes:
    """The record as JSON."""
    document = {
        "version": VERSION,
        "key": record.key,
        "out": record.out,
        "files": dict(record.files),
        "lock": record.lock,
        "is_divisible": record.is_divisible,
        "clusters": [
            {
                "strategies": each.strategies,
                "shape": each.shape,
                "files": each.files,
                "findings": [_finding(finding) for finding in each.findings],
            }
            for each in record.clusters
        ],
        "targets": [[name, each.content, each.usage, dict(each.files)] for name, each in record.targets.items()],
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_record(data: bytes) -> Record | None:
    """What :func:`write_record` wrote; None for anything else, which is then as if there had been no build."""
    try:
        document = json.loads(data)
        if document["version"] != VERSION:
            return None
        clusters = tuple(
            Cluster(
                _texts(each["strategies"]),
                _text(each["shape"]),
                _texts(each["files"]),
                tuple(map(_read_finding, each["findings"])),
            )
            for each in document["clusters"]
        )
        targets = {
            TargetName(*_texts(name)): TargetRecord(_text(content), _read_usage(usage), _digests(files))
            for name, content, usage, files in document["targets"]
        }
        return Record(
            _text(document["key"]),
            _text(document["out"]),
            _digests(document["files"]),
            _text(document["lock"]),
            document["is_divisible"] is True,
            clusters,
            targets,
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


def _finding(finding: Finding) -> list[Any]:
    """What messages need of a finding; a fix is made anew by those who mend."""
    return [
        finding.code,
        finding.severity.value,
        finding.message,
        finding.span,
        finding.help,
        [[each.span, each.message] for each in finding.related],
        finding.environments,
        None if finding.waived is None else [finding.waived.severity.value, *finding.waived[1:]],
    ]


def _read_finding(data: list[Any]) -> Finding:
    code, severity, message, span, help, related, environments, waived = data
    return Finding(
        _text(code),
        _text(message),
        _span(span),
        _text(help),
        tuple(Related(_span(each), _text(text)) for each, text in related),
        environments=_texts(environments),
        severity=Severity(severity),
        waived=None if waived is None else _read_waived(waived),
    )


def _read_waived(data: list[Any]) -> Waived:
    severity, message, why, until, approved_by, span = data
    texts = _text(message), _text(why), _text(until), _text(approved_by)
    return Waived(Severity(severity), *texts, _span(span))


def _read_usage(data: list[Any]) -> Usage:
    account, region, vpc_id, default_group, names, lists, *limits = data
    texts = _text(account), _text(region), _text(vpc_id), _text(default_group)
    return Usage(*texts, _texts(names), _texts(lists), *map(_number, limits))


def _span(data: list[Any]) -> Span:
    file, *numbers = data
    a, b, c, d = map(_number, numbers)
    return Span(_text(file), a, b, c, d)


def _digests(data: dict[Any, Any]) -> dict[str, str]:
    return {_text(path): _text(value) for path, value in data.items()}


def _texts(data: list[Any]) -> tuple[str, ...]:
    if not isinstance(data, list):
        raise TypeError
    return tuple(map(_text, data))


def _text(data: object) -> str:
    if not isinstance(data, str):
        raise TypeError
    return data


def _number(data: object) -> int:
    if not isinstance(data, int) or isinstance(data, bool):
        raise TypeError
    return data
