"""Names and what they mean: one namespace of peers and one of services in each strategy.

Resolution does not depend on the environment; whether something is present in one is asked later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.remedy import rewriting
from sgstrat.diagnostics.suggest import did_you_mean, listed, only_close
from sgstrat.facts.services import catalogue
from sgstrat.language.addresses import check_cidr, looks_like_dns
from sgstrat.language.model import Group, Names, Service, Strategy, Word
from sgstrat.language.services import ServiceError, is_literal, literal_meant, parse_service
from sgstrat.net.cidr import canonical
from sgstrat.syntax.scalars import show

DeclaredKind = Literal["group", "existing", "prefix_list", "network", "vpc"]
PLACEHOLDERS = frozenset(("strategy", "environment", "vpc", "region", "account", "kind", "name", "facing", "owner"))
RESERVED_PEERS = ("self", "internet", "internet-ipv4", "internet-ipv6")
_KIND_WORDS = {
    "group": "a group",
    "existing": "an existing group",
    "prefix_list": "a prefix list",
    "network": "a network",
    "vpc": "a VPC",
    "cidr": "a CIDR",
    "self": "self",
    "internet": "the internet",
}


class Declared(NamedTuple):
    """Something with a name in the namespace of peers."""

    kind: DeclaredKind
    word: Word
    value: Any


class Meaning(NamedTuple):
    """What a peer's text means.

    ``strategy`` is the one that declares it; ``name`` its name there, or the CIDR, or the word.
    """

    kind: Literal["group", "existing", "prefix_list", "network", "vpc", "cidr", "self", "internet"]
    strategy: str
    name: str

    @property
    def noun(self) -> str:
        return _KIND_WORDS[self.kind]


def groups_of(strategy: Strategy) -> Iterator[tuple[str, Word, Group]]:
    """All groups with their kind, in order of kind and of writing."""
    for kind in ("baseline", "os", "service", "app"):
        for word, group in getattr(strategy.groups, kind):
            yield kind, word, group


class Namespace:
    """The names of one strategy. Made once; look-ups are cached by text.

    A strategy that is not ``is_whole`` includes a file that could not be read, so nobody knows what it does not
    declare.
    """

    def __init__(self, strategy: Strategy, findings: Findings, is_whole: bool = True) -> None:
        self.strategy = strategy
        self.is_whole = is_whole
        self.name = strategy.strategy.text
        self.kinds: dict[str, str] = {}
        self.peers: dict[str, Declared] = {}
        self.services: dict[str, Service] = {word.text: service for word, service in strategy.services}
        self.workloads = {word.text for word, _ in strategy.workloads}
        self.environments = {word.text for word, _ in strategy.environments}
        self.uses = {word.text for word in strategy.uses}
        self._others: Mapping[str, Namespace] = {}
        self._others_known = True
        self._cache: dict[str, Meaning] = {}
        self._sound_services: set[str] = set()
        self._declare_all(findings)

    def connect(self, others: Mapping[str, Namespace], findings: Findings, all_known: bool = True) -> None:
        """Tell the namespace of the workspace's other strategies, and check ``uses``.

        Without ``all_known`` a file that could not be read may be a strategy, so no strategy is reported as unknown.
        """
        self._others = others
        self._others_known = all_known
        for word in self.strategy.uses:
            if word.text not in others:
                self._no_strategy(word.text, word, findings)
            elif word.text == self.name:
                findings.add(
                    "SG203", "a strategy cannot use itself", word.span, help="remove it; its own names need no prefix"
                )

    def other(self, name: str) -> Namespace:
        """Another strategy of the workspace, which ``peer`` has found."""
        return self if name == self.name else self._others[name]

    # -- declaration

    def _declare_all(self, findings: Findings) -> None:
        strategy = self.strategy
        for kind, word, group in groups_of(strategy):
            self._declare(Declared("group", word, group), findings)
            self.kinds.setdefault(word.text, kind)
        tables: tuple[tuple[DeclaredKind, Any], ...] = (
            ("existing", strategy.existing),
            ("prefix_list", strategy.prefix_lists),
            ("network", strategy.networks),
            ("vpc", strategy.vpcs),
        )
        for declared_kind, table in tables:
            for word, value in table:
                self._declare(Declared(declared_kind, word, value), findings)
        for word, _ in strategy.services:
            self._declare_service(word, findings)
        self._check_former(findings)

    def _declare(self, item: Declared, findings: Findings) -> None:
        name = item.word.text
        if name in RESERVED_PEERS:
            findings.add(
                "SG204",
                f"{name} is reserved and cannot name {_KIND_WORDS[item.kind]}",
                item.word.span,
                help="choose another name",
            )
            return
        first = self.peers.get(name)
        if first is not None:
            both = (
                f"as {_KIND_WORDS[first.kind]} and as {_KIND_WORDS[item.kind]}"
                if first.kind != item.kind
                else f"both times as {_KIND_WORDS[item.kind]}"
            )
            findings.add(
                "SG204",
                f"{name} is declared twice: {both}",
                item.word.span,
                help="groups, existing groups, prefix lists, networks and VPCs share one namespace: rename one",
                related=(Related(first.word.span, "the first is here"),),
            )
            return
        self.peers[name] = item

    def _declare_service(self, word: Word, findings: Findings) -> None:
        if word.text == "all":
            findings.add("SG204", "all is reserved and cannot name a service", word.span, help="choose another name")
        elif word.text in catalogue():
            findings.add("SG209", f"this service {word.text} replaces the one in the catalogue", word.span)

    def _check_former(self, findings: Findings) -> None:
        former: dict[str, Word] = {}
        for item in self.peers.values():
            if item.kind not in ("group", "prefix_list"):
                continue
            for word in item.value.formerly:
                if word.text == item.word.text:
                    findings.add(
                        "SG217",
                        f"{show(word.text)} is its own former key",
                        word.span,
                        help="formerly: names keys that are no longer used; remove it",
                    )
                    continue
                taken = self.peers.get(word.text)
                if taken is not None:
                    findings.add(
                        "SG217",
                        f"{show(word.text)} is a former key of {item.word.text} and cannot name something new",
                        taken.word.span,
                        help="choose another name: the resource still carries the old one",
                        related=(Related(word.span, "the former key is here"),),
                    )
                elif word.text in former:
                    findings.add(
                        "SG217",
                        f"{show(word.text)} is a former key twice",
                        word.span,
                        help="one resource had the key: remove the other",
                        related=(Related(former[word.text].span, "the first is here"),),
                    )
                former.setdefault(word.text, word)

    # -- look-up

    def is_workload(self, text: str) -> bool:
        """Whether a text names a workload of this strategy or, as ``OTHER/NAME``, of one it uses."""
        head, slash, rest = text.partition("/")
        if not slash:
            return text in self.workloads and text not in self.peers
        other = self._others.get(head) if head in self.uses else None
        return other is not None and rest in other.workloads and rest not in other.peers

    def peer(self, word: Word, findings: Findings) -> Meaning | None:
        """What a peer means; unknown ones are reported with a suggestion."""
        text = word.text
        known = self._cache.get(text)
        if known is None:
            known = self._find(word, findings)
            if known is None:
                return None
            self._cache[text] = known
        return known

    def _find(self, word: Word, findings: Findings) -> Meaning | None:
        text = word.text
        if text == "self":
            return Meaning("self", self.name, text)
        if text in RESERVED_PEERS:
            return Meaning("internet", self.name, text)
        item = self.peers.get(text)
        if item is not None:
            return Meaning(item.kind, self.name, text)
        if _looks_like_cidr(text):
            return Meaning("cidr", self.name, canonical(text)) if check_cidr(text, word.span, findings) else None
        head, slash, rest = text.partition("/")
        if slash:
            return self._find_other(head, rest, word, findings)
        if looks_like_dns(text):
            check_cidr(text, word.span, findings)
            return None
        self._unknown_peer(text, word, self, findings)
        return None

    def _find_other(self, head: str, rest: str, word: Word, findings: Findings) -> Meaning | None:
        other = self.used(head, word, findings)
        if other is None:
            return None
        item = other.peers.get(rest)
        if item is None:
            self._unknown_peer(rest, word, other, findings)
            return None
        if item.kind == "existing":
            findings.add(
                "SG211",
                f"{show(word.text)} is an existing group of strategy {head}, which is no name for others",
                word.span,
                help=f"declare {rest} under existing: here",
            )
            return None
        return Meaning(item.kind, other.name, rest)

    def used(self, name: str, word: Word, findings: Findings) -> Namespace | None:
        """Another strategy by name, if it exists and is listed in ``uses``."""
        other = self._others.get(name)
        if name == self.name:
            findings.add(
                "SG203", f"{show(word.text)} names this strategy itself", word.span, help="leave out the prefix"
            )
            return None
        if other is None:
            if name not in self.uses:  # else uses: has had the finding
                self._no_strategy(name, word, findings)
            return None
        if name not in self.uses:
            findings.add(
                "SG203", f"{name} is not listed in uses", word.span, help=f"add {name} to uses: of strategy {self.name}"
            )
            return None
        return other

    def _no_strategy(self, name: str, word: Word, findings: Findings) -> None:
        if self._others_known:
            near = only_close(name, self._others)
            findings.add(
                "SG203",
                f"no strategy {show(name)} in this workspace",
                word.span,
                help=_hint(name, self._others, "strategies"),
                fix=rewriting(word.span, word.text, None if near is None else near + word.text[len(name) :]),
            )

    def _unknown_peer(self, name: str, word: Word, where: Namespace, findings: Findings) -> None:
        if not where.is_whole:
            return
        if name in where.workloads:
            findings.add(
                "SG211",
                f"{show(name)} is a workload; rules name groups",
                word.span,
                help="name one of the workload's groups",
            )
            return
        options = list(where.peers) + (list(RESERVED_PEERS) if where is self else [])
        place = "" if where is self else f" in strategy {where.name}"
        prefix = "" if where is self else f"{where.name}/"
        hint = (
            did_you_mean(name, options).replace("did you mean ", f"did you mean {prefix}")
            or f"declared here: {listed(options)}"
        )
        near = only_close(name, options)
        meant = None if near is None else f"{prefix}{near}"
        if name in where.services or name in catalogue():
            hint, meant = f"{name} is a service; a peer is a group, network, prefix list, VPC or CIDR", None
        elif name in RESERVED_PEERS:
            hint, meant = f"{name} belongs to no strategy: leave out the prefix", name
        elif where is self and (owners := self._users_of(name, "peers")):
            hint, meant = f"did you mean {owners[0]}/{name}?", _only([f"{each}/{name}" for each in owners])
        findings.add(
            "SG201",
            f"nothing named {show(name)} is declared{place}",
            word.span,
            help=hint,
            fix=rewriting(word.span, word.text, meant),
        )

    def _users_of(self, name: str, table: str) -> list[str]:
        """Which of the used strategies have a name that this one has not."""
        return [
            other
            for other in sorted(self.uses)
            if other in self._others and name in getattr(self._others[other], table)
        ]

    def check_services(self, words: Names, findings: Findings) -> None:
        """Report every service that is neither a literal nor declared."""
        for word in words:
            if word.text not in self._sound_services and self.find_service(word, findings) is not None:
                self._sound_services.add(word.text)

    def find_service(self, word: Word, findings: Findings) -> tuple[Namespace, str] | None:
        """The strategy that defines a service and its name there (or the literal), reporting what is wrong."""
        text = word.text
        if text in self.services or text in catalogue():
            return self, text
        if is_literal(text):
            try:
                parse_service(text)
            except ServiceError as error:
                findings.add(
                    "SG115",
                    f"{show(text)}: {error.reason}",
                    word.span,
                    help=error.advice,
                    fix=rewriting(word.span, text, error.meant, is_safe=error.is_certain),
                )
                return None
            return self, text
        head, slash, rest = text.partition("/")
        if slash:
            other = self.used(head, word, findings)
            if other is None:
                return None
            if rest in other.services:
                return other, rest
            if other.is_whole:
                meant: str | None = rest
                hint = f"{rest} is in the catalogue: leave out the prefix"
                if rest not in catalogue():
                    hint = _hint(rest, other.services, "services")
                    near = only_close(rest, other.services)
                    meant = None if near is None else f"{head}/{near}"
                findings.add(
                    "SG202",
                    f"no service {show(rest)} in strategy {other.name}",
                    word.span,
                    help=hint,
                    fix=rewriting(word.span, text, meant),
                )
            return None
        if not self.is_whole:
            return None
        hint, meant = self._service_hint(text)
        findings.add("SG202", f"no service {show(text)}", word.span, help=hint, fix=rewriting(word.span, text, meant))
        return None

    def _service_hint(self, text: str) -> tuple[str, str | None]:
        """What an unknown service was probably meant to be, in words, and what to write where that is the only one."""
        if text in self.peers:
            return f"{text} is {_KIND_WORDS[self.peers[text].kind]}; a service is protocol and ports", None
        if owners := self._users_of(text, "services"):
            return f"did you mean {owners[0]}/{text}?", _only([f"{each}/{text}" for each in owners])
        if meant := literal_meant(text):
            return f"did you mean {meant}?", meant
        options = [*self.services, *catalogue()]
        hint = did_you_mean(text, options)
        return (
            hint or "write protocol and port, such as tcp/8080; sgstrat services lists the catalogue",
            only_close(text, options),
        )


def _looks_like_cidr(text: str) -> bool:
    head = text.partition("/")[0]
    return ":" in head or (head.count(".") >= 1 and head.replace(".", "").isdigit())


def _only(options: list[str]) -> str | None:
    return options[0] if len(options) == 1 else None


def _hint(name: str, options: Mapping[str, Any], what: str) -> str:
    return did_you_mean(name, options) or (f"{what}: {listed(options)}" if options else f"there are no {what}")
