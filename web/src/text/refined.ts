const en = {
  'refined.title': 'Two ways to place it',
  'refined.shown': 'shown',
  'refined.hint':
    'Searches for the latent with the smallest error, for some seconds or a minute. What it decodes to may look worse.',
  'refined.lost': 'Loading the page again loses it. Saved as a point, its latent stays.',
  'refined.undo': 'Back to: {what}',
  'refined.told':
    'A smaller error is not always a better look: optimisation may leave what the model knows of. Compare, and keep the one you like.',
  'near.draws': 'Nearest draws',
} as const

const es: Record<keyof typeof en, string> = {
  'refined.title': 'Dos formas de colocarla',
  'refined.shown': 'a la vista',
  'refined.hint':
    'Busca el latente con menos error, durante unos segundos o un minuto. Lo que se decodifica puede verse peor.',
  'refined.lost': 'Al volver a cargar la página se pierde. Guardado como punto, su latente permanece.',
  'refined.undo': 'Volver a: {what}',
  'refined.told':
    'Menos error no siempre se ve mejor: la optimización puede salirse de lo que el modelo conoce. Compáralas y quédate con la que te guste.',
  'near.draws': 'Muestras más cercanas',
}

export const refined = { en, es }
