"""Laws of the service grammar: what is written is what is read, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from sgstrat.facts.services import catalogue
from sgstrat.language.services import ServiceError, ServicePart, is_literal, parse_service
from sgstrat.net.service import NAMES, service_interval

PORTS = st.integers(0, 65535)
BYTES = st.integers(0, 255)


@st.composite
def literals(draw: st.DrawFn) -> str:
    """A literal in its shortest spelling."""
    kind = draw(st.sampled_from(("port", "range", "type", "code", "any", "number", "all")))
    if kind in ("port", "range"):
        low, high = sorted((draw(PORTS), draw(PORTS)))
        protocol = draw(st.sampled_from(("tcp", "udp")))
        return f"{protocol}/{low}" if kind == "port" or low == high else f"{protocol}/{low}-{high}"
    icmp = draw(st.sampled_from(("icmp", "icmpv6")))
    return {
        "type": f"{icmp}/{draw(BYTES)}",
        "code": f"{icmp}/{draw(BYTES)}/{draw(BYTES)}",
        "any": f"{icmp}/any",
        "number": f"proto/{draw(BYTES.filter(lambda number: number not in NAMES))}",
        "all": "all",
    }[kind]


@given(literals())
def test_a_literal_is_read_and_written_alike(text: str) -> None:
    assert is_literal(text)
    assert str(parse_service(text)) == text


@given(literals(), literals())
def test_keys_are_unique(left: str, right: str) -> None:
    assert (parse_service(left).key == parse_service(right).key) == (left == right)


@given(literals())
def test_packets_are_not_empty(text: str) -> None:
    part = parse_service(text)
    low, high = service_interval(part.protocol, part.from_port, part.to_port)
    assert low <= high


@given(
    st.text(max_size=12)
    | st.from_regex(r"(tcp|udp|icmp|icmpv6|proto|all|[0-9]{1,6})(/[0-9a-z-]{0,8}){0,3}", fullmatch=True)
)
def test_any_text_is_read_or_explained(text: str) -> None:
    """A text that is read is what it says, a range of one port aside; for any other there is a reason."""
    found, reason = _read(text)
    assert (found is None) == bool(reason)
    if found is not None:
        assert text in (str(found), f"{found.protocol}/{found.from_port}-{found.to_port}")


def _read(text: str) -> tuple[ServicePart | None, str]:
    try:
        return parse_service(text), ""
    except ServiceError as error:
        return None, error.reason


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_the_catalogue_is_made_of_literals(name: str) -> None:
    """Names of the catalogue are no literals themselves, so that neither hides the other."""
    assert [str(parse_service(part)) for part in catalogue()[name].parts] == list(catalogue()[name].parts)
    assert not is_literal(name)
