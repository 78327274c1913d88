"""Environments, quotas and naming."""

from __future__ import annotations

from sgstrat.facts.limits import limit
from sgstrat.language import model
from sgstrat.language.fields.common import ACCOUNT_ID, ID_OF, LIST_ID_TEXT, REGION_NAME
from sgstrat.language.fields.declarations import EXISTING_HERE, VPCS
from sgstrat.language.shapes import Integer, PlacedText
from sgstrat.language.structures import Field, MapOf, Record, TextMap

QUOTAS = Record(
    model.QuotaLimits,
    "quotas",
    "quotas",
    "Limits that AWS has raised for you.",
    (
        Field(
            "rules_per_group",
            Integer(
                "rules_per_group",
                1,
                limit("rules_per_eni_product"),
                bound="AWS raises it only as far as rules_per_group times groups_per_eni is at most "
                f"{limit('rules_per_eni_product')}",
            ),
            f"Rules per security group, direction and address family (AWS default {limit('rules_per_group')}).",
        ),
        Field(
            "groups_per_eni",
            Integer(
                "groups_per_eni",
                1,
                limit("groups_per_eni_most"),
                bound=f"AWS raises it to {limit('groups_per_eni_most')} at most",
            ),
            "Security groups per network interface "
            f"(AWS default {limit('groups_per_eni')}, at most {limit('groups_per_eni_most')}).",
        ),
        Field(
            "groups_per_region",
            Integer("groups_per_region", 1, 100000),
            f"Security groups per region (AWS default {limit('groups_per_region')}).",
        ),
        Field(
            "prefix_lists_per_region",
            Integer("prefix_lists_per_region", 1, 10000),
            f"Customer-managed prefix lists per region (AWS default {limit('prefix_lists_per_region')}).",
        ),
        Field(
            "entries_per_prefix_list",
            Integer(
                "entries_per_prefix_list",
                1,
                limit("entries_per_prefix_list"),
                bound=f"AWS takes {limit('entries_per_prefix_list')} entries in a prefix list at most",
            ),
            f"Entries per prefix list (AWS default {limit('entries_per_prefix_list')}).",
        ),
        Field(
            "existing_groups",
            Integer("existing_groups", 0, 100000),
            "Security groups that exist there beside those of the workspace.",
        ),
        Field(
            "existing_prefix_lists",
            Integer("existing_prefix_lists", 0, 10000),
            "Prefix lists that exist there beside those of the workspace.",
        ),
    ),
)
VARS = TextMap(
    PlacedText("a variable name", 63, "^[a-z][a-z0-9_]*$", "lower-case letters, digits and underscores"),
    PlacedText("a text", limit("group_name_length")),  # it becomes a part of a name
    "a map of texts",
)
_LIST_ID = Record(
    model.ListId,
    "listId",
    "an existing prefix list",
    "The id of an existing prefix list in this environment.",
    (Field("id", LIST_ID_TEXT, ID_OF),),
)
ENVIRONMENT = Record(
    model.Environment,
    "environment",
    "an environment",
    "One variation: where it is deployed, and what differs there.",
    (
        Field("account", ACCOUNT_ID, "The AWS account, twelve digits in quotes."),
        Field("region", REGION_NAME, "The AWS region."),
        Field("vars", VARS, "Values for placeholders in names; they replace the strategy's own.", fallback=()),
        Field("vpcs", VPCS, "Per VPC: id, CIDRs and peerings (which replace the top level's), enabled.", fallback=()),
        Field(
            "existing",
            MapOf(EXISTING_HERE, "a map of existing groups"),
            "Per existing group: what differs here.",
            fallback=(),
        ),
        Field(
            "prefix_lists",
            MapOf(_LIST_ID, "a map of existing prefix lists"),
            "Per existing prefix list: its id here.",
            fallback=(),
        ),
        Field("quotas", QUOTAS, "Limits in this environment."),
    ),
)
NAMING = Record(
    model.Naming,
    "naming",
    "naming",
    "Patterns for AWS names over `{strategy} {environment} {vpc} {region} {account} {kind} {name} {facing} {owner}` "
    "and the strategy's `vars`.",
    (
        Field(
            "group", PlacedText("a pattern", 512), "Name of a group. Default: `{strategy}-{environment}-{vpc}-{name}`."
        ),
        Field(
            "prefix_list",
            PlacedText("a pattern", 512),
            "Name of a prefix list. Default: `{strategy}-{environment}-{vpc}-{name}`.",
        ),
    ),
)
