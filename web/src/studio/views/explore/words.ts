/** The words of Explore: its own, and those of the parts that it is made of. (With endings, as Node by itself reads them:
 * a test looks for English that was left in the Spanish page.) */

import { crop } from '../../../text/crop.ts'
import { directions } from '../../../text/directions.ts'
import { draws } from '../../../text/draws.ts'
import { explore } from '../../../text/explore.ts'
import { glide } from '../../../text/glide.ts'
import { kept } from '../../../text/kept.ts'
import { lens } from '../../../text/lens.ts'
import { look } from '../../../text/look.ts'
import { made } from '../../../text/made.ts'
import { onMap } from '../../../text/onMap.ts'
import { path } from '../../../text/path.ts'
import { refined } from '../../../text/refined.ts'
import { selections } from '../../../text/selections.ts'
import { sound } from '../../../text/sound.ts'
import { wayOut } from '../../../text/wayOut.ts'

const en = {
  'nav.explore': 'Explore',
  'keys.title': 'Keyboard shortcuts',
  'keys.note': 'They work while the map has the focus: click it, or reach it with the Tab key.',
  'hints.1.title': 'Hold it up to the light',
  'hints.1.text':
    'Move over the map, or drag a finger over it: every place is decoded live, between the points and far away from them too.',
  'hints.2.title': 'Pin what you like',
  'hints.2.text':
    'A click or a tap keeps a place under the lens; P, a double-click or the button there pins it. Two pins make a path, and its frames appear below the map.',
  'hints.3.title': 'Find what changes',
  'hints.3.text':
    'Draw around items with the lasso, or open Directions, to find what changes an attribute; what you keep becomes a slider of the lens.',
} as const

const es: Record<keyof typeof en, string> = {
  'nav.explore': 'Explorar',
  'keys.title': 'Atajos de teclado',
  'keys.note': 'Funcionan mientras el mapa tiene el foco: haz clic en él o llega con el tabulador.',
  'hints.1.title': 'Míralo al trasluz',
  'hints.1.text':
    'Pasa el cursor o un dedo por el mapa: cada lugar se decodifica en vivo, entre los puntos y también lejos de ellos.',
  'hints.2.title': 'Fija lo que te guste',
  'hints.2.text':
    'Con un clic o un toque, un lugar se queda bajo la lente; con P, con doble clic o con el botón de la lente se le pone un marcador. Con dos marcadores se forma un camino, y sus fotogramas aparecen debajo del mapa.',
  'hints.3.title': 'Descubre qué cambia',
  'hints.3.text':
    'Rodea elementos con el lazo, o abre Direcciones, para encontrar lo que cambia un atributo; lo que guardes será un deslizador de la lente.',
}

export const words = {
  en: {
    ...en,
    ...explore.en,
    ...draws.en,
    ...kept.en,
    ...crop.en,
    ...refined.en,
    ...wayOut.en,
    ...made.en,
    ...glide.en,
    ...lens.en,
    ...look.en,
    ...path.en,
    ...directions.en,
    ...selections.en,
    ...onMap.en,
    ...sound.en,
  },
  es: {
    ...es,
    ...explore.es,
    ...draws.es,
    ...kept.es,
    ...crop.es,
    ...refined.es,
    ...wayOut.es,
    ...made.es,
    ...glide.es,
    ...lens.es,
    ...look.es,
    ...path.es,
    ...directions.es,
    ...selections.es,
    ...onMap.es,
    ...sound.es,
  },
}
