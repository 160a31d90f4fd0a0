const en = {
  'kept.title': 'Saved points',
  'kept.look': 'Look at {name}',
  'kept.remove': 'Remove {name}',
  'kept.sure': 'Remove {name} for good?',
} as const

const es: Record<keyof typeof en, string> = {
  'kept.title': 'Puntos guardados',
  'kept.look': 'Mirar {name}',
  'kept.remove': 'Eliminar {name}',
  'kept.sure': '¿Eliminar {name} del todo?',
}

export const kept = { en, es }
