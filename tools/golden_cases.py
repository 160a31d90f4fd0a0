"""What the golden record holds: each verb in each of the three families, as lines of the command line and of Python.

A line may name what earlier cases made: they stand in `needs`, and are run before it whatever was asked for. Files
that a case is to leave for others go into the folder kept/, all others into out/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PICTURE = "picture"
"""Run with a .npz as --out, then as the document's own `command` says, with a .png: document, arrays, picture."""
PLAIN = "plain"
"""Run with --json: document, exit code and every file that came of it."""
WORDS = "words"
"""Run without --json: the text on standard output."""
REFUSED = "refused"
"""Run with --json, to be refused."""
PYTHON = "python"
"""An expression in Python, in which `tl` is the package."""


@dataclass(frozen=True)
class Case:
    """One entry of the record."""

    name: str
    line: str
    kind: str = PICTURE
    needs: tuple[str, ...] = ()
    place: str = "main"
    """Which workspace; each begins empty."""
    keeps: bool = False
    """Whether what it writes in the workspace is part of the record; atlases only by the verb that is for them."""


INPUTS = {
    "labels.csv": "index,mood,amount\n"
    + "".join(f"{i},{('cold', 'warm')[i % 3 == 0]},{i * 37 % 100 / 10}\n" for i in range(400)),
    "region.json": '{"method": "pca", "points": [[-3, -3], [3, -3], [0, 3]]}',
}
"""Files that are there from the beginning, in the folder kept/."""

FACES, PETS = "--data faces:400", "--data pets:300"
FAMILIES = {
    "faces-vae": (FACES, "z", "hair_colour", "hair_colour = 'blond'"),
    "faces-gan": (FACES, "w", "hair_colour", "hair_colour = 'blond'"),
    "pets-flow": (PETS, "z", "species", "species = 'cat'"),
}
"""By model: small data, a space that encodes, a column, a condition."""
TINY = "--preset tiny --steps 3 --force --set compute=float32 --set batch=8"
QUICK = {
    "vae": "--set latent=4 --set widths=[8,8] --set prior_steps=4",
    "gan": "--set latent=8 --set widths=[8,8]",
    "flow": "--set widths=[8,8] --set field_width=16 --set field_depth=1 --set solver_steps=4",
}


def cases() -> list[Case]:
    """All of them, in the order in which they run."""
    each = [case for model in FAMILIES for case in _family(model)]
    every = [*_data(), *_train(), *each, *_files(), *_points(), *_rules(), *_walks(), *_spaces()]
    return [*every, *_directions(), *_edits(), *_kept(), *_refusals(), *_python()]


def _data() -> Iterator[Case]:
    yield Case("data/list", "data list", PLAIN)
    yield Case("data/list/words", "data list", WORDS)
    for name, data in (("faces", "faces:400"), ("pets", "pets:300")):
        yield Case(f"data/draw/{name}", f"data draw {data}", PLAIN)
        yield Case(f"data/show/{name}", f"data show {data}", PLAIN)
        yield Case(f"data/show/{name}/words", f"data show {data}", WORDS)
    yield Case("data/draw/form", "data draw pets:40 --size 32 --channels 1 --seed 5", PLAIN)
    yield Case("data/show/form", "data show faces:40 --size 32 --channels 1", PLAIN)


def _train() -> Iterator[Case]:
    for family, settings in QUICK.items():
        words = f"train {family} --data pets:60 --name tiny-{family} {TINY} {settings}"
        yield Case(f"train/{family}", words, PLAIN, place="training", keeps=True)
        yield Case(f"train/{family}/settings", f"train {family} --settings", PLAIN)
        yield Case(f"train/{family}/settings/words", f"train {family} --settings", WORDS)
        needs = (f"train/{family}",)
        yield Case(f"train/{family}/card", f"models show tiny-{family}", PLAIN, needs, "training")
        yield Case(f"train/{family}/sample", f"sample tiny-{family} -n 3 --seed 2", PICTURE, needs, "training")
    trained, first = tuple(f"train/{family}" for family in QUICK), ("train/vae",)
    again = f"train vae --data pets:60 --name again --seed 4 --init tiny-vae {TINY} {QUICK['vae']}"
    yield Case("train/init", again, PLAIN, first, "training", keeps=True)
    taken = f"train flow --data pets:60 --name taken --autoencoder tiny-flow {TINY} {QUICK['flow']}"
    yield Case("train/autoencoder", taken, PLAIN, ("train/flow",), "training", keeps=True)
    yield Case("train/resume", "train vae --name tiny-vae --resume", PLAIN, first, "training")
    chain = (*trained, "train/init", "train/autoencoder")
    for name, words, kind in (
        ("models/list", "models list", PLAIN),
        ("models/list/words", "models list", WORDS),
        ("models/export", "models export tiny-vae --out kept/friend --half", PLAIN),
        ("models/add", "models add ./kept/friend --name friend", PLAIN),
        ("models/show/friend", "models show friend", PLAIN),
        ("models/remove", "models remove friend", PLAIN),
        ("models/remove/words", "models remove again", WORDS),
        ("models/list/less", "models list", PLAIN),
    ):
        yield Case(name, words, kind, chain, "training")
        chain = (*chain, name)


def _family(model: str) -> Iterator[Case]:
    """What every family does, at its smallest."""
    data, space, column, where = FAMILIES[model]
    at, shown = f"--space {space} {data}", f"{data} --space {space} --no-thumbnails"
    triangle = "[[-4,-4],[4,-4],[0,4]]"
    for name, line in {
        "decode/{}/points": f"decode {model} test:3 train:2 seed:1 seed:42/3 {data}",
        "decode/{}/map": f"decode {model} map:0.31,-1.2 map:discriminant:0.5,0.2 {at}",
        "map/{}": f"map {model} {shown}",
        "map/{}/thumbnails": f"map {model} --color {column} {at}",
        "map/{}/discriminant": f"map {model} --method discriminant --color {column} {shown}",
        "map/{}/where": f'map {model} --where "{where}" --set vertical=3 --seed 2 {shown}',
        "map/{}/sheet": f"map {model} --sheet {at}",
        "sample/{}": f"sample {model} -n 4 --seed 3",
        "sample/{}/psi": f"sample {model} -n 4 --psi 0.6 --temperature 0.8",
        "sample/{}/space": f"sample {model} -n 3 --space {space}",
        "sample/{}/near": f"sample {model} -n 4 --near test:3 --temperature 0.7 {at}",
        "sample/{}/where": f'sample {model} -n 4 --where "{where}" --psi 0.9 {at}',
        "sample/{}/region": f"sample {model} -n 4 --region '{triangle}' {at}",
        "interpolate/{}": f"interpolate {model} test:3 test:9 --frames 5 {at}",
        "interpolate/{}/seeds": f"interpolate {model} seed:1 seed:2 seed:3 --frames 6 --loop",
        "traverse/{}": f"traverse {model} --columns 3 {at}",
        "traverse/{}/dims": f"traverse {model} --dims 0,3 --from test:5 --range 2 --columns 5 {at}",
        "invert/{}": f"invert {model} test:3 test:4 {at}",
        "invert/{}/optimise": f"invert {model} test:3 --method optimise --set steps=4 {at}",
        "edit/{}/dim": f"edit {model} test:3 test:4 --dim 0=1.5 --dim 2=-1 --no-report {at}",
        "edit/{}/analogy": f"edit {model} test:3 --analogy test:1 test:2 --no-report {at}",
    }.items():
        # Of a latent diffusion model this draws 512 items to compare with, which takes minutes: see invert/noise.
        if not (model == "pets-flow" and name.startswith("invert")):
            yield Case(name.format(model), line)
    yield Case(f"models/show/{model}", f"models show {model}", PLAIN)
    yield Case(f"models/show/{model}/words", f"models show {model}", WORDS)
    yield Case(f"sample/{model}/words", f"sample {model} -n 2", WORDS)
    if model != "pets-flow":
        yield Case(f"invert/{model}/words", f"invert {model} test:1 {at}", WORDS)
    yield Case(f"encode/{model}", f"encode {model} {at} --limit 20 --name small-{model}", PLAIN, keeps=True)
    for method in ("pca", "sefa", "jacobian"):
        rest = "--from test:3 --set rounds=2" if method == "jacobian" else ""
        line = f"directions find {model} --method {method} --count 2 --no-measure {rest} {at}"
        yield Case(f"find/{model}/{method}", line)
    target = {"species": "species=dog"}.get(column, "rear_hair=none")
    for method in ("means", "probe", "towards"):
        line = f"directions find {model} --method {method} --target {target} --no-measure {at}"
        yield Case(f"find/{model}/{method}", line)
    examples = " ".join([*(f"--these test:{i}" for i in range(5)), *(f"--those test:{i}" for i in range(5, 10))])
    yield Case(f"find/{model}/examples", f"directions find {model} {examples} --no-measure {at}")
    for form in ("safetensors", "jpg", "webp"):
        yield Case(f"decode/{model}/{form}", f"decode {model} seed:1 seed:2 --out out/d.{form}", PLAIN)


def _files() -> Iterator[Case]:
    """Files that are POINTs: a picture, latents, a folder of pictures."""
    yield Case("files/latents", f"sample faces-vae -n 4 --seed 5 {FACES} --out kept/new.safetensors", PLAIN)
    yield Case("files/photos", "interpolate faces-vae seed:1 seed:2 --frames 3 --out kept/photos/", PLAIN)
    needs, photo = ("files/latents", "files/photos"), "kept/photos/frame-0001.png"
    yield Case("decode/faces-vae/files", f"decode faces-vae {photo} kept/new.safetensors#2", PICTURE, needs)
    yield Case("decode/faces-gan/files", f"decode faces-gan {photo} --space w", PICTURE, needs)
    yield Case("decode/pets-flow/files", f"decode pets-flow {photo}", PICTURE, needs)
    yield Case("invert/faces-vae/files", f"invert faces-vae {photo} test:1 {FACES}", PICTURE, needs)
    yield Case("sample/faces-vae/near-file", f"sample faces-vae -n 3 --near {photo} {FACES}", PICTURE, needs)
    edit = "edit faces-vae kept/photos --dim 1=2 --no-report"
    yield Case("edit/faces-vae/folder", f"{edit} {FACES} --out out/changed/", PLAIN, needs)
    yield Case("edit/faces-vae/photos", f"{edit} {FACES}", PICTURE, needs)
    yield Case("data/show/folder", "data show ./kept/photos", PLAIN, needs)


def _points() -> Iterator[Case]:
    chain: tuple[str, ...] = ()
    for name, line, kind in (
        ("points/save", f"points save one faces-vae test:17 {FACES}", PLAIN),
        ("points/save/map", f"points save two faces-vae map:pca:1,2 {FACES}", PLAIN),
        ("points/save/w", "points save three faces-gan seed:4 --space w", PLAIN),
        ("points/save/taken", "points save one faces-vae seed:1", REFUSED),
        ("points/list", "points list", PLAIN),
        ("points/list/words", "points list", WORDS),
        ("points/decode", "decode faces-vae @one @two", PICTURE),
        ("points/interpolate", f"interpolate faces-vae @one @two --frames 3 {FACES}", PICTURE),
        ("points/replace", "points save two faces-vae seed:2 --replace", PLAIN),
        ("points/remove", "points remove two", PLAIN),
        ("points/list/less", "points list", PLAIN),
    ):
        yield Case(name, line, kind, chain, "points", keeps=kind == PLAIN)
        chain = (*chain, name)


def _rules() -> Iterator[Case]:
    at = f"--frames 5 {FACES}"
    for rule in ("linear", "spherical", "cdf", "spline", "geodesic", "density"):
        rest = "--set steps=3" if rule == "geodesic" else ""
        line = f"interpolate faces-vae test:3 test:9 test:12 --rule {rule} {rest} {at}"
        yield Case(f"interpolate/rule/{rule}", line)
        yield Case(f"interpolate/rule/{rule}/loop", f"{line} --loop")
    yield Case("interpolate/rules", f"interpolate faces-vae test:3 test:9 --rule linear,spherical,density {at}")
    yield Case("interpolate/noise", "interpolate pets-flow seed:1 seed:2 --space noise --rule spherical --frames 3")
    yield Case("interpolate/z", "interpolate faces-gan seed:1 seed:2 --space z --rule spherical --frames 3")


def _walks() -> Iterator[Case]:
    """Other forms than a picture, and what is measured, which trains one reader of labels."""
    walk = f"interpolate faces-vae test:3 test:9 --frames 4 {FACES}"
    for form in ("gif", "mp4", "safetensors"):
        yield Case(f"interpolate/{form}", f"{walk} --fps 8 --out out/walk.{form}", PLAIN)
    yield Case("interpolate/folder", f"{walk} --out out/frames/", PLAIN)
    yield Case("interpolate/words", walk, WORDS)
    yield Case("interpolate/workspace", f"{walk} --workspace elsewhere --out out/w.png", PLAIN)
    yield Case("traverse/gif", f"traverse faces-vae --dims 0,1 --columns 3 {FACES} --out out/t.gif", PLAIN)
    yield Case("map/svg", f"map faces-vae {FACES} --no-thumbnails --out out/m.svg", PLAIN)
    yield Case("map/atlas", "map faces-vae --atlas small-faces-vae", PICTURE, ("encode/faces-vae",))
    # In the workspace of the directions: its reader serves them too.
    for name, line in {
        "interpolate/measure": f"{walk} --measure",
        "interpolate/measure/rules": f"{walk} --rule linear,density --measure",
        "sample/measure": f"sample faces-vae -n 12 --measure {FACES}",
        "sample/measure/where": f"sample faces-gan -n 12 --space w --where \"hair = 'bun'\" --measure {FACES}",
    }.items():
        yield Case(name, line, place="directions")
    for name, line, kind in (
        ("measure/faces-vae", f"measure faces-vae -n 60 --column hair --column beard {FACES}", PLAIN),
        ("measure/faces-gan", f"measure faces-gan prdc vendi -n 40 --seed 3 {FACES}", PLAIN),
        ("measure/words", f"measure faces-vae knn -n 60 --column hair --set k=3 {FACES}", WORDS),
        ("measure/refused", f"measure faces-vae fid {FACES}", REFUSED),
    ):
        yield Case(name, line, kind, place="directions")
    yield Case("sample/measure/words", f"sample faces-vae -n 12 --measure {FACES}", WORDS, place="directions")


def _spaces() -> Iterator[Case]:
    """What a verb does in the other spaces of a model, and its priors and conditions."""
    for prior in ("normal", "gaussian", "flow"):
        yield Case(f"sample/prior/{prior}", f"sample faces-vae -n 3 --prior {prior}")
    yield Case("sample/region/file", f"sample faces-vae -n 3 --region kept/region.json {FACES}")
    yield Case("sample/given", "sample pets-flow -n 3 --given species=cat --given guidance=2")
    yield Case("sample/noise", "sample pets-flow -n 3 --space noise --psi 0.5")
    yield Case("sample/w+", "sample faces-gan -n 3 --space w+")
    yield Case("decode/noise", f"decode pets-flow test:3 seed:2 --space noise {PETS}")
    yield Case("traverse/w+", "traverse faces-gan --space w+ --from seed:1 --dims 0,70 --columns 3")
    yield Case("invert/noise", f"invert pets-flow test:3 --space noise {PETS}")
    yield Case("invert/w+", f"invert faces-gan test:3 --space w+ {FACES}")
    yield Case("invert/z", f"invert faces-gan test:3 --space z --method optimise --set steps=3 {FACES}")
    yield Case("states/pets-flow", f"states pets-flow seed:1 test:3 --frames 4 {PETS}")
    yield Case("states/given", "states pets-flow seed:1 --frames 3 --given species=dog --given guidance=2")


def _directions() -> Iterator[Case]:
    """Found, measured, kept and used, one after the other in a workspace of their own."""
    find, kept = "directions find faces-vae", f"test:3 {FACES}"
    chain: tuple[str, ...] = ()
    for name, line, kind in (
        ("find/measured", f"{find} --target hair_colour=blond {FACES} --out out/blond.png", PLAIN),
        ("find/measured/pca", f"{find} --count 2 {FACES}", PLAIN),
        ("find/named", f"{find} --target hair=bun --method means --name bun --no-measure {FACES}", PLAIN),
        ("find/against", f"{find} --target beard=none --method probe --against mouth --no-measure {FACES}", PLAIN),
        ("find/labels", f"{find} --labels kept/labels.csv --target mood=warm --name warm --no-measure {FACES}", PLAIN),
        ("find/quantity", f"{find} --labels kept/labels.csv --target amount --no-measure {FACES}", PICTURE),
        ("find/samples", f"{find} --samples 60 --target hair=bun --no-measure {FACES}", PICTURE),
        ("find/words", f"{find} --count 2 --method sefa --no-measure {FACES}", WORDS),
        ("directions/list", "directions list", PLAIN),
        ("directions/list/words", "directions list", WORDS),
        ("directions/show", "directions show hair_colour-blond --out out/show.png", PLAIN),
        ("directions/show/words", "directions show hair_colour-blond", WORDS),
        ("directions/name", "directions name pca-1 first --model faces-vae", PLAIN),
        ("directions/apply", f"directions apply hair_colour-blond faces-vae {kept} --strength 0.7", PICTURE),
        ("directions/traverse", f"traverse faces-vae --direction bun --direction first --from {kept}", PICTURE),
        ("directions/pair", f"traverse faces-vae --pair hair_colour-blond bun --columns 3 --from {kept}", PICTURE),
        ("edit/direction", f"edit faces-vae {kept} --direction first=1.5 --direction bun", PICTURE),
        ("edit/set/kept", f"edit faces-vae {kept} --set hair_colour=blond --strength 0.8", PICTURE),
        ("edit/words", f"edit faces-vae {kept} --set hair_colour=blond", WORDS),
        ("directions/remove", "directions remove first", PLAIN),
        ("directions/list/less", "directions list --model faces-vae", PLAIN),
    ):
        yield Case(name, line, kind, chain, "directions", keeps=kind == PLAIN)
        chain = (*chain, name)


def _edits() -> Iterator[Case]:
    chain: tuple[str, ...] = ()
    for name, line in (
        ("edit/set/faces-vae", f"edit faces-vae test:3 test:5 --set mouth=smile --no-report {FACES}"),
        ("edit/set/method", f"edit faces-vae test:3 --set hair=bun --method means --no-report {FACES}"),
        ("edit/set/pets-flow", f"edit pets-flow test:3 --set species=dog --no-report {PETS}"),
        ("edit/set/w", f"edit faces-gan test:3 --set hair_colour=black --space w --no-report {FACES}"),
        ("edit/inverter", f"edit faces-gan test:3 --space w --dim 0=2 --inverter encoder --no-report {FACES}"),
    ):
        yield Case(name, line, PICTURE, chain, "edits")
        chain = (*chain, name)


def _kept() -> Iterator[Case]:
    chain: tuple[str, ...] = ()
    for name, line, kind in (
        ("encode/default", f"encode faces-vae {FACES}", PLAIN),
        ("encode/train", "encode faces-vae --data pets:60 --split train --limit 12", PLAIN),
        ("encode/all", "encode faces-gan --data faces:40 --split all --space w+ --name layers", PLAIN),
        ("encode/noise", "encode pets-flow --data pets:60 --space noise --limit 4", PLAIN),
        ("encode/words", f"encode faces-vae {FACES} --limit 5 --name five", WORDS),
        ("atlases/list", "atlases list", PLAIN),
        ("atlases/list/words", "atlases list", WORDS),
        ("atlases/show", "atlases show layers", PLAIN),
        ("atlases/show/words", "atlases show layers", WORDS),
        ("atlases/export/npz", "atlases export layers --out out/layers.npz", PLAIN),
        ("atlases/export/csv", "atlases export five --out out/five.csv", REFUSED),
        ("atlases/export", "atlases export five", PLAIN),
        ("atlases/remove", "atlases remove five", PLAIN),
        ("atlases/list/less", "atlases list", PLAIN),
    ):
        yield Case(name, line, kind, chain, "atlases", keeps=name.startswith("encode"))
        chain = (*chain, name)


def _refusals() -> Iterator[Case]:
    for name, line in {
        "model": "sample nobody -n 2",
        "model/near": "sample faces-va -n 2",
        "verb": "sampel faces-vae",
        "option": "sample faces-vae --nmber 3",
        "argument": "decode faces-vae",
        "number": "sample faces-vae -n 0",
        "number/word": "sample faces-vae -n many",
        "form": "sample faces-vae --out out/x.bmpp",
        "column": f"map faces-vae --color fur {FACES}",
        "condition": f'map faces-vae --where "fur = 1" {FACES}',
        "condition/none": f"sample faces-vae --where \"hair = 'green'\" {FACES}",
        "point": f"decode faces-vae tset:3 {FACES}",
        "point/range": f"decode faces-vae test:9999 {FACES}",
        "point/saved": "decode faces-vae @nobody",
        "point/file": "decode faces-vae ./nobody.png",
        "data": "data show fases",
        "data/path": "data show ./nowhere",
        "excluded": "map faces-vae --data faces:400 --atlas mine",
        "excluded/train": "train vae --data faces:400 --steps 3 --minutes 1",
        "create": "map faces-vae --data faces:31 --no-create",
        "space": "decode faces-vae seed:1 --space w",
        "prior": "sample faces-vae --prior cauchy",
        "near-where": f'sample faces-vae --near test:1 --where "true" {FACES}',
        "region": "sample faces-vae --region '[[0,0],[1,1]]'",
        "given": "sample faces-vae --given species=cat",
        "given/value": "sample pets-flow --given species=cow",
        "rule": "interpolate faces-vae seed:1 seed:2 --rule round",
        "rule/setting": "interpolate faces-vae seed:1 seed:2 --rule geodesic --set stepz=3",
        "one-point": "interpolate faces-vae seed:1",
        "columns": f"traverse faces-vae --columns 4 {FACES}",
        "dims": f"traverse faces-vae --dims 0,99 {FACES}",
        "states": "states faces-vae seed:1",
        "invert": "invert faces-gan test:1 --space z --method encoder --data faces:400",
        "edit/nothing": f"edit faces-vae test:1 {FACES}",
        "edit/twice": f"edit faces-vae test:1 --set hair=bun --set hair=spiky {FACES}",
        "edit/value": f"edit faces-vae test:1 --set hair=green {FACES}",
        "find/method": f"directions find faces-vae --method magic {FACES}",
        "find/examples": f"directions find faces-vae --these test:1 {FACES}",
        "direction": "directions show nobody",
        "atlas": "atlases show nobody",
        "family": "train vaee --data faces:400",
        "setting": "train vae --data faces:400 --set colour=red",
        "few": "train gan --data faces:400 --steps 3",
        "bundled": "models remove faces-vae",
        "bundled/name": "train vae --data faces:400 --name faces-vae --steps 2 --force",
        "resume": "train vae --name nobody --resume",
        "add": "models add ./kept --name odd",
    }.items():
        yield Case(f"refused/{name}", line, REFUSED, place="refused")


def _python() -> Iterator[Case]:
    for model, (words, space, column, where) in FAMILIES.items():
        data = f"data={words.split()[1]!r}"
        at = f"space={space!r}, {data}"
        for name, line in {
            "open": f"tl.open({model!r})",
            "decode": f"tl.decode({model!r}, ['test:3', 'seed:1/2'], {data})",
            "sample": f"tl.sample({model!r}, 3, seed=2, psi=0.8)",
            "sample/near": f"tl.sample(tl.open({model!r}), 3, near='test:3', {at})",
            "sample/where": f"tl.sample({model!r}, 3, where={where!r}, {at})",
            "sample/region": f"tl.sample({model!r}, 3, region=[[-4, -4], [4, -4], [0, 4]], {at})",
            "interpolate": f"tl.interpolate({model!r}, 'test:1', 'test:2', frames=4, loop=True, {at})",
            "traverse": f"tl.traverse({model!r}, dims=[0, 3], start='test:2', columns=3, {at})",
            "invert": f"tl.invert({model!r}, ['test:3'], {at})",
            "edit": f"tl.edit({model!r}, 'test:3', dims={{0: 1.0}}, report=False, {at})",
            "find": f"tl.find({model!r}, method='pca', count=2, measured=False, {at})",
            "map": f"tl.map({model!r}, method='discriminant', color={column!r}, thumbnails=False, {at})",
            "encode": f"tl.encode({model!r}, {data}, space={space!r}, limit=15, name='py-{model}')",
        }.items():
            if (name, model) != ("invert", "pets-flow"):
                yield Case(f"python/{name}/{model}", line, PYTHON)
    yield Case("python/load/faces", "tl.load('faces:40', split='test')", PYTHON)
    yield Case("python/load/form", "tl.load('pets:40', size=32, channels=1, seed=3)", PYTHON)
    yield Case("python/states", "tl.states('pets-flow', ['seed:1'], frames=3)", PYTHON)
    walks = "tl.interpolate('faces-vae', 'seed:1', 'seed:2', rule='linear,spherical', frames=3)"
    yield Case("python/interpolate/rules", walks, PYTHON)
    inverse = "tl.decode('faces-vae', tl.map('faces-vae', data='faces:400').inverse([0.31, -1.2]))"
    yield Case("python/decode/latents", inverse, PYTHON)
    cat = "tl.find('faces-vae', target='hair=bun', method='means', measured=False, data='faces:400')"
    yield Case("python/find/target", cat, PYTHON)
    moved = f"tl.edit('faces-vae', 'test:3', directions=[{cat}.one], report=False, data='faces:400')"
    yield Case("python/edit/found", moved, PYTHON)
    pair = f"tl.traverse('faces-vae', directions=[{cat}.one], start='seed:1', columns=3, data='faces:400')"
    yield Case("python/traverse/found", pair, PYTHON)
    yield Case("python/refused", "tl.sample('nobody', 2)", PYTHON)
