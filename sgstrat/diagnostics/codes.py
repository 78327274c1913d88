"""The codes of all findings. A code is never reused for something else.

Families: 1xx text and schema, 2xx names, 3xx quotas and limits, 4xx least privilege,
5xx reachability, 6xx output, 7xx drift. The long text of a code is ``texts/CODE.md``.
An organisation's own checks have codes of their own, such as ``ACME001``, which bring their text along.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Severity(str, Enum):
    """How much a finding matters: only errors stop a build."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


CODE_PATTERN = "^[A-Z]{2,10}[0-9]{3}$"
"""Codes of findings, the compiler's and others'."""

_OWN_CODE = re.compile(r"(?!SG[0-9])[A-Z]{2,10}[0-9]{3}", re.ASCII)


def is_own_code(code: str) -> bool:
    """Whether a text can be the code of an organisation's own check: two to ten letters but SG, and three digits."""
    return _OWN_CODE.fullmatch(code) is not None


class Code(NamedTuple):
    """What every finding of one kind has in common.

    ``text`` is the explanation of an organisation's own code, in Markdown; the compiler's are files of their own.
    """

    code: str
    slug: str
    severity: Severity
    title: str
    text: str = ""

    @property
    def is_own(self) -> bool:
        """Whether an organisation's own check gives it."""
        return is_own_code(self.code)

    @property
    def waivable(self) -> bool:
        """Only least-privilege and reachability findings, and those of own checks, may be waived.

        A failed assertion never, and what the organisation keeps shut neither. Source: language, section 11.
        """
        return self.is_own or (self.code[2] in "45" and self.code not in ("SG434", "SG503"))

    def may_become(self, severity: Severity | None) -> bool:
        """Whether an organisation may give findings of this code another severity; None is to leave them out.

        An error that cannot be waived stays one: what is wrong is never built.
        """
        return self.waivable or self.severity is not Severity.ERROR or severity is Severity.ERROR


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_ALL = (
    Code("SG100", "not-utf-8", _E, "The file is not UTF-8 text"),
    Code("SG101", "yaml-syntax", _E, "The file is not valid YAML"),
    Code("SG102", "not-a-mapping", _E, "The file is empty or is not a mapping of keys"),
    Code("SG103", "duplicate-key", _E, "The same key stands twice in one mapping"),
    Code("SG104", "several-documents", _E, "The file holds more than one YAML document"),
    Code("SG105", "yaml-feature", _E, "A YAML feature that strategies do not use"),
    Code("SG106", "input-bound", _E, "The input is larger, deeper or more expanded than the stated bound"),
    Code("SG107", "quote-it", _E, "A plain scalar that YAML reads as something other than text"),
    Code("SG108", "colon-in-flow", _E, "A plain scalar in flow style begins or ends with a colon"),
    Code("SG110", "unknown-key", _E, "A key that the language does not have"),
    Code("SG111", "missing-key", _E, "A required key is missing"),
    Code("SG112", "wrong-type", _E, "A value of the wrong type"),
    Code("SG113", "bad-value", _E, "A value that is not allowed here"),
    Code("SG114", "bad-text", _E, "A text that AWS does not take"),
    Code("SG115", "bad-service", _E, "A service that is not protocol and ports"),
    Code("SG116", "bad-cidr", _E, "Not a CIDR block, or one with host bits set"),
    Code("SG117", "no-such-thing", _E, "Security groups have no deny, priority or order"),
    Code("SG118", "not-yet", _E, "A part of the language that this version does not compile"),
    Code("SG119", "schema-disagrees", _E, "The published JSON Schema refuses what the compiler takes"),
    Code("SG120", "bad-include", _E, "An include that matches nothing or leaves the workspace"),
    Code("SG121", "include-cycle", _E, "Files that include each other"),
    Code("SG122", "same-key-in-two-files", _E, "The same key in two files of one strategy"),
    Code("SG123", "orphan-fragment", _E, "A YAML file that is no strategy and is included by none"),
    Code("SG124", "bad-name", _E, "A name that is not lower-case letters, digits and single hyphens"),
    Code("SG125", "unsupported-version", _E, "A language version that this compiler does not read"),
    Code("SG127", "check-not-found", _E, "A check that no installed package has"),
    Code("SG128", "check-failed", _E, "An organisation's own check that does not work"),
    Code("SG201", "unknown-peer", _E, "A peer that nothing declares"),
    Code("SG202", "unknown-service", _E, "A service that nothing declares"),
    Code("SG203", "unknown-strategy", _E, "A strategy that does not exist or is not listed in uses"),
    Code("SG204", "name-taken", _E, "A name that is declared twice or reserved"),
    Code("SG205", "strategy-name-taken", _E, "Two strategies of the workspace have one name"),
    Code("SG206", "unknown-name", _E, "An environment, VPC or group that is not declared"),
    Code("SG207", "absent-here", _N, "A name that is absent in this environment falls out of a list"),
    Code("SG208", "dangling-here", _E, "A reference to something that is absent in this environment"),
    Code("SG209", "override", _N, "A definition that replaces an inherited or built-in one"),
    Code("SG210", "service-cycle", _E, "Services that are defined by each other"),
    Code("SG211", "wrong-kind", _E, "A name of the wrong kind for this place"),
    Code("SG212", "vpc-without-cidrs", _E, "A VPC used as a peer has no CIDRs"),
    Code("SG213", "no-home", _E, "It is not clear in which VPC this lives"),
    Code("SG214", "not-in-this-vpc", _E, "A group or list of another VPC that cannot be named here"),
    Code("SG215", "bad-aws-name", _E, "An AWS name that AWS would not take"),
    Code("SG216", "aws-name-taken", _E, "Two groups of one VPC have one AWS name"),
    Code("SG217", "former-key-reused", _E, "A key that is some other resource's former key"),
    Code("SG218", "may-not-enforce", _E, "A strategy that may not enforce its baseline on others"),
    Code("SG219", "flow-without-group", _E, "A flow that no group of this strategy takes part in"),
    Code("SG220", "family-mismatch", _E, "A rule whose peers and services never fit each other"),
    Code("SG221", "vpc-guessed-same", _W, "Two VPCs are taken to be the same by name alone"),
    Code("SG222", "expired", _N, "A rule that has expired and is left out"),
    Code("SG223", "expires-soon", _W, "A rule that will expire within 30 days"),
    Code("SG224", "default-group-owner", _E, "More than one target owns a VPC's default group"),
    Code("SG225", "default-group-unowned", _W, "No target locks a VPC's default group"),
    Code("SG226", "unused-waiver", _W, "A waiver that silences nothing"),
    Code("SG227", "stale-waiver", _W, "A waiver that has run out"),
    Code("SG228", "not-waivable", _E, "A waiver for a finding that cannot be waived"),
    Code("SG229", "network-empty-here", _N, "A network is empty in this environment; its rules fall out"),
    Code("SG230", "may-not-waive", _E, "A waiver by a strategy that may not waive this"),
    Code("SG231", "target-taken", _E, "Two targets would write the same files or be the same VPC twice"),
    Code("SG232", "peering-overlap", _E, "Peered VPCs whose CIDRs overlap"),
    Code("SG301", "rules-per-group", _E, "A group with more rules than its quota"),
    Code("SG302", "groups-per-eni", _E, "A workload with more groups than a network interface takes"),
    Code("SG303", "quota-product", _E, "Rules per group times groups per network interface is over 1000"),
    Code("SG304", "groups-per-region", _E, "More security groups than a region takes"),
    Code("SG305", "prefix-list-entries", _E, "A prefix list with more entries than it may hold"),
    Code("SG306", "prefix-list-family", _E, "A prefix list with entries of both families"),
    Code("SG307", "prefix-lists-per-region", _E, "More prefix lists than a region takes"),
    Code("SG308", "tags", _E, "Tags that AWS does not take"),
    Code("SG309", "template-limit", _E, "A template over a limit of CloudFormation"),
    Code("SG310", "near-rule-quota", _W, "A group that has little room left for rules"),
    Code("SG311", "split-name-taken", _E, "The name that a part of a divided group would have is declared"),
    Code("SG312", "lock-file", _E, "sgstrat.lock cannot be read"),
    Code("SG313", "split-unattached", _W, "A divided group that no workload carries"),
    Code("SG314", "pack-impossible", _E, "A workload whose groups cannot be fused to fit its network interface"),
    Code("SG315", "pack-name-taken", _E, "The name that a group of fused groups would have is declared"),
    Code("SG401", "internet-ingress", _E, "Ingress from the whole internet"),
    Code("SG402", "enforced-baseline-left-out", _E, "A workload leaves out an enforced baseline group"),
    Code("SG403", "default-group-left-open", _E, "The VPC's default group keeps its rules"),
    Code("SG404", "internet-sensitive-port", _E, "Ingress from the whole internet to a port that attackers look for"),
    Code("SG405", "internet-all-ports", _E, "Ingress from the whole internet on all ports or protocols"),
    Code("SG406", "internet-icmp", _W, "ICMP from the whole internet"),
    Code("SG407", "internet-egress", _W, "Egress to the whole internet on all ports or protocols"),
    Code("SG408", "service-group-world-egress", _W, "A service group with egress to the whole internet"),
    Code("SG409", "wide-public-range", _W, "Ingress from a wide range of public addresses"),
    Code("SG410", "wide-private-range", _W, "Ingress from a wide range of private addresses"),
    Code("SG411", "whole-vpc", _W, "Ingress from a whole VPC"),
    Code("SG412", "wide-port-range", _W, "A wide range of ports"),
    Code("SG413", "all-protocols", _W, "All protocols and ports"),
    Code("SG414", "plaintext-protocol", _W, "A protocol that sends passwords in plain text"),
    Code("SG415", "remote-admin-source", _W, "SSH or RDP from more than a small network"),
    Code("SG416", "external-to-data-store", _W, "An external-facing group that reaches data stores"),
    Code("SG417", "duplicate-group", _W, "Two groups that nothing tells apart"),
    Code("SG418", "redundant-rule", _W, "A rule that other rules cover"),
    Code("SG419", "unused-group", _W, "A group that no workload carries"),
    Code("SG420", "unused-network", _W, "A network that nothing uses"),
    Code("SG421", "unused-service", _W, "A service that nothing uses"),
    Code("SG422", "unused-prefix-list", _W, "A prefix list that nothing uses"),
    Code("SG423", "prefix-list-mostly-empty", _W, "A prefix list with far more room than entries"),
    Code("SG424", "unfiltered-egress", _W, "Egress to what security groups do not filter"),
    Code("SG425", "missing-owner", _W, "A strategy without an owner"),
    Code("SG426", "missing-tags", _E, "A resource without a tag that the organisation requires"),
    Code("SG427", "group-name-pattern", _E, "An AWS name that the organisation's patterns do not allow"),
    Code("SG428", "environments-overlap", _W, "Two environments whose networks meet"),
    Code("SG429", "written-twice", _W, "A rule or flow that is written twice"),
    Code("SG432", "wizard-name", _W, "A group named as the console names what it makes by itself"),
    Code("SG434", "never-open", _E, "The whole internet on what the organisation keeps shut"),
    Code("SG435", "unused-existing", _W, "An existing group that nothing uses"),
    Code("SG501", "half-open", _W, "A rule whose other side does not grant it"),
    Code("SG503", "assertion-failed", _E, "An assertion that does not hold"),
    Code("SG504", "assertion-unproven", _W, "An assertion that hangs on what is not known here"),
    Code("SG601", "format-cannot-lock", _N, "A format that cannot lock the VPC's default group"),
    Code("SG602", "replacement", _W, "A change that replaces the resource"),
    Code("SG603", "previous-rulebook", _W, "The previous rulebook cannot be read"),
    Code("SG604", "deleted-while-imported", _W, "A change that CloudFormation refuses in the usual order"),
    Code("SG690", "output-differs", _E, "The written output is not what was compiled; this is a bug"),
    Code("SG691", "solution-differs", _E, "Merged, divided or fused rules are not what was written; this is a bug"),
)

CODES: dict[str, Code] = {code.code: code for code in _ALL}
