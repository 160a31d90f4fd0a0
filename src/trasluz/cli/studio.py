"""`trasluz studio`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete, output
from trasluz.cli.call import Call, verb

app = typer.Typer()


@verb(
    app,
    "studio",
    device=True,
    examples=["trasluz studio", "trasluz studio mine --data ./photos --port 8080 --no-browser"],
)
def studio(
    call: Call,
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...",
            help="Models to look at, by name or path. Default: all that are bundled or in the workspace.",
            autocompletion=complete.kept("models"),
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="DATA",
            help="What the maps show. Default: the data that each model was trained on.",
            autocompletion=complete.registered("sources"),
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="The address to listen at. Default: this machine alone. There is no encryption."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 for any that is free.")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", metavar="", help="Print the address, and open no browser.")
    ] = False,
) -> None:
    """Open maps, live decode, paths and directions in a browser, and serve them until interrupted. Prints the address,
    whose token lets its holder in."""
    from trasluz.server.run import serve

    served = serve(models or (), data=data, host=host, port=port, workspace=call.workspace, device=call.device)
    if served.is_open:
        call.progress.say("Other machines can reach this studio; whoever has its address can use it")
    if not served.page.is_built:
        call.progress.say("The page of the studio is not built (run make web): what answers is the interface alone")

    def ready(url: str) -> None:
        call.answer({"url": url, "host": served.host, "port": served.port}, lambda: output.line(url))
        call.stdout.flush()
        if not no_browser:
            import webbrowser

            webbrowser.open(url)

    served.run(ready=ready)
