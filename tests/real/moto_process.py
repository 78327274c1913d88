"""moto's server as a process that ends when its parent does, with rules that behave as in AWS where moto's do not.

moto forgets the descriptions of rules that name a group or a list, and fails where a rule has no ports. With that
mended, a second plan is empty, and what is read back can be held against the rulebook whole. A client that loses an
answer on a busy machine asks again, and would then be told of a duplicate; so requests take turns, and one that comes
again gets the answer it had. Run with the port as its argument, and a pipe as its standard input, which the parent
holds open.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import moto.server
from moto.ec2.models import security_groups

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


def take_turns(serve: Any) -> Any:
    """A server that answers one request at a time, whole, and one that is sent again with the answer it had."""
    turn = threading.Lock()
    answers: dict[str, tuple[str, Any, list[bytes]]] = {}

    def serve_in_turn(host: str, port: int, application: Any, **options: Any) -> None:
        def in_turn(environ: Any, start_response: Any) -> list[bytes]:
            # the same in every attempt of one call (AWS SDKs, retry behaviour)
            call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
            with turn:
                known = answers.get(call)
                if known is None:
                    head: list[Any] = []
                    body = list(application(environ, lambda status, headers, *_: head.extend((status, headers))))
                    known = (head[0], head[1], body)
                    if call and head[0].startswith("200"):
                        answers[call] = known
            start_response(known[0], known[1])
            return known[2]

        serve(host, port, in_turn, **options)

    return serve_in_turn


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    mend(security_groups.SecurityGroupRule)
    threading.Thread(target=end_with_parent, daemon=True).start()
    moto.server.run_simple = take_turns(moto.server.run_simple)
    moto.server.main(["-H", "127.0.0.1", "-p", sys.argv[1]])
