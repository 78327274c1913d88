"""Where the ids in a module come from: resources, data sources, variables, or literals."""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.formats.terraform.document import Value
from sgstrat.formats.terraform.expressions import expression, literal, quoted
from sgstrat.rulebook.identity import terraform_name
from sgstrat.rulebook.model import Existing, IdSource, Peer, PrefixList, Reference, Rulebook

Blocks = dict[str, dict[str, Value]]


class Attribute(NamedTuple):
    """The attribute of a rule that names its peer, and its value as JSON text."""

    name: str
    value: str


class Ids:
    """The ids of one module; variables and data sources come into being when something asks for them."""

    def __init__(self, book: Rulebook, links: bool) -> None:
        self._book = book
        self._links = links
        self._lists = {each.key: each for each in book.prefix_lists}
        self._existing = {each.key: each for each in book.existing}
        self._references = {each.key: each for each in book.references}
        self._identities = {group.key: group.identity for group in book.groups}
        self._peers: dict[Peer, Attribute] = {}
        self.variables: dict[str, Value] = {}
        self.data: Blocks = {}

    def vpc(self) -> str:
        """The VPC's id."""
        vpc = self._book.vpc
        return self._from(vpc.id, "vpc_id", f"Id of VPC {vpc.name} in {self._book.environment}", "vpc")

    def group(self, key: str) -> str:
        """The id of a group that the target names, own or not, as JSON text."""
        if key in self._existing:
            return self._existing_group(self._existing[key])
        if key in self._references:
            return self._other_group(self._references[key])
        name = terraform_name(key)
        if not self._links:
            return expression(f"aws_security_group.{name}.id")
        book = self._book
        return self._by_tags(name, book.strategy, book.environment, book.vpc.name, self._identities[key])

    def peer(self, peer: Peer) -> Attribute:
        """How a rule names its peer."""
        found = self._peers.get(peer)
        if found is None:
            found = self._peers[peer] = self._peer(peer)
        return found

    def _peer(self, peer: Peer) -> Attribute:
        if peer.kind == "cidr":
            return Attribute("cidr_ipv6" if ":" in peer.name else "cidr_ipv4", literal(peer.name))
        if peer.kind == "prefix_list":
            return Attribute("prefix_list_id", self._list(self._lists[peer.name]))
        return Attribute("referenced_security_group_id", self._referenced(peer.name))

    def _referenced(self, key: str) -> str:
        owner = self._existing.get(key) or self._references.get(key)
        if owner is None or owner.account in (None, self._book.account):
            return self.group(key)
        # another account's group is named ACCOUNT/sg-... (provider documentation, referenced_security_group_id)
        return literal(f"{owner.account}/{self.group(key)[1:-1]}")

    def _existing_group(self, existing: Existing) -> str:
        name = f"{terraform_name(existing.key)}_group_id"
        return self._from(existing.id, name, f"Id of the existing security group {existing.key}", "sg")

    def _other_group(self, reference: Reference) -> str:
        if reference.account is not None:  # the provider looks up in its own account alone
            what = f"Id of the security group {reference.identity} of {reference.target} in account {reference.account}"
            return self._from(IdSource(), f"{terraform_name(reference.key)}_group_id", what, "sg")
        return self._by_tags(
            terraform_name(reference.key), reference.strategy, reference.environment, reference.vpc, reference.identity
        )

    def _by_tags(self, name: str, strategy: str, environment: str, vpc: str, identity: str) -> str:
        tags = {
            "sgstrat:strategy": strategy,
            "sgstrat:environment": environment,
            "sgstrat:vpc": vpc,
            "sgstrat:group": identity,
        }
        self._add_data("aws_security_group", name, {"tags": {key: quoted(value) for key, value in tags.items()}})
        return expression(f"data.aws_security_group.{name}.id")

    def _list(self, each: PrefixList) -> str:
        name = terraform_name(each.key)
        if each.origin == "own":
            return expression(f"aws_ec2_managed_prefix_list.{name}.id")
        if each.origin == "existing":
            return self._from(each.id, f"{name}_list_id", f"Id of the existing prefix list {each.key}", "pl")
        if each.id.literal is not None:
            return quoted(each.id.literal)
        made = self._references.get(each.key)
        if made is not None and made.account is not None:
            what = f"Id of the prefix list {made.identity} of {made.target} in account {made.account}"
            return self._from(IdSource(), f"{name}_list_id", what, "pl")
        # by name, since EC2 filters lists by owner, id and name only (API reference, DescribeManagedPrefixLists)
        aws_name = self._references[each.key].name if each.origin == "foreign" else each.aws or ""
        self._add_data("aws_ec2_managed_prefix_list", name, {"name": self._regional(aws_name)})
        return expression(f"data.aws_ec2_managed_prefix_list.{name}.id")

    def _regional(self, name: str) -> str:
        before, mark, after = name.partition("{region}")
        if not mark:
            return quoted(name)
        self._add_data("aws_region", "current", {})
        # `id` is the region in versions 5 and 6 of the provider; 6 deprecates `name`, and 5 has no `region`
        return literal(f"{before}${{data.aws_region.current.id}}{after}")

    def _from(self, source: IdSource, variable: str, description: str, prefix: str) -> str:
        if source.literal is not None:
            return quoted(source.literal)
        if source.ssm is not None:
            self._add_data("aws_ssm_parameter", variable, {"name": quoted(source.ssm)})
            # an id is no secret: the provider hides `value` only because any parameter might be one
            return expression(f"data.aws_ssm_parameter.{variable}.insecure_value")
        if variable not in self.variables:
            condition = f'can(regex("^{prefix}-[0-9a-f]+$", var.{variable}))'
            message = f"The value must be an id that begins with {prefix}-."
            self.variables[variable] = {
                "type": literal("string"),
                "description": literal(description),
                "validation": {"condition": expression(condition), "error_message": literal(message)},
            }
        return expression(f"var.{variable}")

    def _add_data(self, type: str, name: str, body: dict[str, Value]) -> None:
        self.data.setdefault(type, {}).setdefault(name, body)
