"""The words of a comparison, in English and in Spanish, and how each writes numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from trasluz.lab.judging.alike import Alike
from trasluz.lab.results.ways import Rung, Said, Way
from trasluz.spaces.figures import said

Words = Mapping[str, str]


ENGLISH: Words = {
    "title": "Are these latent spaces the same?",
    "lead": "{models}, held against each other on {tested} {what}.",
    "by.identity": "as they are, with no map at all",
    "by.procrustes": "by turning and scaling",
    "by.patch-1": "by a linear map of each place",
    "by.patch-3": "by a linear map of each place and its neighbours",
    "by.ridge": "by a linear map",
    "by.reduced-rank": "by a linear map through {rank} dimensions",
    "by.network": "only by a bent map, a small network",
    "by.gradient": "by the linear map of the paper",
    "by.other": "by {name}",
    "way": "From {source} to {target} one gets {by}: an error of {m}, where {target} by itself has {own} and a "
    "map of shuffled pairs {shuffled}",
    "way.chance": "From {source} to {target} no map does better than one of shuffled pairs ({m} against {shuffled})",
    "lost": "on the way from {source} to {target} {columns} can no longer be read as well as in {source}",
    "missing": "of what comes from {source} to {target} {columns} cannot be read as well as in {target} by itself",
    "lost.more": "{columns} and {more} more",
    "kept": "on the way from {source} to {target} everything that is known of the items can still be read as well",
    "unknown": "nothing is known of the items that could be read before and after",
    "uneven": "it is easier to go from {easy} to {hard} ({most} in 100 of what a map can gain) than back ({least})",
    "back.through": "from {source} to {target} and back again the error is {m}, and {through} where {target} decodes "
    "in between; {source} by itself has {r} and maps of shuffled pairs {shuffled}",
    "back": "from {source} to {target} and back again the error is {m}, where {source} by itself has {r} and maps of "
    "shuffled pairs {shuffled}",
    "few": "{knee} items are enough for the way from {source} to {target}",
    "few.all": "more than the {all} items tried would still help on the way from {source} to {target}",
    "alike": "of an item's nearest neighbours {source} and {target} share {share} in 100, by chance {chance}",
    "alike.none": "the neighbours of an item in {source} and {target} have no more in common than chance gives",
    "looked": "of all {pairs} pairs of their spaces {first} and {second} are most alike, with a calibrated score of "
    "{score} (p {p}) that allows for looking at all of them",
    "looked.none": "of all {pairs} pairs of their spaces none is more alike than chance gives who looks at all of them",
    "and": "; ",
    "table.from": "from",
    "table.to": "to",
    "table.map": "map",
    "table.n": "items",
    "table.R": "R: first by itself",
    "table.M": "M: relocated",
    "table.own": "second by itself",
    "table.shuffled": "shuffled pairs",
    "table.L": "L: in the latents",
    "table.gained": "of what a map can gain",
    "table.explained": "variance explained",
    "table.top1": "finds its own",
    "table.knee": "items that suffice",
    "pictures": "The same items in both",
    "pictures.about":
    "From the item that is relocated best, above, to the worst. Last, where the relocated picture differs"
    " from what the second model makes of the item by itself.",
    "pictures.columns": "original|{source}|relocated|{target}|difference",
    "lost.title": "What is lost, at its worst",
    "missing.title": "What the first space does not hold, at its worst",
    "lost.about": "For each factor that is not read as well as before, or as in the second space by itself, the item "
    "whose reading changed with the greatest certainty. Below each picture: what the item is, and what it is read as "
    "off each latent.",
    "walk": "A path walked in both",
    "walk.about": "The straight line from {a} to {b}: in {source}; the same line relocated; and the straight line in "
    "{target}. The last two differ by {apart}.",
    "walk.rows": "{source}|relocated|{target}",
    "ladder": "How simple a map will do",
    "ladder.about":
    "Each kind of map, from the simplest to the richest, by its error M on items that it was not fitted "
    "on, with 95 % intervals. The line is what the second model does by itself.",
    "matrix": "Every pair",
    "matrix.about": "Error M from each row to each column, beside what the second model has by itself.",
    "few.title": "How few items suffice",
    "few.about": "Error in the latents by the number of items that the map was fitted on; 1 is as good as always "
    "saying the mean. Random items with 95 % intervals over draws, and items that were chosen far apart "
    "or by clusters.",
    "ways": "Every way in figures",
    "ways.about": "R, M and the others are mean squared errors of values from 0 to 1, with half of their 95 % "
    "intervals. What a map can gain lies between a map of shuffled pairs and the second model by itself.",
    "returned": "There and back again",
    "returned.about": "By the map to the second space, and home by the map of the other way: the error of what the "
    "first model decodes then, beside what it has without the journey and by maps of shuffled pairs. By the maps alone "
    "it says how well they fit each other; where the second model decodes in between, and encodes again what it made, "
    "what comes home of that. The maps were fitted on real items, and may take what was made far off.",
    "returned.columns": "way|by the maps alone|decoded in between|by itself|shuffled pairs|variance that comes back|in "
    "the latents|in the latents, shuffled pairs",
    "kept.way": "What survives from {source} to {target}",
    "kept.about": "Share of the test items of which a linear reading tells the value: by a reading of the first space, "
    "by one of the second as it is, and of what was relocated.",
    "kept.columns": "factor|first space|second space|relocated|by chance|both say the same|verdict",
    "map.identity": "none",
    "map.procrustes": "turned and scaled",
    "map.patch-1": "linear at each place",
    "map.patch-3": "linear, 3 × 3 places",
    "map.ridge": "linear",
    "map.reduced-rank": "linear, few dimensions",
    "map.network": "small network",
    "map.gradient": "linear, as in the paper",
    "similarity": "How alike the spaces are",
    "similarity.about":
    "Each measure with its value when the pairs are broken. The calibrated score is 0 up to what one in "
    "twenty broken pairs reach, and 1 for a space and itself. With ! the items are few for spaces this wide: the plain "
    "value says little.",
    "similarity.columns": "measure|models|value|95 % interval|broken pairs|calibrated|p|n",
    "search": "Which of their spaces are most alike",
    "search.about": "Looked at: {spaces}. One null for all pairs, {pairs}: the score is 0 up to what one in twenty "
    "broken pairs reach in any of them, and p is how often any of them does as well by chance. Up to {shown} by each "
    "measure, the most alike; --json has all.",
    "search.columns": "measure|first space|second space|value|broken pairs|to be passed|calibrated|p|n",
    "commands": "The same again",
    "notes": "What to know",
    "items.picture": "pictures of {data}",
    "items.other": "{many} of {data}",
    "items.own": "draws of {model}'s own",
    "note.own": "{model} has no encoder in {space}, so the items are its own draws: nothing is said of real ones.",
    "note.forms": "The models take items of different forms ({told}): each item is fitted to each, and errors are of "
    "the form of the model that decodes.",
    "note.shared": "Of {all} items {some} can be read in the form of every model; the others are left out.",
    "note.test": "The data have no items held out: a quarter is tested on that the models may have been trained on.",
    "note.data": "The models were not trained on the same data ({others}): they are compared on {data}, which some may "
    "never have seen. Others are named with --data.",
    "note.same": "{first} and {second} are one model: the same weights, under whatever name. The map between them is "
    "the identity.",
    "note.fewer": "There were fewer items than asked for: {fit} of {n} to fit and choose by, {test} of {m} to test on.",
    "note.scarce": "The {fit} items fitted on are fewer than the dimensions ({told}): richer maps are hardly known, "
    "and more items would help.",
    "note.left": "Spaces that were not looked at: {left}.",
    "left.unknown": "the items are not known in it, for want of an encoder",
    "left.broken": "numbers that are not finite",
    "left.same": "all items are the same in it",
    "left.as": "the same as {other}",
    "is.kept": "kept",
    "is.lost": "lost",
    "is.missing": "not in the first",
    "relocated": "relocated",
    "axis.items": "items that the map was fitted on",
    "axis.error": "error in the latents",
    "axis.m": "error M",
    "random": "random",
    "farthest": "far apart",
    "k-means": "by clusters",
}  # fmt: skip

SPANISH: Words = {
    "title": "¿Son el mismo espacio latente?",
    "lead": "{models}, comparados con {tested} {what}.",
    "by.identity": "tal como están, sin ninguna transformación",
    "by.procrustes": "con un giro y una escala",
    "by.patch-1": "con una transformación lineal de cada lugar",
    "by.patch-3": "con una transformación lineal de cada lugar y sus vecinos",
    "by.ridge": "con una transformación lineal",
    "by.reduced-rank": "con una transformación lineal a través de {rank} dimensiones",
    "by.network": "solo con una transformación curva, una red pequeña",
    "by.gradient": "con la transformación lineal del artículo",
    "by.other": "con {name}",
    "way": "De {source} a {target} se llega {by}: un error de {m}, donde {target} por sí solo tiene {own} y una "
    "transformación ajustada con parejas al azar {shuffled}",
    "way.chance": "De {source} a {target} ninguna transformación mejora a una ajustada con parejas al azar ({m} frente "
    "a {shuffled})",
    "lost": "de {source} a {target} ya no se lee tan bien como en {source}: {columns}",
    "missing": "en lo que llega de {source} a {target} no se lee tan bien como en {target} por sí solo: {columns}",
    "lost.more": "{columns} y {more} más",
    "kept": "de {source} a {target} se sigue leyendo igual de bien todo lo que se sabe de los elementos",
    "unknown": "no se sabe nada de los elementos que se pueda leer antes y después",
    "uneven": "es más fácil ir de {easy} a {hard} ({most} de cada 100 de lo que una transformación puede ganar) que "
    "volver ({least})",
    "back.through": "de {source} a {target} y de vuelta el error es {m}, y {through} si {target} decodifica por el "
    "camino; {source} por sí solo tiene {r} y las transformaciones de parejas al azar {shuffled}",
    "back": "de {source} a {target} y de vuelta el error es {m}, donde {source} por sí solo tiene {r} y las "
    "transformaciones de parejas al azar {shuffled}",
    "few": "para ir de {source} a {target} bastan {knee} elementos",
    "few.all": "para ir de {source} a {target} aún ayudarían más elementos que los {all} probados",
    "alike": "de los vecinos más cercanos de un elemento, {source} y {target} comparten {share} de cada 100; por "
    "azar, {chance}",
    "alike.none": "los vecinos de un elemento en {source} y en {target} no coinciden más que por azar",
    "looked": "de las {pairs} parejas de sus espacios, la más parecida es {first} y {second}, con un valor calibrado "
    "de {score} (p {p}) que tiene en cuenta que se han mirado todas",
    "looked.none": "de las {pairs} parejas de sus espacios, ninguna se parece más de lo que el azar da a quien las "
    "mira todas",
    "and": "; ",
    "table.from": "de",
    "table.to": "a",
    "table.map": "transformación",
    "table.n": "elementos",
    "table.R": "R: el primero solo",
    "table.M": "M: trasladado",
    "table.own": "el segundo solo",
    "table.shuffled": "parejas al azar",
    "table.L": "L: en los latentes",
    "table.gained": "de lo que se puede ganar",
    "table.explained": "varianza explicada",
    "table.top1": "encuentra el suyo",
    "table.knee": "elementos que bastan",
    "pictures": "Los mismos elementos en ambos",
    "pictures.about":
    "Desde el elemento que mejor se traslada, arriba, hasta el peor. Al final, dónde difiere la imagen "
    "trasladada de la que el segundo modelo hace por sí solo.",
    "pictures.columns": "original|{source}|trasladado|{target}|diferencia",
    "lost.title": "Lo que se pierde, en el peor caso",
    "missing.title": "Lo que no está en el primer espacio, en el peor caso",
    "lost.about": "De cada factor que no se lee tan bien como antes, o como en el segundo espacio solo, el elemento "
    "cuya lectura cambió con más certeza. Bajo cada imagen: lo que el elemento es, y lo que se lee en cada latente.",
    "walk": "Un camino recorrido en ambos",
    "walk.about": "La línea recta de {a} a {b}: en {source}; la misma línea trasladada; y la línea recta en {target}. "
    "Las dos últimas difieren en {apart}.",
    "walk.rows": "{source}|trasladado|{target}",
    "ladder": "Qué transformación basta",
    "ladder.about":
    "Cada clase de transformación, de la más simple a la más rica, por su error M con elementos que no se"
    " usaron para ajustarla, con intervalos del 95 %. La línea es lo que hace el segundo modelo por sí "
    "solo.",
    "matrix": "Todas las parejas",
    "matrix.about": "Error M de cada fila a cada columna, junto a lo que el segundo modelo tiene por sí solo.",
    "few.title": "Cuántos elementos bastan",
    "few.about": "Error en los latentes según el número de elementos con que se ajustó; 1 es tan bueno como decir "
    "siempre la media. Elementos al azar, con intervalos del 95 % sobre sorteos, y elegidos lejos unos de"
    " otros o por grupos.",
    "ways": "Todos los caminos, en cifras",
    "ways.about": "R, M y los demás son errores cuadráticos medios de valores entre 0 y 1, con la mitad de su "
    "intervalo del 95 %. Lo que una transformación puede ganar va de una de parejas al azar al segundo modelo solo.",
    "returned": "Ida y vuelta",
    "returned.about": "Con la transformación al segundo espacio, y de regreso con la del otro sentido: el error de lo "
    "que el primer modelo decodifica entonces, junto al que tiene sin el viaje y al de las de parejas al azar. Solo "
    "con las transformaciones se ve si encajan entre sí; si el segundo modelo decodifica por el camino y vuelve a "
    "codificar lo que ha hecho, se ve lo que vuelve de eso. Las transformaciones se ajustaron con elementos reales, y "
    "pueden llevar lejos lo que un modelo ha hecho.",
    "returned.columns": "camino|solo transformaciones|decodificando por el camino|él solo|parejas al azar|varianza que "
    "vuelve|en los latentes|en los latentes, parejas al azar",
    "kept.way": "Qué se conserva de {source} a {target}",
    "kept.about": "Parte de los elementos de prueba cuyo valor acierta una lectura lineal: del primer espacio, del "
    "segundo tal como está, y de lo trasladado.",
    "kept.columns": "factor|primer espacio|segundo espacio|trasladado|por azar|ambas dicen lo mismo|veredicto",
    "map.identity": "ninguna",
    "map.procrustes": "giro y escala",
    "map.patch-1": "lineal en cada lugar",
    "map.patch-3": "lineal, 3 × 3 lugares",
    "map.ridge": "lineal",
    "map.reduced-rank": "lineal, pocas dimensiones",
    "map.network": "red pequeña",
    "map.gradient": "lineal, la del artículo",
    "measure.cka": "CKA (lineal, sin sesgo)",
    "measure.mutual-knn": "Vecinos más cercanos mutuos",
    "measure.procrustes": "Procrustes ortogonal",
    "measure.pwcca": "PWCCA (según el primer espacio)",
    "measure.relative": "Representaciones relativas",
    "measure.rsa": "Similitud representacional (rangos de distancias)",
    "measure.svcca": "SVCCA",
    "measure.wasserstein": "2-Wasserstein gaussiana, trasladada y blanqueada",
    "similarity": "Cuánto se parecen los espacios",
    "similarity.about":
    "Cada medida con su valor cuando se rompen las parejas. El valor calibrado es 0 hasta donde llega una"
    " de cada veinte parejas rotas, y 1 para un espacio consigo mismo. Con ! los elementos son pocos para espacios "
    "tan anchos: el valor por sí solo dice poco.",
    "similarity.columns": "medida|modelos|valor|intervalo del 95 %|parejas rotas|calibrado|p|n",
    "search": "Cuáles de sus espacios se parecen más",
    "search.about": "Espacios mirados: {spaces}. Una sola referencia para todas las parejas, {pairs}: el valor es 0 "
    "hasta donde llega una de cada veinte parejas rotas en cualquiera de ellas, y p dice cada cuánto alguna lo logra "
    "por azar. Se ven hasta {shown} de cada medida, las que más se parecen; --json las da todas.",
    "search.columns": "medida|primer espacio|segundo espacio|valor|parejas rotas|por superar|calibrado|p|n",
    "commands": "Para repetirlo",
    "notes": "Lo que conviene saber",
    "items.picture": "imágenes de {data}",
    "items.other": "elementos de {data}",
    "items.own": "muestras propias de {model}",
    "note.own": "{model} no tiene codificador en {space}, así que los elementos son sus propias muestras: nada se dice "
    "de los reales.",
    "note.forms": "Los modelos usan elementos de distinta forma ({told}): cada elemento se ajusta a cada uno, y los "
    "errores son de la forma del modelo que decodifica.",
    "note.shared": "De {all} elementos, {some} se pueden leer en la forma de todos los modelos; los demás no.",
    "note.test": "Los datos no tienen elementos apartados: se prueba con una cuarta parte, que los modelos pueden "
    "haber visto al entrenarse.",
    "note.data": "Los modelos no se entrenaron con los mismos datos ({others}): se comparan con {data}, que alguno "
    "puede no haber visto nunca. Con --data se eligen otros.",
    "note.same": "{first} y {second} son un mismo modelo: los mismos pesos, se llamen como se llamen. La "
    "transformación entre ellos es la identidad.",
    "note.fewer": "Había menos elementos de los pedidos: {fit} de {n} para ajustar y elegir, {test} de {m} para "
    "probar.",
    "note.scarce": "Los {fit} elementos con que se ajusta son menos que las dimensiones ({told}): las transformaciones "
    "más ricas apenas se conocen, y más elementos ayudarían.",
    "note.left": "Espacios que no se han mirado: {left}.",
    "left.unknown": "sin codificador, no se conocen en él los elementos",
    "left.broken": "números que no son finitos",
    "left.same": "todos los elementos son iguales en él",
    "left.as": "lo mismo que {other}",
    "is.kept": "se conserva",
    "is.lost": "se pierde",
    "is.missing": "no está en el primero",
    "relocated": "trasladado",
    "axis.items": "elementos con que se ajustó",
    "axis.error": "error en los latentes",
    "axis.m": "error M",
    "random": "al azar",
    "farthest": "lejos entre sí",
    "k-means": "por grupos",
}  # fmt: skip

LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "es": SPANISH}


def told(one: Said, language: str) -> str:
    """In a language."""
    return LANGUAGES[language][one.key].format(**one.values)


def number(value: float, language: str) -> str:
    """As the language writes it: three figures, and none of them hidden behind a power of ten."""
    text = said(value)
    if "e" in text:
        text = f"{value:.{_decimals(value)}f}".replace("-", "\N{MINUS SIGN}")
    return _spelled(text, language)


def spread(value: float, half: float, language: str) -> str:
    """A value and half of its interval, to the same decimal."""
    decimals = _decimals(value)
    return _spelled(f"{value:,.{decimals}f} ± {half:,.{decimals}f}", language)


def count(value: int, language: str) -> str:
    """A whole number, by thousands."""
    return _spelled(f"{value:,}", language)


def _decimals(value: float) -> int:
    """Behind the point, for three figures."""
    return max(0, 2 - math.floor(math.log10(abs(value)))) if value and math.isfinite(value) else 3


def _spelled(text: str, language: str) -> str:
    return text.replace(",", "\u202f").replace(".", ",") if language == "es" else text


def map_name(rung: Rung, language: str) -> str:
    """A kind of map in a word or two."""
    return LANGUAGES[language].get(f"map.{rung.name}", rung.title)


def measure_name(one: Alike, language: str) -> str:
    """A measure of similarity."""
    return LANGUAGES[language].get(f"measure.{one.measure}", one.title)


def by(way: Way, language: str) -> str:
    """How one gets there, in words."""
    words = LANGUAGES[language]
    rank = int(way.rung.map.chosen.get("rank", 0))
    return words.get(f"by.{way.chosen}", words["by.other"]).format(name=way.rung.title, rank=rank)
