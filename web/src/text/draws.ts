const en = {
  'draws.said.one': '{n} draw of the model, no items',
  'draws.said.other': '{n} draws of the model, no items',
  'draws.title':
    'Data cannot be placed in this space, or not soon. So it is shown by what the model draws from it by itself; their pictures are made when you look at them.',
  'draws.more': 'Show {n}',
} as const

const es: Record<keyof typeof en, string> = {
  'draws.said.one': '{n} muestra del modelo, sin elementos',
  'draws.said.other': '{n} muestras del modelo, sin elementos',
  'draws.title':
    'En este espacio no se pueden situar datos, o tardaría mucho. Por eso se muestra con lo que el propio modelo saca de él; las imágenes se hacen cuando las miras.',
  'draws.more': 'Mostrar {n}',
}

export const draws = { en, es }
