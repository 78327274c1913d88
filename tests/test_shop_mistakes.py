"""A mistake of each kind, made in the shop: one finding, at the mistake, with something to do about it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sgstrat.diagnostics.codes import Severity
from sgstrat.edge.workspace_files import read_workspace
from sgstrat.pipeline import Options, build, compile_workspace

ROOT = Path(__file__).parents[1]
SHOP = "strategies/shop.yaml"
FLOW = "  - {from: alb, to: web-servers, services: app-http, why: Proxied requests}\n"
# what is written wrongly: text of the shop, what stands there instead, the finding's code
MISTAKES = {
    "a misspelt key": ("flows:", "flow:", "SG110"),
    "a misspelt group": ("{from: alb, to: web-servers,", "{from: alb, to: web-server,", "SG201"),
    "a misspelt service": ("services: app-http, why: Proxied", "services: app-htp, why: Proxied", "SG202"),
    "a misspelt environment": ("why: Proxied requests}", "why: Proxied requests, environments: [prd]}", "SG206"),
    "a missing reason": (", why: Proxied requests}", "}", "SG111"),
    "a character that AWS does not take": ("why: Proxied requests", "why: Proxied & cached requests", "SG114"),
    "host bits": ("203.0.113.0/28", "203.0.113.1/28", "SG116"),
    "a number that is to be text": ('CostCentre: "4711"', "CostCentre: 4711", "SG107"),
    "ports the wrong way round": ("tcp/8080", "tcp/8080-80", "SG115"),
    "a rule that denies": ("why: Proxied requests}", "why: Proxied requests, action: deny}", "SG117"),
    "a key twice": ("strategy: shop\n", "strategy: shop\nstrategy: shop\n", "SG103"),
    "a bracket that is not closed": ("why: Proxied requests}", "why: Proxied requests", "SG101"),
    "a flow written twice": (FLOW, FLOW * 2, "SG429"),
    "a flow that others cover": (FLOW, FLOW + FLOW.replace("app-http", "tcp/8080"), "SG429"),
    "SSH from everywhere": (
        "{from: office-vpn, services: ssh",
        "{from: [office-vpn, internet], services: ssh",
        "SG404",
    ),
    "everything to everywhere": (
        "    db-servers: {",
        "    db-servers: {egress: [{to: internet, services: all, why: x}], ",
        "SG407",
    ),
    "all protocols": ("services: app-http, why: Proxied", "services: all, why: Proxied", "SG413"),
    "a wide range of ports": ("services: app-http, why: Proxied", "services: tcp/8000-9000, why: Proxied", "SG412"),
    "the balancer at the database": (
        FLOW,
        FLOW + "  - {from: alb, to: db-servers, services: mysql, why: x}\n",
        "SG416",
    ),
    "a waiver of nothing": ("path: flows.public-shop", "path: flows.public", "SG226"),
    "a network that nothing uses": ("networks:\n", "networks:\n  unused: [198.51.100.8/32]\n", "SG420"),
    "a group that nobody carries": ("    db-servers: {", "    cache: {description: Cache}\n    db-servers: {", "SG419"),
}
ALSO = {
    "a waiver of nothing": {"SG401"},  # what it was to silence
}


def compiled(text: str | None) -> list[tuple[str, str, int]]:
    """Errors and warnings as code, help and line."""
    workspace = read_workspace(ROOT)
    files = [
        (each.path, text.encode() if text is not None and each.path == SHOP else each.data) for each in workspace.files
    ]
    compilation = compile_workspace(workspace.settings, files, Options(date(2026, 11, 21)))
    findings = compilation.findings
    if not compilation.has_errors:
        findings = build(compilation, compilation.rulebooks, ("cloudformation", "terraform"))[1]
    return [
        (each.code, each.help, each.span.line if each.span is not None else 0)
        for each in findings
        if each.severity is not Severity.NOTE
    ]


def test_the_shop_has_no_mistake() -> None:
    assert compiled(None) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake_gives_one_finding(mistake: str) -> None:
    old, new, code = MISTAKES[mistake]
    shop = (ROOT / SHOP).read_text("utf-8")
    assert old in shop
    found = [each for each in compiled(shop.replace(old, new, 1)) if each[0] not in ALSO.get(mistake, ())]
    assert [each[0] for each in found] == [code], found
    assert found[0][1], "nothing is said about what to do"
    first = shop[: shop.index(old)].count("\n") + 1
    assert first <= found[0][2] <= first + new.count("\n") + 1
