"""``out/manifest.json``: which files of the output folder are generated, with their digests, and by which version.

The manifest decides what a build may replace and delete, so nothing in it is trusted: it may come from a merge, from
another version, or from someone who wishes harm. Knows text only; reading and writing the file is done elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from sgstrat import __version__
from sgstrat.edge.machine import MachineFault, printable

MANIFEST = "manifest.json"
VERSION = 1
MAX_BYTES = 64 * 2**20
MAX_PATH = 4096

_PART = re.compile(r"(?!.*\.\Z)[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,64}", re.ASCII)
_REBUILD = (
    "restore it from version control; or delete it and run `sgstrat build`, which takes back every file that is "
    "as it would write it and names the others"
)
_MERGE = (
    "take either side (`git checkout --ours` or `--theirs` on it), then run `sgstrat build`: it writes the manifest "
    "anew from the merged strategies"
)


def digest(data: bytes) -> str:
    """The digest of a file as the manifest writes it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def is_output_path(path: str) -> bool:
    """Whether ``path`` may name a generated file: relative, forward slashes, plain visible names, at most 4096 long.

    So no ``..``, no drive, no backslash, no hidden name: such a path cannot leave the folder on any system.
    """
    return len(path) <= MAX_PATH and all(_PART.fullmatch(part) for part in path.split("/"))


class Manifest(NamedTuple):
    """Digest by path, and the version of sgstrat that wrote it; empty where it does not say."""

    files: dict[str, str]
    made_by: str = ""


def render_manifest(files: Mapping[str, str], made_by: str = __version__) -> bytes:
    """The manifest's bytes, one file a line in order of path, so that two branches merge line by line."""
    document = {"manifest": VERSION, "sgstrat": made_by, "files": dict(sorted(files.items()))}
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def parse_manifest(data: bytes, name: str) -> Manifest:
    """What a manifest says. ``name`` is what messages call the file.

    Raises :class:`MachineFault` for anything that :func:`render_manifest` of this version would not write (apart from
    layout): a damaged manifest could have any file deleted, so there is no reading it half.
    """
    if re.search(rb"^(<<<<<<< |>>>>>>> |=======\r?$)", data, re.MULTILINE):
        raise MachineFault(f"{name} holds merge conflict markers", _MERGE)
    if len(data) > MAX_BYTES:
        raise MachineFault(f"{name} is larger than {MAX_BYTES} bytes", _REBUILD)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MachineFault(f"{name} is damaged: {printable(str(error))}", _REBUILD) from None
    return _checked(document, name)


def _checked(document: object, name: str) -> Manifest:
    version = document.get("manifest") if isinstance(document, dict) else None
    if not isinstance(document, dict) or isinstance(version, bool) or not isinstance(version, int):
        raise MachineFault(f"{name} is no manifest of sgstrat", _REBUILD)
    if version > VERSION:
        raise MachineFault(f"{name} is of version {version}, this sgstrat reads {VERSION}", "use a newer sgstrat")
    files = document.get("files")
    if version < 1 or not isinstance(files, dict):
        raise MachineFault(f"{name} is no manifest of sgstrat", _REBUILD)
    for path, value in files.items():
        if path == MANIFEST or not is_output_path(path):
            raise MachineFault(f"{name} lists {printable(path)!r}, which no build writes", _REBUILD)
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            raise MachineFault(f"{name} has no digest for {path}", _REBUILD)
    made_by = document.get("sgstrat")
    return Manifest(dict(files), made_by if isinstance(made_by, str) and _VERSION.fullmatch(made_by) else "")
