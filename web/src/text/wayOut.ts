const en = {
  'wayOut.title': 'Where to go on',
  'wayOut.nearest': 'Nearest names',
  'wayOut.home': 'All models',
} as const

const es: Record<keyof typeof en, string> = {
  'wayOut.title': 'Por dónde seguir',
  'wayOut.nearest': 'Nombres más cercanos',
  'wayOut.home': 'Todos los modelos',
}

export const wayOut = { en, es }
