"""Random rules, flows and workloads of a strategy: each name that they use is known to be sound where they apply."""

from __future__ import annotations

from datetime import date
from itertools import count
from random import Random
from typing import Any

from .things import Known, Things, limited, where

WHYS = (
    "Because",
    "Costs $5 {a} [b]",
    "${var.x} stays text",
    "$${doubled}",
    "null",
    "yes",
    "0x1F",
    "1e3",
    "- dash",
    "key: value",
    "#not a comment",
    "*star !bang @at =eq",
    "a  b",
    "x" * 255,
)
WORLD = {"internet": "both", "internet-ipv4": "ipv4", "internet-ipv6": "ipv6", "0.0.0.0/0": "ipv4", "::/0": "ipv6"}
BLOCKS = {
    "10.9.0.0/16": "ipv4",
    "192.0.2.128/25": "ipv4",
    "2001:DB8:F::/48": "ipv6",
    "10.0.0.0/8": "ipv4",
    "2001:db8::7/128": "ipv6",
}
PLAIN_SERVICES = ("tcp/443", "https", "dns", "ssh", "tcp/1024-65535", "udp/123", "proto/47", "all", "mysql", "proto/50")
ICMP_SERVICES = ("icmp/8", "icmp/3/4", "icmpv6/any", "icmpv6/1", "icmp/any")
DAYS = (date(2026, 12, 31), date(2027, 1, 1), "2027-01-02", date(2030, 1, 1))


class Rules:
    """Writes the rules, flows and workloads of one strategy."""

    def __init__(self, random: Random, things: Things, every: dict[str, Things]) -> None:
        self.random, self.things, self.every = random, things, every
        self.known = dict(things.peers)
        self.services = dict(things.service_names)
        for name in things.uses:
            other = every[name]
            self.known |= {f"{name}/{key}": value for key, value in other.peers.items() if value.kind != "existing"}
            self.services |= {f"{name}/{key}": value for key, value in other.service_names.items()}
        self.groups = list(things.kinds)
        self._numbers = count()  # a name is given once, whatever the random numbers are

    def write(self) -> None:
        for name in self.groups:
            for direction, key in (("ingress", "from"), ("egress", "to")):
                rules = [
                    rule
                    for _ in range(self.random.choice((0, 0, 1, 1, 2, 3)))
                    if (rule := self._rule(name, direction, key)) is not None
                ]
                if rules or self.random.random() < 0.1:
                    self.things.group(name)[direction] = rules
        self.things.document["flows"] = [
            flow for _ in range(self.random.randint(0, 6)) if (flow := self._flow()) is not None
        ]
        self._workloads()

    # -- rules and flows

    def _rule(self, group: str, direction: str, key: str) -> dict[str, Any] | None:
        peers = self._words(["self", *WORLD, *BLOCKS, *self.known], 3)
        rule = self._body({key: self._one_or_list(peers)})
        if not self._limit(rule, [group], [peers]):
            return None
        self._settle(rule, peers)
        if direction == "ingress" and WORLD.keys() & set(peers):
            rule["name"] = f"rule-{next(self._numbers)}"
            self.things.waive_world(f"groups.{self.things.kinds[group]}.{group}.ingress.{rule['name']}")
        return rule

    def _flow(self) -> dict[str, Any] | None:
        own = self._words(self.groups, 2)
        others = self._words([*WORLD, *BLOCKS, *self.known, *self.groups, *self.groups], 2)
        ends = [own, others] if self.random.random() < 0.5 else [others, own]
        flow = self._body({"from": self._one_or_list(ends[0]), "to": self._one_or_list(ends[1])})
        if not self._limit(flow, own, [others]) or not self._limit(
            flow, [each for each in others if each in self.groups], [own]
        ):
            return None
        self._settle(flow, others)
        if WORLD.keys() & set(ends[0]):
            flow["name"] = f"flow-{next(self._numbers)}"
            self.things.waive_world(f"flows.{flow['name']}")
        return flow

    def _words(self, options: list[str], most: int) -> list[str]:
        unique = list(dict.fromkeys(options))
        return self.random.sample(unique, min(len(unique), self.random.choice((1, 1, *range(1, most + 1)))))

    def _one_or_list(self, words: list[str]) -> str | list[str]:
        return words[0] if len(words) == 1 and self.random.random() < 0.7 else words

    def _body(self, ends: dict[str, Any]) -> dict[str, Any]:
        services = self._words([*PLAIN_SERVICES, *ICMP_SERVICES, "ping", *self.services, *self.services], 3)
        body = {**ends, "services": services, "why": self.random.choice(WHYS)}
        if self.random.random() < 0.15:
            body["expires"] = self.random.choice(DAYS)
        if self.random.random() < 0.2:
            body["ticket"] = "T-1"
        return body | limited(self.random, self.things.environments, 0.1)

    def _settle(self, rule: dict[str, Any], peers: list[str]) -> None:
        """See to it that some service fits some peer: ICMP alone does only where the families are sure to meet."""
        services = rule["services"]
        settled = set(PLAIN_SERVICES) - self.things.service_names.keys() | self.things.settled_services
        sure = settled & set(services) or all(self._both(each) for each in peers)
        if not sure or self.random.random() < 0.1:
            services.append("tcp/5000")
        rule["services"] = self._one_or_list(services)

    def _both(self, word: str) -> bool:
        known = self.known.get(word)
        return word in ("self", "internet") or (known is not None and known.kind in ("group", "existing"))

    def _limit(self, rule: dict[str, Any], owners: list[str], lists: list[list[str]]) -> bool:
        """Limit a rule to environments where every list keeps a name and no name is out of reach; False for none."""
        sound = []
        written = where(rule, self.things.environments)
        for environment in self.things.environments:
            states = [[self._state(word, owners, environment) for word in words] for words in (*lists, owners)]
            services = [self._service_present(each, environment) for each in rule["services"]]
            if (
                all("here" in each or not each for each in states)
                and not any("bad" in each for each in states)
                and any(services)
            ):
                sound.append(environment)
        left = [each for each in sound if each in written]
        if left and len(left) < len(self.things.environments):
            rule["environments"] = left
        return bool(left)

    def _service_present(self, word: str, environment: str) -> bool:
        return environment in self.services.get(word, frozenset(self.things.environments))

    def _state(self, word: str, owners: list[str], environment: str) -> str:
        """``here``, ``absent``, or ``bad`` where some owner could not name it."""
        known = self.known.get(word)
        if known is None:
            return "here"
        if environment not in known.present:
            return "absent"
        if known.kind in ("group", "existing") and not known.places.get(environment):
            return "absent"
        if known.kind in ("group", "existing", "own-list") and not (known.kind == "own-list" and "/" not in word):
            for owner in owners:
                mine = self.things.peers[owner].places.get(environment, frozenset())
                there = self._reachable(known, word, environment)
                if mine and not there & mine and not (there and environment in self.things.peered):
                    return "bad"
        return "here"

    def _reachable(self, known: Known, word: str, environment: str) -> frozenset[str]:
        """The real VPCs where something is. Another strategy is where it has groups."""
        places = known.places.get(environment, frozenset())
        if known.kind != "own-list":
            return places
        other = self.every[word.partition("/")[0]]
        return places & frozenset().union(
            *(other.peers[each].places.get(environment, frozenset()) for each in other.kinds)
        )

    # -- workloads

    def _workloads(self) -> None:
        found: dict[str, Any] = {}
        carried = [name for name, known in self.known.items() if known.kind in ("group", "existing")]
        for name in ("w-1", "w1", "web-tier")[: self.random.randint(0, 3)]:
            groups = self._words([*self.groups, *self.groups, *carried], 2)
            workload: dict[str, Any] = {"groups": groups} | limited(self.random, self.things.environments, 0.15)
            if not self._home(workload, groups):
                continue
            if self.random.random() < 0.2 and not self._pin(workload, groups):
                continue
            choice = self.random.random()
            if choice < 0.2:
                workload["baseline"] = "none"
                self.things.waive("SG402", f"workloads.{name}")
            elif choice < 0.3 and (baselines := self._baselines(where(workload, self.things.environments))):
                workload["baseline"] = baselines
                self.things.waive("SG402", f"workloads.{name}")
            found[name] = workload
        if found:
            self.things.document["workloads"] = found

    def _pin(self, workload: dict[str, Any], groups: list[str]) -> bool:
        """Say in which VPC a workload lives, one that has all of its groups wherever it is; False for none."""
        for vpc, place in self.things.homes.items():
            environments = where(workload, self.things.environments)
            shared = all(
                place in self.known[each].places.get(environment, ())
                for environment in environments
                for each in groups
                if environment in self.known[each].present
            )
            if shared and self.things.off[vpc] not in environments:
                workload["vpc"] = vpc
                return True
        return False

    def _baselines(self, environments: frozenset[str]) -> list[str]:
        """The baseline groups that are in every VPC in all of these environments."""
        everywhere = frozenset(self.things.homes.values())
        baselines = [each for each in self.groups if self.things.kinds[each] == "baseline"]
        return [
            each
            for each in baselines
            if all(self.known[each].places.get(environment) == everywhere for environment in environments)
        ]

    def _home(self, workload: dict[str, Any], groups: list[str]) -> bool:
        """Limit a workload to the environments where its groups share a VPC; False for none."""
        left = []
        for environment in sorted(where(workload, self.things.environments)):
            homes = {place for vpc, place in self.things.homes.items() if self.things.off[vpc] != environment}
            here = [
                self.known[each].places.get(environment, frozenset())
                for each in groups
                if environment in self.known[each].present
            ]
            if here and homes.intersection(*here):
                left.append(environment)
        if left and len(left) < len(self.things.environments):
            workload["environments"] = left
        return bool(left)
