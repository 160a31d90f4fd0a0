const en = {
  'glide.making': 'Laying out: {method}',
  'glide.ready': 'Ready: {method}',
  'glide.show': 'Show it',
  'glide.later': 'Leave the map as it is',
} as const

const es: Record<keyof typeof en, string> = {
  'glide.making': 'Disponiendo el mapa: {method}',
  'glide.ready': 'Listo: {method}',
  'glide.show': 'Mostrarlo',
  'glide.later': 'Dejar el mapa como está',
}

export const glide = { en, es }
