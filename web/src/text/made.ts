const en = {
  'made.title': 'Made by the model',
  'made.surprise': 'Surprise me',
  'made.surprise.title': 'Draw something new from the model (X on the map)',
  'made.settings': 'What is drawn',
  'made.psi': 'Truncation',
  'made.psi.title': '1 leaves draws as they are; less pulls them to the mean: safer, and more alike',
  'made.given.guidance': 'Guidance',
  'made.given.steps': 'Steps',
  'made.any': 'any',
  'made.mix': 'Style mix',
  'made.mix.pins': 'Pin two places: each group of layers can then come from A or from B.',
  'made.mix.from': '{group}: from {pin}',
  'made.group.coarse': 'Coarse',
  'made.group.middle': 'Middle',
  'made.group.fine': 'Fine',
  'keys.surprise': 'Surprise me: a new draw of the model',
} as const

const es: Record<keyof typeof en, string> = {
  'made.title': 'Hecho por el modelo',
  'made.surprise': 'Sorpréndeme',
  'made.surprise.title': 'Saca algo nuevo del modelo (X en el mapa)',
  'made.settings': 'Qué se saca',
  'made.psi': 'Truncamiento',
  'made.psi.title':
    'Con 1 las muestras quedan como salen; con menos se acercan a la media: más seguras y más parecidas',
  'made.given.guidance': 'Guía',
  'made.given.steps': 'Pasos',
  'made.any': 'cualquiera',
  'made.mix': 'Mezcla de estilos',
  'made.mix.pins': 'Pon dos marcadores: cada grupo de capas podrá venir de A o de B.',
  'made.mix.from': '{group}: de {pin}',
  'made.group.coarse': 'Grueso',
  'made.group.middle': 'Medio',
  'made.group.fine': 'Fino',
  'keys.surprise': 'Sorpréndeme: una muestra nueva del modelo',
}

export const made = { en, es }
