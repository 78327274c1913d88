"""moto's server as a process that ends when its parent does, with rules that behave as in AWS where moto's do not.

moto forgets the descriptions of rules that name a group or a list, and fails where a rule has no ports. With that
mended, a second plan is empty, and what is read back can be held against the rulebook whole. Run with the port as its
argument, and a pipe as its standard input, which the parent holds open.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from moto.ec2.models import security_groups
from moto.server import main

ANY_PORT = -1  # what AWS answers for a protocol without ports


def mend(rule: Any) -> None:
    """Make moto's rules keep their description whatever their peer is, and need no ports."""
    create, kept = rule.__init__, rule.description

    def mended(
        self: Any,
        backend: Any,
        protocol: str,
        group: str,
        first: Any,
        last: Any,
        block: Any,
        source_group: Any = None,
        prefix_list: Any = None,
        **others: Any,
    ) -> None:
        peer = dict(source_group or prefix_list or {})
        self.said = peer.pop("Description", None)
        ports = (ANY_PORT if first is None else first, ANY_PORT if last is None else last)
        create(
            self,
            backend,
            protocol,
            group,
            *ports,
            block,
            peer if source_group else None,
            peer if prefix_list else None,
            **others,
        )

    def description(self: Any) -> Any:
        said = kept.fget(self)
        return self.said if said is None else said

    rule.__init__ = mended
    rule.description = property(description)


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    mend(security_groups.SecurityGroupRule)
    threading.Thread(target=end_with_parent, daemon=True).start()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
