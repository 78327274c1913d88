"""Tags that AWS takes: how many, which characters, and whose prefixes are reserved.

Lengths are the field table's. Knows the strategy as written; nothing of the output formats.
"""

from __future__ import annotations

from collections.abc import Iterator

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.limits import limit
from sgstrat.facts.text import TAG_CHARACTERS, first_bad_character
from sgstrat.language.model import Strategy, Word
from sgstrat.language.names import groups_of
from sgstrat.syntax.scalars import show

Tags = tuple[tuple[Word, Word], ...]

OWN_TAGS = 4
"""``sgstrat:strategy``, ``sgstrat:environment``, ``sgstrat:vpc``, and ``sgstrat:group`` or ``sgstrat:prefix-list``."""

_RESERVED = {
    "aws:": "AWS reserves the prefix aws: for itself",
    "sgstrat:": "sgstrat: is the prefix of the tags that the compiler writes",
}
# Letters and numbers are those of any script: the page on tag restrictions says "representable in UTF-8".
_TAKEN = rf"\w{TAG_CHARACTERS}"


def check_tags(strategy: Strategy, findings: Findings) -> None:
    """SG308 for every tag of the strategy, its groups and its prefix lists that AWS would not take.

    Source: Amazon EC2 user guide, tag restrictions: 50 tags on a resource, ``aws:`` reserved in any case, and letters,
    numbers, spaces and ``+ - = . _ : / @`` for what every service takes.
    """
    _texts(strategy.tags, findings)
    sound = _number("the strategy", strategy.tags, findings)
    for what, tags in _tagged(strategy):
        _texts(tags, findings)
        if sound:
            _number(what, _together(strategy.tags, tags), findings)


def _tagged(strategy: Strategy) -> Iterator[tuple[str, Tags]]:
    for _, word, group in groups_of(strategy):
        yield f"group {word.text}", group.tags
    for word, prefix_list in strategy.prefix_lists:
        yield f"prefix list {word.text}", prefix_list.tags


def _together(common: Tags, own: Tags) -> Tags:
    """The strategy's tags, then those that only the resource has: a key of both is one tag."""
    known = {key.text for key, _ in common}
    return (*common, *(pair for pair in own if pair[0].text not in known))


def _number(what: str, tags: Tags, findings: Findings) -> bool:
    """Whether there is room for these tags beside the compiler's own; reported at the first that is too many."""
    # the compiler names the resource in a tag of its own unless the strategy does
    added = OWN_TAGS + (not any(key.text == "Name" for key, _ in tags))
    most = limit("tags_per_resource")
    if len(tags) + added <= most:
        return True
    surplus = tags[most - added][0]
    findings.add(
        "SG308",
        f"{show(surplus.text)} is one tag too many: "
        f"{what} has {len(tags)}, the compiler adds {added}, and AWS takes {most}",
        surplus.span,
        help=f"keep {most - added}",
    )
    return False


def _texts(tags: Tags, findings: Findings) -> None:
    for key, value in tags:
        check_tag_key(key, findings)
        _characters(value, "value", findings)


def check_tag_key(key: Word, findings: Findings) -> None:
    """SG308 for a key that AWS would not take or that the compiler writes itself."""
    prefix = next((each for each in _RESERVED if key.text.lower().startswith(each)), None)
    if prefix is not None:
        findings.add(
            "SG308",
            f"{show(key.text)} cannot be a tag key: {_RESERVED[prefix]}",
            key.span,
            help="choose another key",
        )
    _characters(key, "key", findings)


def _characters(word: Word, what: str, findings: Findings) -> None:
    bad = first_bad_character(word.text, _TAKEN)
    if bad is not None:
        index, char = bad
        findings.add(
            "SG308",
            f"a tag {what} may not hold {show(char)} (character {index + 1}): {show(word.text)}",
            word.span,
            help="use letters, digits, spaces and + - = . _ : / @",
        )
