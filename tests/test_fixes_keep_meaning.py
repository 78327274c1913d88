"""A mistake put into a valid workspace, and mended: what is left is the workspace as it was, byte by byte.

The workspaces are random ones of ``oracle/generate.py``. The mistakes are made on the text, by regular expressions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from ipaddress import ip_interface, ip_network
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from oracle.generate import plan
from test_mutations import mutate, workspaces

from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.edits import apply_edits
from sgstrat.diagnostics.finding import Edit, Finding, Findings
from sgstrat.diagnostics.remedy import removal
from sgstrat.fixing import workspace as fixing
from sgstrat.fixing.harm import Attempt, harm
from sgstrat.fixing.workspace import fix_workspace
from sgstrat.pipeline import SETTINGS_FILE, Compilation, Options, compile_workspace
from sgstrat.reach.sameness import same_traffic
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import DIRECTIONS, Peer, Rule
from sgstrat.rulebook.workspace import Workspace
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText
from sgstrat.syntax.mend import Mender, with_fixes
from sgstrat.syntax.parse import parse

OPTIONS = Options(date(2027, 1, 1))
SEEDS = range(40)
Mistake = Callable[[Random, str], "str | None"]


@cache
def workspace(seed: int) -> dict[str, bytes]:
    """A random workspace in which nothing is left to fix: some have rules or waivers that change nothing."""
    texts = plan(Random(seed)).texts()
    files = {path: text.encode() for path, text in texts.files.items()}
    if texts.settings is not None:
        files[SETTINGS_FILE] = texts.settings.encode()
    outcome = fix_workspace(files, OPTIONS)
    assert {each.finding.code for each in outcome.fixed} <= {"SG226", "SG418", "SG424", "SG429"}
    assert same_traffic(compiled(files).rulebooks, outcome.compilation.rulebooks)
    return {**files, **outcome.changed}


def compiled(files: dict[str, bytes]) -> Compilation:
    sources = [(path, data) for path, data in files.items() if path != SETTINGS_FILE]
    return compile_workspace(files.get(SETTINGS_FILE), sources, OPTIONS)


def _one(random: Random, pattern: str, text: str, change: Callable[[re.Match[str]], str | None]) -> str | None:
    """The text with one of the matches changed; None where none can be."""
    found = [(match, new) for match in re.finditer(pattern, text) if (new := change(match)) is not None]
    if not found:
        return None
    match, new = random.choice(found)
    return text[: match.start()] + new + text[match.end() :]


def host_bits(random: Random, text: str) -> str | None:
    def changed(match: re.Match[str]) -> str | None:
        interface = ip_interface(match.group())
        network = interface.network
        if network.prefixlen in (0, network.max_prefixlen) or str(network) != match.group():
            return None  # what is not canonical comes back canonical, which is no mistake of the fix
        return f"{network.broadcast_address}/{network.prefixlen}"

    return _one(random, r"(?<=[\s\[\"'])[0-9a-f][0-9a-f:.]+/\d+(?=[\s,\]}\"'])", text, changed)


def unquoted(random: Random, text: str) -> str | None:
    return _one(random, r'"(\d{12}|no|to|0|1e3|\d+)"(?=[\s,\]}])', text, lambda match: match.group(1))


def upper_case(random: Random, text: str) -> str | None:
    return _one(random, r"\b(tcp|udp)/\d+", text, lambda match: match.group().upper())


def written_twice(random: Random, text: str) -> str | None:
    """A key of the file, of one line, once more below its first."""
    return _one(random, r"(?m)^(strategy|owner|description): .*\n", text, lambda match: match.group() * 2)


def unused_waiver(random: Random, text: str) -> str | None:
    """At the end of those there are, or as the first."""
    waiver = "{code: SG401, path: flows.nothing-here, why: x, until: 2028-01-01}"
    if not re.search(r"(?m)^strategy:", text):
        return None
    if re.search(r"(?m)^waivers:", text):
        return _one(random, r"(?m)^waivers:\n", text, lambda match: f"{match.group()}- {waiver}\n")
    return text + random.choice(
        (f"waivers: [{waiver}]\n", f"waivers:\n- {waiver}\n", f"waivers:\n  -\n   {waiver} # x\n")
    )


MISTAKES: dict[str, Mistake] = {
    "SG116": host_bits,
    "SG107": unquoted,
    "SG115": upper_case,
    "SG103": written_twice,
    "SG226": unused_waiver,
}


@pytest.mark.parametrize("code", MISTAKES)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_mended_workspace_is_the_one_before(code: str, line_break: str) -> None:
    tried = 0
    for seed in SEEDS:
        random = Random(seed)
        files = {path: data.replace(b"\n", line_break.encode()) for path, data in workspace(seed).items()}
        path = random.choice([each for each in files if each != SETTINGS_FILE or code != "SG226"])
        mark = random.choice((b"", b"\xef\xbb\xbf"))
        files[path] = mark + files[path]
        wrong = MISTAKES[code](random, files[path].decode().replace("\r\n", "\n"))
        if wrong is None:
            continue
        before = compiled(files)
        broken = {**files, path: wrong.replace("\n", line_break).encode()}
        assert code in {each.code for each in compiled(broken).findings} - {each.code for each in before.findings}
        tried += 1
        outcome = fix_workspace(broken, OPTIONS)
        # what is redundant in one environment alone is needed in another, and stays
        assert {each.candidate.finding.code for each in outcome.refused} <= {"SG418"}
        assert [each.finding.code for each in outcome.fixed] == [code]
        assert outcome.changed == {path: files[path]}
        assert books(outcome.compilation) == books(before)
    assert tried >= 10


def books(compilation: Compilation) -> dict[str, object]:
    return {str(name): write_rulebook(book) for name, book in compilation.rulebooks.items()}


def test_the_same_traffic_is_the_same_and_a_rule_less_is_not() -> None:
    """It is the same only where every rule that is gone is within another one of its group."""
    verdicts: Counter[bool] = Counter()
    for seed in SEEDS:
        files = workspace(seed)
        before = compiled(files)
        assert same_traffic(before.rulebooks, compiled(files).rulebooks)
        origins = sorted({each[3].origin.span for each in _rules(before) if each[3].origin is not None})
        for span in Random(seed).sample(origins, min(4, len(origins))):
            mended = Mender(before.texts).mend(Finding("SG112", "", remedy=removal(span, "")))
            assert mended is not None
            source = SourceText(span.file, before.texts[span.file])
            after = compiled({**files, span.file: apply_edits(source, mended.fix.edits).text.encode()})
            assert after.rulebooks
            is_same = same_traffic(before.rulebooks, after.rulebooks)
            assert is_same == same_traffic(after.rulebooks, before.rulebooks)
            lost, left = _rules(before) - _rules(after), _rules(after)
            assert all(any(_is_within(rule, other) for other in left) for rule in lost) or not is_same
            assert lost or is_same
            verdicts[is_same] += 1
    assert verdicts[False] >= 80
    assert verdicts[True] >= 2


Known = tuple[str, str, str, Rule]


def _rules(compilation: Compilation) -> set[Known]:
    """Every rule of every group; one that names a list of known content once for each entry."""
    return {
        (str(name), group.key, direction, each)
        for name, book in compilation.rulebooks.items()
        for entries in (Workspace(compilation.rulebooks).list_entries(book),)
        for known in ({each.key for each in book.prefix_lists if each.origin in ("own", "foreign")},)
        for group in book.groups
        for direction in DIRECTIONS
        for rule in group.rules(direction)
        for each in _by_address(replace(rule, key="", identity="", description="", source=""), known, entries)
    }


def _by_address(rule: Rule, known: set[str], entries: dict[str, tuple[str, ...]]) -> list[Rule]:
    if rule.peer.kind != "prefix_list" or rule.peer.name not in known:
        return [rule]
    return [replace(rule, peer=Peer("cidr", cidr)) for cidr in entries[rule.peer.name]]


def _is_within(one: Known, other: Known) -> bool:
    """Whether a rule lets through nothing that one other does not, where both name addresses or the same peer."""
    rule, wider = one[3], other[3]
    if one[:3] != other[:3] or wider.protocol not in ("-1", rule.protocol):
        return False
    if wider.protocol != "-1" and None not in (rule.from_port, wider.from_port):
        low, high, first, last = rule.from_port, rule.to_port, wider.from_port, wider.to_port
        is_any = rule.protocol.startswith("icmp") and -1 in (first, last)
        if not is_any and not (first <= low and high <= last):  # type: ignore[operator]
            return False
    if rule.peer == wider.peer or {rule.peer.kind, wider.peer.kind} != {"cidr"}:
        return rule.peer == wider.peer
    network, around = ip_network(rule.peer.name), ip_network(wider.peer.name)
    return network.version == around.version and network.subnet_of(around)  # type: ignore[arg-type]


WEB = b"""\
version: 1
strategy: a
groups:
  app:
    web:
      description: Web
      ingress:
        - {from: 10.1.0.0/16, services: https, why: All}
        - {from: 10.1.2.0/24, services: https, why: Part}
        - {from: 10.2.0.0/16, services: https, why: Other}
flows:
  - {from: internet, to: web, services: http, why: Users}
  - {from: 10.0.0.0/8, to: web, services: ssh, why: Admins}
waivers:
  - {code: SG401, path: "flows[0]", why: Public, until: 2028-01-01}
"""


# the rule that these tests remove is redundant, which is not what they are about
QUIET = {SETTINGS_FILE: b"guardrails: {severity: {SG418: off}}\n"}


def _with_remedies(monkeypatch: pytest.MonkeyPatch, *lines: int) -> None:
    """Let the compiler propose to remove what is on these lines, saying that no traffic changes."""

    def compile_more(*arguments: object) -> Compilation:
        found = compile_workspace(*arguments)  # type: ignore[arg-type]
        texts = SourceText("a", found.texts["strategies/a.yaml"])
        more = []
        for number, content in [(at, WEB.decode().splitlines()[at - 1]) for at in lines]:
            at = next((each for each in range(1, texts.line_count) if texts.line(each) == content), None)
            if at is not None:
                start = content.index("{") + 1
                span = Span("strategies/a.yaml", at, start, at, len(content) + 1)
                more.append(
                    Finding(
                        "SG112", f"line {number}", span, remedy=removal(span, "remove it"), severity=Severity.WARNING
                    )
                )
        return replace(found, findings=(*found.findings, *more))

    monkeypatch.setattr(fixing, "compile_workspace", compile_more)


def test_a_fix_that_changes_traffic_is_taken_back_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_remedies(monkeypatch, 8, 9, 10)
    outcome = fix_workspace({"strategies/a.yaml": WEB, **QUIET}, OPTIONS)
    assert [each.finding.message for each in outcome.fixed] == ["line 9"]
    assert [(each.candidate.finding.message, each.reason) for each in outcome.refused] == [
        ("line 8", "it would change what is allowed"),
        ("line 10", "it would change what is allowed"),
    ]
    lines = WEB.splitlines(keepends=True)
    assert outcome.changed == {"strategies/a.yaml": b"".join(lines[:8] + lines[9:])}


def test_a_fix_that_gives_an_error_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_remedies(monkeypatch, 15)
    outcome = fix_workspace({"strategies/a.yaml": WEB, **QUIET}, OPTIONS)
    assert (outcome.fixed, outcome.changed) == ((), {})
    (refused,) = outcome.refused
    assert refused.reason.startswith(
        "it would give SG401: strategies/a.yaml:12:5: group web lets the whole internet in"
    )


def test_an_error_that_was_there_and_could_not_be_seen_is_no_harm() -> None:
    text = WEB.replace(b"10.2.0.0/16", b"10.2.0.1/16").replace(b'path: "flows[0]"', b"path: flows.other")
    outcome = fix_workspace({"strategies/a.yaml": text, **QUIET}, OPTIONS)
    assert [each.finding.code for each in outcome.fixed] == ["SG116", "SG226"]
    assert [each.code for each in outcome.compilation.findings if each.is_error] == ["SG401"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"https, why: Other", b"htps, why: Other", "it would give SG202"),
        (b"{from: 10.2.0.0/16", b"{{from: 10.2.0.0/16", "it would give SG10"),
        (b"description: Web\n", b"description: Web\n      description: Web\n", "it would give SG103"),
        (b"10.2.0.0/16", b"10.3.0.0/16", "it would change what is allowed"),
        (b"why: Other", b"why: Else", None),
    ],
)
def test_what_is_harm(old: bytes, new: bytes, reason: str | None) -> None:
    source = SourceText("strategies/a.yaml", WEB.decode())
    start = source.text.index(old.decode())
    span = Span(source.file, *source.position(start), *source.position(start + len(old)))
    edited = apply_edits(source, [Edit(span, new.decode())])
    before, after = compiled({source.file: WEB}), compiled({source.file: edited.text.encode()})
    found = harm(Attempt(before, after, {source.file: edited}), keeps_traffic=True)
    assert found is None if reason is None else (found or "").startswith(reason)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(min_value=0, max_value=2**32))
def test_no_fix_of_any_mistake_breaks_a_file(seed: int) -> None:
    """Alone, as an editor makes it, and all together."""
    random = Random(seed)
    files = mutate(random, random.choice(workspaces()))
    before = compiled(files)
    for finding in with_fixes(before.findings, before.texts):
        for path, edits in _by_file(finding.fix.edits if finding.fix is not None else ()).items():
            source = SourceText(path, before.texts[path])
            after = apply_edits(source, edits).text
            assert after != source.text, finding
            refused = _unreadable(path, source.text)
            hides = not refused.isdisjoint({"SG101", "SG106", "SG108"})  # they end the reading
            assert hides or _unreadable(path, after) <= refused, finding
    outcome = fix_workspace(files, OPTIONS, unsafe=True)
    assert outcome.is_whole
    assert all(files[path] != data for path, data in outcome.changed.items())
    if before.rulebooks:
        assert outcome.compilation.rulebooks
        errors = Counter(each.code for each in outcome.compilation.findings if each.is_error)
        assert errors <= Counter(each.code for each in before.findings if each.is_error)


def _by_file(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.span.file, []).append(edit)
    return found


def _unreadable(path: str, text: str) -> set[str]:
    """The codes of what the reader of YAML refuses."""
    findings = Findings()
    parse(text, path, findings)
    return {each.code for each in findings.raw()}
