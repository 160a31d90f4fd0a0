const en = {
  'nav.read': 'Read',
  'read.title': 'What is a latent space?',
  'read.what':
    'A picture here is {pixels} values. The model has learned to say each in {numbers} numbers, and to draw it again from these. All that those numbers can be is the latent space: every place in it is a picture, also places where nobody ever put one.',
  'read.whatAny':
    'The model has learned to say each item in a few numbers, and to make it again from these. All that those numbers can be is the latent space: every place in it is an item, also places where nobody ever put one.',
  'read.none': 'There is no model with a map at hand to show it on. Open one in Explore first.',
  'read.line': 'Between two there are others',
  'read.line.text': 'Both ends are items. Drag: what lies between them was never in the data, and is drawn as you go.',
  'read.line.from': 'The item that the line begins at',
  'read.line.to': 'The item that the line ends at',
  'read.line.at': 'What lies at {share} of the line',
  'read.line.share': 'Place on the line',
  'read.others': 'Others',
  'read.alike': 'Near is alike',
  'read.alike.text': 'The large one, and the six items nearest to it in the space. Press one to go there.',
  'read.alike.middle': 'The item in the middle',
  'read.alike.go': 'Go to item {n}',
  'read.direction': 'A direction is a change',
  'read.direction.text':
    'The same step, added to three different items: what it is for changes in all of them, and other things along with it.',
  'read.direction.item': 'Item {n}, moved',
  'read.direction.strength': 'How far: {column} towards {to}',
  'read.not': 'What nobody promises:',
  'read.notMore':
    'one single number of these rarely means one thing, and a direction changes other things too. Trasluz measures how much, and says so.',
  'read.play': 'See it on a map',
} as const

const es: Record<keyof typeof en, string> = {
  'nav.read': 'Leer',
  'read.title': '¿Qué es un espacio latente?',
  'read.what':
    'Aquí una imagen son {pixels} valores. El modelo ha aprendido a decir cada una con {numbers} números y a volver a dibujarla a partir de ellos. Todo lo que esos números pueden ser es el espacio latente: cada lugar es una imagen, también los lugares donde nadie puso ninguna.',
  'read.whatAny':
    'El modelo ha aprendido a decir cada elemento con unos pocos números y a volver a crearlo a partir de ellos. Todo lo que esos números pueden ser es el espacio latente: cada lugar es un elemento, también los lugares donde nadie puso ninguno.',
  'read.none': 'No hay ningún modelo con un mapa ya hecho para mostrarlo. Abre antes uno en Explorar.',
  'read.line': 'Entre dos hay otros',
  'read.line.text':
    'Los dos extremos son elementos. Arrastra: lo que hay entre ellos nunca estuvo en los datos, y se dibuja a tu paso.',
  'read.line.from': 'El elemento en el que empieza la línea',
  'read.line.to': 'El elemento en el que acaba la línea',
  'read.line.at': 'Lo que hay al {share} de la línea',
  'read.line.share': 'Lugar de la línea',
  'read.others': 'Otros',
  'read.alike': 'Lo cercano se parece',
  'read.alike.text': 'El grande, y los seis elementos más cercanos a él en el espacio. Pulsa uno para ir hasta él.',
  'read.alike.middle': 'El elemento del centro',
  'read.alike.go': 'Ir al elemento {n}',
  'read.direction': 'Una dirección es un cambio',
  'read.direction.text':
    'El mismo paso, sumado a tres elementos distintos: lo que se busca cambia en todos, y con ello también otras cosas.',
  'read.direction.item': 'Elemento {n}, desplazado',
  'read.direction.strength': 'Cuánto: {column} hacia {to}',
  'read.not': 'Lo que nadie promete:',
  'read.notMore':
    'uno solo de esos números rara vez significa una sola cosa, y una dirección cambia también otras. Trasluz mide cuánto, y lo dice.',
  'read.play': 'Míralo en un mapa',
}

export const words = { en, es }
