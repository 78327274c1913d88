"""Which findings about rulebooks still make sense while names or texts are wrong; all others would be a cascade."""

from __future__ import annotations

from collections.abc import Collection

_SOUND = frozenset(
    (
        "SG215",
        "SG216",
        "SG222",
        "SG223",
        "SG301",
        "SG302",
        "SG303",
        "SG304",
        "SG305",
        "SG307",
        "SG311",
        "SG314",
        "SG401",
    )
)
_SAME_KEY = frozenset(("SG122", "SG204", "SG205", "SG217"))  # two resources of one key have one AWS name too
_NO_NAME = frozenset(("SG107", "SG112", "SG124"))  # what AWS names are made of may be what is wrong


def sound_amid(errors: Collection[str]) -> frozenset[str]:
    """The codes of findings about rulebooks that are kept beside errors of these codes."""
    unsound = {"SG216"} if _SAME_KEY.intersection(errors) else set[str]()
    return _SOUND - unsound - ({"SG215"} if _NO_NAME.intersection(errors) else set())
