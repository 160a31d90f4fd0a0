"""The rules by which figures are taken from results for a page: what a row says is decided here, once, and not by what
came out. Where there are several, the best stands beside the worst; what missed its limit is listed.

Every rule takes the results and gives lines of Markdown, in English or in Spanish.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, final

from trasluz.spaces.figures import Figure

REPOSITORY = Path(__file__).parents[1]
RESULTS = REPOSITORY / "benchmarks" / "results"
Row = tuple[str, str, str, str]
"""What is measured, its value, what it stands against, the benchmark."""


@final
class Results:
    """The files of a folder of results, by the name of their benchmark."""

    def __init__(self, folder: Path = RESULTS) -> None:
        self.folder, self._read = folder, dict[str, dict[str, Any]]()

    def names(self) -> list[str]:
        """Benchmarks that have a result."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def whole(self, name: str) -> dict[str, Any]:
        """All of a result.

        Raises:
            KeyError: there is none, or it is of a quick run, whose figures mean nothing.
        """
        if name not in self._read:
            path = self.folder / f"{name}.json"
            if not path.is_file():
                raise KeyError(f"there is no result {path.name}: python -m benchmarks {name}")
            self._read[name] = json.loads(path.read_text(encoding="utf-8"))
            if self._read[name].get("quick"):
                raise KeyError(f"{path.name} is of a quick run, whose figures mean nothing")
        return self._read[name]

    def figures(self, name: str) -> dict[str, Any]:
        """The figures of a result."""
        return self.whole(name)["figures"]

    def when(self, name: str) -> str:
        """The day it was measured, and of which commit where that is known."""
        found = self.whole(name)
        return f"{found['date']}, {found['commit']}" if found.get("commit") else str(found["date"])


@final
@dataclass(frozen=True)
class Say:
    """How a language says it."""

    spanish: bool = False

    def __call__(self, english: str, spanish: str) -> str:
        return spanish if self.spanish else english

    def n(self, value: float, form: str) -> str:
        """A number, with the marks that the language has."""
        text = format(value, form)
        return text.translate(str.maketrans(",.", ".,")) if self.spanish else text

    def span(self, low: float, high: float, form: str) -> str:
        """From one number to another."""
        return f"{self.n(low, form)} {self('to', 'a')} {self.n(high, form)}"

    def items(self, n: float) -> str:
        return f"n = {self.n(n, ',.0f')}"


def readme(results: Results, say: Say) -> list[str]:
    """The table of README."""
    rows = [row for rule in RULES for row in rule(results, say)]
    words = {"figure": "cifra", "value": "valor", "against": "frente a", "measured": "medido", "script": "script"}
    head = [say(english, spanish) for english, spanish in words.items()]
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|"]
    for what, value, against, name in rows:
        link = f"[{name}.py](benchmarks/{name}.py)"
        lines.append(f"| {what} | {value} | {against} | {results.when(name)} | {link} |")
    bars, broken = _bars(results)
    return [
        *lines,
        "",
        say(
            f"Of {len(bars)} limits that were set beforehand {len(broken)} are missed: [which, and by how much]"
            "(docs/honesty.md#limits-that-are-missed).",
            f"De {len(bars)} límites fijados de antemano, {len(broken)} no se cumplen: [cuáles, y por cuánto]"
            "(docs/honesty.md#limits-that-are-missed).",
        ),
    ]


def _bars(results: Results) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[str, dict[str, Any]]]]:
    """Every limit that was set beforehand, by the benchmark's name, and those that are not kept."""
    bars = [(name, bar) for name in results.names() for bar in results.whole(name)["bars"]]
    return bars, [(name, bar) for name, bar in bars if not bar["holds"]]


def missed(results: Results, say: Say) -> list[str]:
    """The limits that are not kept."""
    lines = ["| limit | found | wanted | script |", "|---|---|---|---|"]
    for name, bar in _bars(results)[1]:
        wanted = f"{bar['relation']} {say.n(bar['limit'], '.3g')}"
        lines.append(f"| {bar['what']} | {say.n(bar['value'], '.3g')} | {wanted} | [{name}](../benchmarks/{name}.py) |")
    return lines


def _rebuilt(results: Results, say: Say) -> list[Row]:
    found = results.figures("quality_faces")["reconstruction"]
    n = results.figures("quality_faces")["test_items"]
    psnr, ssim = found["psnr_details"], found["ssim_details"]
    value = (
        f"PSNR {say.n(found['psnr'], '.1f')} dB ({say.span(psnr['worst'], psnr['best'], '.1f')}), "
        f"SSIM {say.n(found['ssim'], '.3f')} ({say.span(ssim['worst'], ssim['best'], '.3f')}); {say.items(n)}"
    )
    models = {
        name: one["reconstruction"]["psnr"]
        for name, one in results.figures("quality_bundled")["models"].items()
        if "reconstruction" in one
    }
    best, worst = max(models, key=lambda m: models[m]), min(models, key=lambda m: models[m])
    against = say("bundled models", "modelos incluidos") + (
        f": `{best}` {say.n(models[best], '.1f')} dB … `{worst}` {say.n(models[worst], '.1f')} dB"
    )
    what = say(
        "faces, a VAE trained in minutes: held-out pictures rebuilt (worst to best picture)",
        "caras, un VAE entrenado en minutos: reconstrucción de imágenes no vistas (de la peor a la mejor)",
    )
    return [(what, value, against, "quality_faces")]


def _samples(results: Results, say: Say) -> list[Row]:
    """One row a data set: distances in the features of different judges never stand side by side."""
    models = results.figures("quality_bundled")["models"]
    rows: list[Row] = []
    for data in dict.fromkeys(name.partition("-")[0] for name in models):
        ways = [
            (name, way, row) for name, one in models.items() if name.startswith(f"{data}-")
            for way, row in one["samples"].items()
        ]  # fmt: skip
        ways.sort(key=lambda one: one[2]["frechet"])
        said = [
            f"`{name}`{_way(way, say)} {say.n(row['frechet'], ',.0f')}, {say.n(row['coverage'], '.2f')}"
            for name, way, row in ways
        ]
        what = say(
            f"`{data}`, samples of every bundled model, best first: Fréchet distance, coverage",
            f"`{data}`, muestras de cada modelo incluido, de mejor a peor: distancia de Fréchet, cobertura",
        )
        rows.append((what, f"{said[0]}; {say.items(ways[0][2]['n'])}", "; ".join(said[1:]), "quality_bundled"))
    return rows


def _way(way: str, say: Say) -> str:
    if way == "the model":
        return ""
    return " " + (say("with N(0, I)", "con N(0, I)") if way == "N(0, I)" else say("as it samples", "tal como muestrea"))


def _noise(results: Results, say: Say) -> list[Row]:
    curves = {
        name: one["noise"]["relative_error_by_heun_steps"]
        for name, one in results.figures("quality_bundled")["models"].items()
        if "noise" in one
    }

    def ends(steps: str) -> str:
        values = sorted(curve[steps] for curve in curves.values())
        return say.span(values[0], values[-1], ".2g")

    rows: list[Row] = [
        (
            say("noise to latent and back, relative error, best to worst flow model",
                "del ruido al latente y vuelta, error relativo, del mejor al peor modelo de flujo"),
            say(f"{ends('25')} at 25 Heun steps, as they come", f"{ends('25')} con 25 pasos de Heun, los que traen"),
            say(f"{ends('50')} at 50, {ends('10')} at 10", f"{ends('50')} con 50, {ends('10')} con 10"),
            "quality_bundled",
        )
    ]  # fmt: skip
    if "quality_noise" in results.names():
        models = results.figures("quality_noise")["models"]

        def said(way: str) -> str:
            norms = sorted(one[way]["norm"] for one in models.values())
            trips = sorted(one[way]["noise_to_pixels_and_back"] for one in models.values())
            return f"{say.span(norms[0], norms[-1], '.2f')}; {say.span(trips[0], trips[-1], '.2f')}"

        n, trips = (min(one[key] for one in models.values()) for key in ("items", "trips"))
        what = say(
            "real items in `noise`: norm (1: as draws of N(0, I)); how far another trip through pixels moves them",
            "imágenes reales en `noise`: norma (1: como las de N(0, I)); cuánto las mueve otra vuelta por los píxeles",
        )
        means = say(f"from the posterior's mean: {said('mean')}", f"desde la media del posterior: {said('mean')}")
        rows.append((what, f"{said('draw')}; {say.items(n)}, {trips}", means, "quality_noise"))
    return rows


def reached(found: Mapping[str, Any], method: str) -> dict[str, dict[str, float]]:
    """By factor, over its values: the share reached, the points that other factors lose in the mean, at how many moves,
    and the most that one other factor loses at one value. What else a value may hold is not looked at."""
    out: dict[str, dict[str, float]] = {}
    for factor, values in found.get(method, {}).items():
        rows = values.values() if isinstance(values, Mapping) else ()
        rows = [row for row in rows if isinstance(row, Mapping) and {"reached", "kept"} <= set(row)]
        if rows:
            most = [row["worst"]["kept"] for row in rows if row.get("worst")]
            out[factor] = {
                "reached": mean(row["reached"]["value"] for row in rows),
                "lost": -100 * mean(row["kept"] for row in rows),
                "most": -100 * min(most, default=0.0),
                "n": sum(row["reached"]["n"] for row in rows),
            }
    return out


def _directions(results: Results, say: Say) -> list[Row]:
    """Every model and all its factors: the best and the worst."""
    rows: list[Row] = []
    for name, found in results.figures("quality_directions")["models"].items():
        methods = [key for key, value in found.items() if isinstance(value, Mapping) and reached(found, key)]
        ours = "towards" if "towards" in methods else methods[0]
        others = [method for method in methods if method == "means"]
        what = say(
            f"`{name}`, items moved to a value by `{ours}`: share that arrives, best and worst factor; points that the "
            "others lose, mean of the worst factor, and the most of one",
            f"`{name}`, imágenes llevadas a un valor con `{ours}`: proporción que llega, mejor y peor atributo; puntos "
            "que pierden los demás, media del peor atributo, y lo más que pierde uno",
        )
        against = "; ".join(f"`{other}`: {_reach(reached(found, other), say)}" for other in others)
        rows.append((what, _reach(reached(found, ours), say), against or "–", "quality_directions"))
    return rows


def _reach(factors: Mapping[str, Mapping[str, float]], say: Say) -> str:
    best = max(factors, key=lambda f: factors[f]["reached"])
    worst = min(factors, key=lambda f: factors[f]["reached"])

    def one(factor: str) -> str:
        return f"{say.n(factors[factor]['reached'], '.2f')} (`{factor}`, {say.items(factors[factor]['n'])})"

    lost, most = max(f["lost"] for f in factors.values()), max(f["most"] for f in factors.values())
    said = f"{one(best)} … {one(worst)}" if best != worst else one(best)
    return f"{said}; {say.n(lost, '.1f')}, {say.n(most, '.0f')}"


def _umap(results: Results, say: Say) -> list[Row]:
    found = results.figures("speed_umap")
    faster, lost = found["times_faster"], found["variance_lost"]
    ends = say.span(faster["low"], faster["high"], ",.0f")
    value = say("{} times as fast as umap-learn ({})", "{} veces más rápido que umap-learn ({})").format(
        say.n(faster["median"], ",.0f"), ends
    )
    least = sorted((k for k in lost if k != "ours"), key=lambda k: lost[k])
    others = "; ".join(f"{_other(k, say)} {say.n(lost[k], '.2f')}" for k in least)
    what = say(
        "way back from a UMAP map: one place; variance lost there and back",
        "vuelta desde un mapa UMAP: un lugar; varianza perdida a la ida y a la vuelta",
    )
    return [(what, f"{value}; {say.n(lost['ours'], '.2f')}; {say.items(found['held_out'])}", others, "speed_umap")]


def _other(key: str, say: Say) -> str:
    spanish = {
        "our way back from umap-learn's places": "nuestra vuelta desde los lugares de umap-learn",
        "plain mean of nearest rows at our places": "media simple de los vecinos, en nuestros lugares",
        "plain mean of nearest rows at umap-learn's places": "media simple de los vecinos, en los de umap-learn",
        "principal components": "componentes principales",
    }
    return say(key, spanish.get(key, key))


def _speed(results: Results, say: Say) -> list[Row]:
    bare, other = (
        results.figures("speed_train")["speed_against_bare"],
        results.figures("speed_pythae")["speed_against_pythae"],
    )
    coded = results.figures("speed_encode")["speed_against_bare"]

    def ends(one: Mapping[str, float]) -> str:
        return f"{say.n(one['median'], '.2f')} ({say.span(one['low'], one['high'], '.2f')})"

    loop = say("a bare PyTorch loop: 1", "un bucle de PyTorch sin más: 1")
    return [
        (say("training step, speed", "paso de entrenamiento, velocidad"), ends(bare), loop, "speed_train"),
        (
            say("training a VAE, speed", "entrenar un VAE, velocidad"), ends(other),
            say("pythae's trainer: 1", "el entrenador de pythae: 1"), "speed_pythae",
        ),
        (
            say("encoding a data set with thumbnails and rows, speed",
                "codificar un conjunto con miniaturas y filas, velocidad"),
            ends(coded), loop, "speed_encode",
        ),
    ]  # fmt: skip


def _page(results: Results, say: Say) -> list[Row]:
    found = results.figures("speed_page")
    clicks, frames = found["pictures"]["click"], found["frames"]
    size = max(frames, key=lambda k: int(k.replace(",", "")))
    points = size.replace(",", ".") if say.spanish else size
    what = say(
        f"the studio in a browser on two cores: from a click to its picture, median and 95 of 100 within; a frame of a "
        f"map of {points} points",
        f"el estudio en un navegador con dos núcleos: del clic a su imagen, mediana y 95 de cada 100 en menos de; un "
        f"fotograma de un mapa de {points} puntos",
    )
    ours = f"{say.n(clicks['p50'], '.0f')}, {say.n(clicks['p95'], '.0f')} ms; {say.n(frames[size]['ratio'], '.2f')}"
    return [(what, ours, say("–; regl-scatterplot alone: 1", "–; regl-scatterplot solo: 1"), "speed_page")]


def _judged(results: Results, say: Say) -> list[Row]:
    """What is said where there is nothing, and where there is something, from 100 items on: worst and best."""
    if "quality_judgements" not in results.names():
        return []
    cells = [c for c in results.figures("quality_judgements")["cells"] if c["items"] >= 100 and c["not_tested"] < 1]
    sides = {
        truth: sorted((c for c in cells if c["truth"] == truth), key=lambda c: c["share"])
        for truth in ("nothing", "something")
    }
    if not all(sides.values()):
        return []

    def one(cell: Mapping[str, Any]) -> str:
        return f"{say.n(cell['share'], '.2f')} ({cell['judgement']}, {say.items(cell['items'])})"

    alarms, found = sides["nothing"], sides["something"]
    what = say(
        "what the product says of made-up data, from 100 items on: false alarms, worst and best judgement; what is "
        "there and found, likewise ([all of them](docs/honesty.md))",
        "lo que el programa dice de datos inventados, desde 100 elementos: falsas alarmas, peor y mejor juicio; lo que "
        "hay y encuentra, igual ([todos](docs/honesty.md))",
    )
    value = f"{one(alarms[-1])} … {one(alarms[0])}; {one(found[0])} … {one(found[-1])}"
    return [(what, value, say("wanted: 0.05; 0.95", "se quiere: 0,05; 0,95"), "quality_judgements")]


Rule = Callable[[Results, Say], list[Row]]
RULES: tuple[Rule, ...] = (_rebuilt, _samples, _noise, _directions, _umap, _speed, _page, _judged)
"""The rows of README, in order."""


def umap(results: Results, say: Say) -> list[str]:
    """Of the page on the way back from a UMAP map."""
    found = results.figures("speed_umap")
    times = say.n(found["times_faster"]["median"], ",.0f")
    lines = ["| | one place, times as long | variance lost there and back |", "|---|---|---|"]
    for name, lost in sorted(found["variance_lost"].items(), key=lambda pair: pair[1]):
        told = (
            f" (the map itself says {say.n(found['variance_lost_as_the_map_says'], '.3f')})" if name == "ours" else ""
        )
        took = {"ours": "1", "umap-learn": times}.get(name, "–")
        lines.append(f"| {name} | {took} | {say.n(lost, '.3f')}{told} |")
    rows, held, when = f"{found['rows']:,}", f"{found['held_out']:,}", results.when("speed_umap")
    return [*lines, "", f"{rows} rows of `{found['model']}`, {held} more held out; {when}."]


def layouts(results: Results, say: Say) -> list[str]:
    """Of the page on maps that glide: what lays rows out, beside each other."""
    found = results.figures("speed_layouts")
    lines = [
        "| model, rows | by | seconds to the first layout (of a processor) | trustworthiness | neighbours kept | "
        "label told | variance lost | installs, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, sizes in found["models"].items():
        for size, ways in sizes.items():
            for way, one in ways.items():
                told = [say.n(one[key], form) for key, form in LAID_OUT.items()]
                seconds = f"{say.n(one['seconds'], '.0f')} ({say.n(one['processor_seconds'], '.0f')})"
                room = say.n(found["bytes"][way] / 1e6, ".0f")
                lines.append(" | ".join([f"| `{name}`, {size}", way, seconds, *told, f"{room} |"]))
    return [*lines, "", f"One thread each, beside other work; {results.when('speed_layouts')}."]


LAID_OUT = {"trustworthiness": ".3f", "kept": ".3f", "label": ".3f", "lost": ".3f"}
"""What is told of a layout, and how."""


def card(results: Results, name: str) -> list[str]:
    """The figures of one bundled model, for its card."""
    for benchmark, rule in {"quality_bundled": _card_of_pictures, "quality_voices": _card_of_voices}.items():
        found = results.figures(benchmark) if benchmark in results.names() else {}
        if name in found.get("models", {}):
            return rule(found, name)
    return ["Not measured yet."]


def _card_of_pictures(figures: Mapping[str, Any], name: str) -> list[str]:
    found = figures["models"][name]
    judges = found.get("judges", [])
    who = found["extractor"] + (f", weights {judges[0]['identity'][:8]}" if judges else "")
    lines = [f"Features: {who}; n = {found['n']:,}. They compare with nothing of other features."]
    if judges:
        lines.append(
            f"In brackets the 95 % interval of other items; behind it the range of {len(judges)} judges of one recipe, "
            "and what as many real items give."
        )
    lines += [
        "",
        "| samples from | Fréchet distance | precision | recall | density | coverage |",
        "|---|---|---|---|---|---|",
    ]
    for way, row in found["samples"].items():
        shares = " | ".join(_cell(row, key, ".2f") for key in ("precision", "recall", "density", "coverage"))
        lines.append(f"| {way} | {_cell(row, 'frechet', '.4g')} | {shares} |")
    rebuilt = found.get("reconstruction")
    if rebuilt:
        psnr, ssim = _cell(rebuilt, "psnr", ".1f"), _cell(rebuilt, "ssim", ".3f")
        lines += ["", f"Real items, encoded and decoded: PSNR {psnr} dB, SSIM {ssim}."]
    return lines


def _card_of_voices(found: Mapping[str, Any], name: str) -> list[str]:
    one, ceiling = found["models"][name], found["ceiling"]
    rebuilt, samples, morphs = one["reconstruction"], one["samples"], one["morphs"]
    judge, accuracy = found["judges"][0], found["accuracy"][0]
    told = ", ".join(f"{factor} {share:.3f}" for factor, share in accuracy.items())
    heard = ", ".join(f"{factor} {_heard(share)}" for factor, share in rebuilt["read_rightly"].items())
    lines = [
        f"Words and speakers as {judge['name']} reads them, weights {judge['identity'][:8]}, which reads real items "
        f"rightly in shares of: {told}; n = {found['n']:,}. In brackets the 95 % interval.",
        "",
        f"Real items, encoded and decoded: read rightly {heard}; mel bands {rebuilt['distance_db']:.2f} dB off, where "
        f"the way to bands and back without a model is {ceiling['distance_db']:.2f} dB off.",
        "",
        "| samples | Fréchet distance | precision | recall | density | coverage |",
        "|---|---|---|---|---|---|",
        f"| the default prior | {_cell(samples, 'frechet', '.4g')} | "
        + " | ".join(_cell(samples, key, ".2f") for key in ("precision", "recall", "density", "coverage"))
        + " |",
        "",
        "| direction | medians from -1.5 to +1.5 sigma | word kept | speaker kept |",
        "|---|---|---|---|",
    ]
    for target, unit in {"pitch": "Hz", "speed": "s"}.items():
        move = one["directions"][target]
        medians = ", ".join(f"{median:.3g}" for median in move["medians"])
        lines.append(f"| {target} | {medians} {unit} | {_heard(move['word_kept'])} | {_heard(move['speaker_kept'])} |")
    apart = one["map"]["word"]["accuracy"]
    return [
        *lines,
        "",
        f"Middles between two words: precision {morphs['midpoint_precision']:.2f}, n = {morphs['pairs']}. Word by "
        f"nearest neighbours in the latent space: {apart:.3f}.",
    ]


def _heard(share: Mapping[str, Any]) -> str:
    return f"{share['value']:.2f} ({share['interval'][0]:.2f} to {share['interval'][1]:.2f})"


def _cell(row: Mapping[str, Any], name: str, form: str) -> str:
    """A figure with its interval, the range of its judges, and what real items give; bare, of results from before."""
    if "measured" not in row:
        return f"{row[name]:{form}}"
    figure = Figure.read(row["measured"][name], name)
    parts = [f"{figure.value:{form}}"]
    parts += [] if figure.interval is None else [f"({figure.interval[0]:{form}} to {figure.interval[1]:{form}})"]
    judged = figure.by_judge
    parts += [f"judges {min(judged):{form}} to {max(judged):{form}}"] if judged else []
    parts += [] if figure.real is None else [f"real {figure.real:{form}}"]
    return ", ".join([" ".join(parts[:2]), *parts[2:]]) if figure.interval is not None else ", ".join(parts)


def compare(results: Results, say: Say) -> list[str]:
    """Every ordered pair of bundled models of one kind of data."""
    found = results.figures("quality_compare")
    lines = [
        "| from, to | M, linear | M, network | second by itself | shuffled pairs | items that do "
        "| lost | not in the first |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, pair in found["pairs"].items():
        by = {one["rung"]: one["M"] for one in pair["ladder"]}
        errors = (by["ridge"], by["network"], pair["own"], pair["shuffled"]["M"])
        told = [*(say.n(one, ".5f") for one in errors), str(pair["knee"] or "–"), *lost_and_missing(pair)]
        lines.append(f"| {name} | {' | '.join(told)} |")
    first = next(iter(found["pairs"].values()))
    said = f"{first['n_fit']:,} items to fit on, {first['n_choose']} to choose by, {first['n_test']} to test on"
    return [*lines, "", f"{said}; {results.when('quality_compare')}."]


def lost_and_missing(pair: dict[str, Any]) -> tuple[str, str]:
    """Columns that are lost between two spaces, and those that the first one has not."""
    lost = [one["column"] for one in pair["kept"] if _is_below(one, "before")]
    missing = [one["column"] for one in pair["kept"] if one["column"] not in lost and _is_below(one, "native")]
    return ", ".join(lost) or "–", ", ".join(missing) or "–"


def _is_below(kept: dict[str, Any], share: str) -> bool:
    """As `trasluz.lab.results.ways.Kept` has it, from figures that may be older than its verdicts."""
    before: float = kept[share]
    return kept["interval"][1] < before and before > kept["chance"] and before - kept["after"] > 0.05


def judgements(results: Results, say: Say) -> list[str]:
    """Every judgement at every number of items; what has not been tried yet is said to be so."""
    name = "quality_judgements"
    if name not in results.names():
        return [f"Not measured yet: `python -m benchmarks {name}`."]
    found = results.figures(name)
    cells: dict[tuple[str, int], dict[str, Any]] = {}
    for cell in found["cells"]:
        cells.setdefault((cell["judgement"], cell["items"]), {})[cell["truth"]] = cell
    lines = [
        "| judgement | items | said where there is nothing | said where there is something | not tested, of either |",
        "|---|---|---|---|---|",
    ]
    for (judgement, items), sides in cells.items():
        said = [_share(sides.get(truth)) for truth in ("nothing", "something")]
        untested = ", ".join(f"{sides[t]['not_tested']:.2f}" if t in sides else "–" for t in ("nothing", "something"))
        lines.append(f"| {judgement} | {items:,} | {said[0]} | {said[1]} | {untested} |")
    trials = sorted({cell["trials"] for cell in found["cells"]})
    lines += ["", f"{' or '.join(map(str, trials))} trials a cell, with 95 % intervals (Wilson); {results.when(name)}."]
    missing = found.get("missing", [])
    lines += ["", f"Not tried yet, {len(missing)} cells: {'; '.join(missing)}."] if missing else []
    return lines


def _share(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "not tried yet"
    if cell["not_tested"] == 1:
        return "not tested"
    low, high = cell["interval"]
    return f"{cell['share']:.2f} ({low:.2f} to {high:.2f})"


def noise(results: Results, say: Say) -> list[str]:
    """Of the page on where real items lie in a flow's noise: by a draw and by the mean."""
    if "quality_noise" not in results.names():
        return ["Not measured yet: `python -m benchmarks quality_noise`."]
    found = results.figures("quality_noise")["models"]
    lines = [
        "| model | from | norm | shared by all | PSNR | moved by a trip through pixels | by a touch of the pixels |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        for way in ("draw", "mean"):
            row = one[way]
            keys = ("norm", "shared", "psnr", "noise_to_pixels_and_back", "touched")
            numbers = [f"{row[key]:.1f}" if key == "psnr" else f"{row[key]:.2f}" for key in keys]
            lines.append(f"| `{name}` | {way} | {' | '.join(numbers)} |")
    alone = ", ".join(f"{one['psnr_of_the_autoencoder']:.1f} ({name})" for name, one in found.items())
    n = min(one["items"] for one in found.values())
    told = f"{n} held-out items, {min(one['trips'] for one in found.values())} of them through pixels."
    return [*lines, "", f"{told} PSNR of the autoencoder alone: {alone}. {results.when('quality_noise')}."]
