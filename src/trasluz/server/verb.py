"""`trasluz studio`: the studio in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Device, Home, Watcher
from trasluz.lab.calls.given import ModelLike
from trasluz.lab.calls.parameters import Several, Switch, Text, Whole
from trasluz.lab.calls.verb import verb


@final
@dataclass(frozen=True)
class Served(Answer):
    """The address has been said already, when it was ready."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        return None


@verb(examples=["trasluz studio", "trasluz studio mine --data ./photos --port 8080 --no-browser"], answer=Served())
def studio(
    call: Call,
    *models: Annotated[
        ModelLike,
        Several(
            help="Models to look at, by name or path. Default: all that are bundled or in the workspace.",
            metavar="[MODEL]...", offers="kept:models", positional=True,
        ),
    ],
    data: Annotated[
        str | None,
        Text(
            help="What the maps show. Default: the data that each model was trained on.",
            metavar="DATA", offers="row:sources",
        ),
    ] = None,
    host: Annotated[
        str,
        Text(
            help="The address to listen at. Default: this machine alone. There is no encryption.", metavar="ADDRESS"
        ),
    ] = "127.0.0.1",
    port: Annotated[int, Whole(help="The port; 0 for any that is free.", metavar="N", low=0, high=65535)] = 0,
    browser: Annotated[
        bool,
        Switch(
            help="Whether to open a browser.", off="--no-browser", without="Print the address, and open no browser."
        ),
    ] = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> None:  # fmt: skip
    """Open maps, live decode, paths and directions in a browser, and serve them until interrupted. Prints the address,
    whose token lets its holder in."""
    from trasluz.server.run import serve

    say, terminal = call.session.progress.say, call.session.terminal
    served = serve(
        [str(model) for model in models], data=data, host=host, port=port, workspace=workspace, device=device
    )
    if served.is_open:
        say("Other machines can reach this studio; whoever has its address can use it")
    if not served.page.is_built:
        say("The page of the studio is not built (run make web): what answers is the interface alone")

    def ready(url: str) -> None:
        document = {"url": url, "host": served.host, "port": served.port}
        if terminal is None:
            say(url)
        else:
            terminal.answer(document, partial(terminal.line, url))
        if browser:
            import webbrowser

            webbrowser.open(url)

    served.run(ready=ready)
