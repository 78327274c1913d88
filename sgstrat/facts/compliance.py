"""Which public controls the findings answer: benchmarks, AWS's own controls, and the checks of other scanners.

A control asks something of security groups; the findings of its codes, about its services and address family, are what
stands against it. Codes are text here: diagnostics has no say in what others call things. Source and month stand beside
each framework in ``data/compliance.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from sgstrat.facts.read import data_text
from sgstrat.net.cidr import Family

_HUB = "security-hub"


class Criterion(NamedTuple):
    """Which findings stand against a control.

    Those of any of ``codes``, about any of ``services`` (none: whatever they are about), whose addresses are of
    ``family`` (None: of either).
    """

    codes: tuple[str, ...]
    services: tuple[str, ...] = ()
    family: Family | None = None


class Control(NamedTuple):
    """One control of a framework.

    Any finding of any of the ``criteria`` stands against it. ``through`` names the Security Hub controls that the
    framework's publisher maps it to, whose criteria it then has. ``partly`` is what the findings leave out,
    ``by_construction`` why no strategy can miss it, ``not_answered`` why a strategy cannot tell.
    """

    id: str
    title: str
    criteria: tuple[Criterion, ...]
    through: tuple[str, ...] = ()
    partly: str = ""
    by_construction: str = ""
    not_answered: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all criteria, in order of first mention."""
        return tuple(dict.fromkeys(code for each in self.criteria for code in each.codes))


class Framework(NamedTuple):
    """A published list of controls; ``scope`` says which part of it is here."""

    key: str
    title: str
    kind: Literal["standard", "scanner"]
    scope: str
    source: str
    url: str
    verified: str
    controls: tuple[Control, ...]


@cache
def frameworks() -> Mapping[str, Framework]:
    """All frameworks by key, in the order of the data file."""
    data = json.loads(data_text("compliance.json"))
    hub = {each["id"]: _criteria(each, {}) for each in data[_HUB]["controls"]}
    made = {}
    for key, fields in data.items():
        controls = tuple(_control(each, hub) for each in fields.pop("controls"))
        made[key] = Framework(key=key, controls=controls, **fields)
    return MappingProxyType(made)


def _control(data: dict[str, Any], hub: Mapping[str, tuple[Criterion, ...]]) -> Control:
    said = {key: data[key] for key in ("partly", "by_construction", "not_answered") if key in data}
    through = tuple(data.get("through", ()))
    return Control(data["id"], data["title"], _criteria(data, hub), through, **said)


def _criteria(data: dict[str, Any], hub: Mapping[str, tuple[Criterion, ...]]) -> tuple[Criterion, ...]:
    if "codes" in data:
        return (Criterion(tuple(data["codes"]), tuple(data.get("services", ())), data.get("family")),)
    return tuple(criterion for name in data.get("through", ()) for criterion in hub[name])


class Reference(NamedTuple):
    """A control by its framework's key and its id: ``cis-5.0 5.3``."""

    framework: str
    control: str

    def __str__(self) -> str:
        return f"{self.framework} {self.control}"


@cache
def controls_by_code() -> Mapping[str, tuple[Reference, ...]]:
    """For each code the controls that it takes part in answering, in the order of the data file."""
    found: dict[str, list[Reference]] = {}
    for code, reference in _pairs():
        found.setdefault(code, []).append(reference)
    return MappingProxyType({code: tuple(references) for code, references in found.items()})


def _pairs() -> Iterator[tuple[str, Reference]]:
    for framework in frameworks().values():
        for control in framework.controls:
            for code in control.codes:
                yield code, Reference(framework.key, control.id)


def controls_of(code: str) -> tuple[tuple[Framework, tuple[Control, ...]], ...]:
    """The controls that a code takes part in answering, by framework; none for a code that answers no control."""
    return tuple(
        (framework, controls)
        for framework in frameworks().values()
        if (controls := tuple(each for each in framework.controls if code in each.codes))
    )
