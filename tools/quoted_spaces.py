"""The rules by which figures are taken from results for the page on two models' spaces: see `quoted_rows`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quoted_rows import Results, Say, lost_and_missing


def kin(results: Results, say: Say) -> list[str]:
    """Every ordered pair of models akin to a bundled one, and those that are not trained to their end."""
    name = "quality_kin"
    if name not in results.names():
        return [f"Not measured yet: `python -m benchmarks {name}`."]
    found = results.figures(name)
    lines = [
        "| from, to | type | R | M, linear | M, chosen map | M over R | second by itself | shuffled pairs | lost "
        "| not in the first |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for pair, one in found["pairs"].items():
        linear = next(rung["M"] for rung in one["ladder"] if rung["rung"] == "ridge")
        numbers = [f"{one['R']:.5f}", f"{linear:.5f}", f"{one['M']:.5f} ({one['rung']})", f"{one['M_over_R']:.2f}"]
        numbers += [f"{one['own']:.5f}", f"{one['shuffled']['M']:.5f}"]
        lines.append(f"| {pair} | {one['type']} | {' | '.join([*numbers, *lost_and_missing(one)])} |")
    missing = [f"{one['model']} (type {one['type']})" for one in found["missing"]]
    lines += ["", f"Not trained to the end yet, and not compared: {', '.join(missing)}."] if missing else []
    return [*lines, "", f"{results.when(name)}."]


def certificates(results: Results, say: Say) -> list[str]:
    """How often a carried direction is certified, where nothing can carry over and where it does."""
    name = "quality_carried"
    if name not in results.names():
        return [f"Not measured yet: `python -m benchmarks {name}`."]
    lines = ["| | certified | if items of four maps were taken for a sample | trials |", "|---|---|---|---|"]
    for case, one in results.figures(name)["certificates"].items():
        ends = one["interval"]
        told = "" if ends is None else f" ({ends[0]:.3f} to {ends[1]:.3f})"
        lines.append(f"| {case} | {one['share']:.3f}{told} | {one['by_items']:.3f} | {one['n']} |")
    when = results.figures(name).get("certified")
    said = results.when(name) if when is None else f"{when['date']}, {when['commit']}"
    return [*lines, "", f"95 % intervals (Wilson); {said}."]


def carried(results: Results, say: Say) -> list[str]:
    """Every hair colour that was carried to another family."""
    name = "quality_carried"
    if name not in results.names():
        return [f"Not measured yet: `python -m benchmarks {name}`."]
    lines = [
        "| to | target | reach it | by its own | by shuffled maps, mean, most | of all else stays | by its own "
        "| carries over |",
        "|---|---|---|---|---|---|---|---|",
    ]
    found = results.figures(name)["carried"]
    for model, each in found.items():
        for target, one in each["by_target"].items():
            shuffled = one["shuffled"]
            chance = "–" if shuffled is None else f"{shuffled['value']:.2f}, {shuffled['most']:.2f}"
            cells = [_share(one["reached"]), _share(one["native"]), chance, *(_number(one[k]) for k in KEPT)]
            lines.append(f"| {model} | {target} | {' | '.join(cells)} | {_verdict(one)} |")
    told = "; ".join(f"{model} {each['of_native']:.2f}" for model, each in found.items() if each["of_native"])
    return [*lines, "", f"Of what its own directions reach, all together: {told}. {results.when(name)}."]


KEPT = ("kept", "kept_natively")


def _share(one: Mapping[str, Any] | None) -> str:
    return "–" if one is None else f"{one['value']:.2f} ({one['interval'][0]:.2f} to {one['interval'][1]:.2f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _verdict(one: Mapping[str, Any]) -> str:
    if one["carries_over"] is None:
        return "not tested"
    return "yes" if one["carries_over"] else f"no: {', '.join(one['failing'])}"


def places(results: Results, say: Say) -> list[str]:
    """Spatial latents place by place, beside the way through pictures."""
    found = results.figures("speed_compare").get("places")
    if found is None:
        return ["Not measured yet: `python -m benchmarks speed_compare`."]
    lines = ["| from, to | way | seconds | items fitted on | L | M |", "|---|---|---|---|---|---|"]
    for pair, one in found.items():
        for way, cell in one["ways"].items():
            whole = one["ways"].get(way.replace("equal time", "all"), cell)
            if whole is not cell and whole["n_fit"] == cell["n_fit"]:  # all items take no more time than there is
                continue
            took = f"{cell['seconds']['median']:.3f}"
            lines.append(f"| {pair} | {way} | {took} | {cell['n_fit'] or '–'} | {cell['L']:.4f} | {cell['M']:.5f} |")
        lines.append(f"| {pair} | second by itself | – | – | – | {one['own']:.5f} |")
    told = ", ".join(f"{one['n_test']} {one['data']}" for one in found.values())
    return [*lines, "", f"Seconds for {told} that no map was fitted on, of maps with their fit. "
            f"{results.when('speed_compare')}."]  # fmt: skip


def speed(results: Results, say: Say) -> list[str]:
    """Closed form beside the recipe of the paper, and the whole comparison."""
    if "speed_compare" not in results.names():
        return ["Not measured yet: `python -m benchmarks speed_compare`."]
    found = results.figures("speed_compare")
    fast, errors = found["ratio"], found["errors"]
    lines = [
        f"Of {found['items']:,} pairs in {found['dimensions']} dimensions the closed form is {fast['median']:,.0f} "
        f"times as fast as the recipe of the paper ({fast['low']:,.0f} to {fast['high']:,.0f}); its error on other "
        f"items is {errors['ridge']:.5f}, that of the recipe {errors['gradient']:.5f}."
    ]
    usual = found.get("usual")
    if usual is not None:
        lines.append(
            f"The whole default comparison of `faces-vae` and `faces-gan` takes {usual['processor_seconds']:.0f} "
            f"seconds of a processor, {usual['seconds']:.0f} by the clock on a machine that did other things too."
        )
    return [*lines, f"{results.when('speed_compare')}."]
