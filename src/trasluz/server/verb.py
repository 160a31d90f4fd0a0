"""`trasluz studio`: the studio in a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Device, Home, Watcher
from trasluz.lab.calls.given import ModelLike
from trasluz.lab.calls.parameters import Several, Switch, Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.server import run as server
    from trasluz.server.begin import Running


@final
class Served(Answer):
    """The command line serves by itself until it is interrupted, and says the address as soon as it answers."""

    def instead(self, terminal: Terminal, values: Mapping[str, Any]) -> bool:
        names = ("data", "host", "port", "public_url", "workspace", "device")
        served = _begun(values["models"] or (), terminal.progress.say, **{name: values[name] for name in names})

        def ready(url: str) -> None:
            terminal.answer({"url": url, "host": served.host, "port": served.port}, lambda: terminal.line(url))
            if values["browser"] is False:  # the flag is --no-browser
                served.door.open(terminal.progress.say)

        served.run(ready=ready)
        return True

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.line(result.url)


def _begun(models: Sequence[ModelLike], say: Callable[[str], None], **where: Any) -> server.Served:
    """A studio that listens; what should be known of it is said."""
    from trasluz.server.run import serve

    served = serve(models, **where)
    if served.is_open:
        say("Other machines can reach this studio; anyone who has its address can use it")
    if not served.page.is_built:
        say("The page of the studio is not built (run make web): what answers is the interface alone")
    return served


@verb(examples=["trasluz studio", "trasluz studio mine --data ./photos --port 8080 --no-browser"], answer=Served())
def studio(
    call: Call,
    *models: Annotated[
        ModelLike,
        Several(
            help="Models to look at, by name or path; in Python open ones too. Default: all that are bundled or in the "
            "workspace.",
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
            help="The address to listen on. Default: this machine only. There is no encryption.", metavar="ADDRESS"
        ),
    ] = "127.0.0.1",
    port: Annotated[int, Whole(help="The port; 0 for any that is free.", metavar="N", low=0, high=65535)] = 0,
    public_url: Annotated[
        str | None,
        Text(
            help="The address under which a proxy shows it to browsers, such as https://lab.example/trasluz. It is the "
            "one that is printed, with the token behind it.",
            metavar="URL",
        ),
    ] = None,
    browser: Annotated[
        bool,
        Switch(
            help="Whether to open a browser.", off="--no-browser", without="Print the address, and open no browser."
        ),
    ] = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Running:  # fmt: skip
    """Open maps, live decode, paths and directions in a browser, and serve them until interrupted. Prints the address,
    whose token lets its holder in.

    In Python it begins in the background: a notebook goes on, and a script waits for it, `tl.studio(model).wait()`.
    What it gives has `url`, `wait()` and `close()`, and closes at the end of a `with`.

    >>> with tl.studio(model, browser=False) as running: print(running.url)    # doctest: +SKIP
    """
    from trasluz.server.begin import Running

    where: dict[str, Any] = {"data": data, "host": host, "port": port, "public_url": public_url}
    where |= {"workspace": workspace, "device": device}
    running = Running(_begun(models, call.session.progress.say, **where))
    return running.open(call.session.progress.say) if browser else running
