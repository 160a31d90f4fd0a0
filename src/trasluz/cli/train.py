"""`trasluz train`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trasluz.cli import complete, output
from trasluz.cli.call import Call, one_of, verb

app = typer.Typer()


AutoencoderOption = Annotated[
    str | None,
    typer.Option(
        "--autoencoder",
        metavar="MODEL",
        help="Take over the autoencoder of this model, for a family that has one.",
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", metavar="", help="Train on fewer items than the family should have.")
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", metavar="", help="Go on with a run that was stopped, from its last checkpoint.")
]
SettingsOption = Annotated[
    bool, typer.Option("--settings", metavar="", help="List the settings of the family, and train nothing.")
]


@verb(
    app,
    "train",
    seed=True,
    device=True,
    examples=[
        "trasluz train vae --data ./photos --name mine",
        "trasluz train vae --data faces --name faces --preset base --set beta=4 --minutes 15",
        "trasluz train vae --name mine --resume",
        "trasluz train vae --settings",
    ],
)
def train(
    call: Call,
    family: Annotated[
        str,
        typer.Argument(
            metavar="FAMILY",
            help="What kind of model: vae, gan or flow.",
            autocompletion=complete.registered("families"),
            show_default=False,
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="A built-in name (faces, faces:12000), a path, or samples:MODEL:N. Not needed with --resume.",
            autocompletion=complete.registered("sources"),
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the model. Default: from the family and the data.")
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Size of the model: tiny, small or base.",
            autocompletion=complete.words("tiny", "small", "base"),
        ),
    ] = "small",
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="One setting of the family, and again for more. trasluz train FAMILY --settings lists them.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Training steps. Default: what the preset says.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(metavar="M", min=0.01, max=100_000, help="Train for about so many minutes, instead of --steps."),
    ] = None,
    init: Annotated[str | None, typer.Option(metavar="MODEL", help="Begin with the weights of this model.")] = None,
    autoencoder: AutoencoderOption = None,
    force: ForceOption = False,
    resume: ResumeOption = False,
    settings: SettingsOption = False,
) -> None:
    """Train a model on your own data. It can be stopped with Ctrl-C and taken up again with --resume."""
    if settings:
        describe(call, family)
        return
    one_of(("--steps", steps), ("--minutes", minutes))
    from trasluz.base.config import parse_settings
    from trasluz.lab.train import train as run

    done = run(
        family,
        data,
        name=name,
        preset=preset,
        settings=parse_settings(set_ or []),
        steps=steps,
        minutes=minutes,
        resume=resume,
        init=init,
        autoencoder=autoencoder,
        force=force,
        seed=call.seed,
        **call.lab,
    )
    name = done.model.name
    figures = ", ".join(f"{figure} {output.cell(value)}" for figure, value in done.figures.items())
    call.written(done.folder, f"On items never trained on: {figures}", model=name, figures=done.figures)
    call.progress.say(f"Next: trasluz sample {name}; trasluz map {name}")


def describe(call: Call, family: str) -> None:
    """The settings of a family: default, unit, range, meaning and source."""
    from trasluz.spaces import registry

    kind = registry.get("families", family)
    fields = [setting(name, schema) for name, schema in kind.config_type.model_json_schema()["properties"].items()]
    presets = {name: dict(values) for name, values in kind.presets.items()}

    def human() -> None:
        output.line(f"Settings of {family} ({kind.title}); give them as --set NAME=VALUE.")
        output.table(
            ["Name", "Default", "Unit", "Range", "Meaning", "Source"],
            [[f["name"], f["default"], f["unit"], f["range"], f["meaning"], f["source"]] for f in fields],
        )
        for name, values in presets.items():
            output.line(f"Preset {name}: {output.cell(values)}")

    call.answer({"family": family, "settings": fields, "presets": presets}, human)


def setting(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """One field of a config's JSON schema, as a row."""
    return {
        "name": name,
        "default": schema.get("default"),
        "unit": schema.get("unit"),
        "range": limits(schema),
        "meaning": schema.get("description"),
        "source": schema.get("source"),
    }


def limits(schema: dict[str, Any]) -> str | None:
    """What a field takes: `"0 < x ≤ 1"`, `"gaussian, bernoulli"`, or its type."""
    if "anyOf" in schema:
        return " or ".join(filter(None, map(limits, schema["anyOf"]))) or None
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    low = next(
        (f"{schema[k]:g} {sign} " for k, sign in (("minimum", "≤"), ("exclusiveMinimum", "<")) if k in schema), ""
    )
    high = next(
        (f" {sign} {schema[k]:g}" for k, sign in (("maximum", "≤"), ("exclusiveMaximum", "<")) if k in schema), ""
    )
    if low or high:
        return f"{low}x{high}"
    kind = schema.get("type")
    return "none" if kind == "null" else kind
