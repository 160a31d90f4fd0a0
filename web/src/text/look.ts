/** Looking and keeping: what pictures are called, how like the data they are, what is pinned, undone and shown at once. */

const en = {
  'picture.original': 'original',
  'picture.rebuilt': 'reconstruction',
  'picture.place': 'this place of the map',
  'picture.made': 'generated',
  'picture.nearest': 'nearest, at {distance}',

  'support.among': 'among the data',
  'support.edge': 'at the edge of the data',
  'support.far': 'unlike the data, {n} times the limit',
  'support.far.short': '{n} times the limit',
  'support.untested': 'not tested: too few items',

  'look.live': 'live',
  'look.how': 'Click: keep it. P: pin it.',
  'look.kept': 'Below: {name}, kept',
  'look.place': 'Look at this place of the map',
  'look.nearest': 'Look at {name}, the nearest item: {distance} away',

  'undo.undo': 'Undo (Ctrl+Z)',
  'undo.redo': 'Redo (Ctrl+Shift+Z)',
  'undo.group': 'Undo and redo',

  'keys.look': 'Put what is in the middle under the lens, and keep it there',
  'keys.undo': 'Undo: pins, selections, sliders. Everywhere',
  'keys.redo': 'Redo. Everywhere',

  'arrows.show': 'Arrows on the map',
  'arrows.hint': 'Show where one step along this direction leads, from many items at once',
  'arrows.said': 'Arrows: {n} items, one step ({step}) each.',
  'arrows.said.shown': 'Arrows: {n} of the {of} items in sight, one step ({step}) each.',
  'arrows.asking': 'Drawing the arrows…',
  'along.title': 'Along it',
  'along.asking': 'Decoding along the direction…',
  'along.item': 'Along {name} from {item}: {strength}',
} as const

const es: Record<keyof typeof en, string> = {
  'picture.original': 'original',
  'picture.rebuilt': 'reconstrucción',
  'picture.place': 'este lugar del mapa',
  'picture.made': 'generada',
  'picture.nearest': 'más cercano, a {distance}',

  'support.among': 'entre los datos',
  'support.edge': 'en el borde de los datos',
  'support.far': 'distinto de los datos, {n} veces el límite',
  'support.far.short': '{n} veces el límite',
  'support.untested': 'sin comprobar: hay muy pocos elementos',

  'look.live': 'en vivo',
  'look.how': 'Clic: se queda. P: marcador.',
  'look.kept': 'Debajo: {name}, que se conserva',
  'look.place': 'Mirar este lugar del mapa',
  'look.nearest': 'Mirar {name}, el elemento más cercano: {distance} de distancia',

  'undo.undo': 'Deshacer (Ctrl+Z)',
  'undo.redo': 'Rehacer (Ctrl+Mayús+Z)',
  'undo.group': 'Deshacer y rehacer',

  'keys.look': 'Poner bajo la lente lo que hay en el centro, para que se quede',
  'keys.undo': 'Deshacer: marcadores, selecciones y deslizadores. En toda la vista',
  'keys.redo': 'Rehacer. En toda la vista',

  'arrows.show': 'Flechas en el mapa',
  'arrows.hint': 'Mostrar adónde lleva un paso en esta dirección, desde muchos elementos a la vez',
  'arrows.said': 'Flechas: {n} elementos, un paso ({step}) cada uno.',
  'arrows.said.shown': 'Flechas: {n} de los {of} elementos a la vista, un paso ({step}) cada uno.',
  'arrows.asking': 'Dibujando las flechas…',
  'along.title': 'A lo largo de ella',
  'along.asking': 'Decodificando a lo largo de la dirección…',
  'along.item': 'En la dirección {name}, desde {item}: {strength}',
}

export const look = { en, es }
