const en = {
  'crop.open': 'Choose the part…',
  'crop.title': 'The part that is placed',
  'crop.takes': 'The model takes squares. Choose which part of {name} is placed.',
  'crop.help': 'Drag the frame; the wheel, or + and −, make it larger or smaller; arrow keys move it.',
  'crop.frame': 'Frame: {width} × {height} pixels from {x}, {y}',
  'crop.size': 'Size',
  'crop.whole': 'As large as it can be',
  'crop.place': 'Place this part',
  'crop.told': 'Part chosen by hand: {width} × {height} pixels from {x}, {y} of {name}.',
  'crop.save': 'Save this part: the command reads it',
  'crop.failed': 'This browser cannot open the picture here.',
} as const

const es: Record<keyof typeof en, string> = {
  'crop.open': 'Elegir la parte…',
  'crop.title': 'La parte que se coloca',
  'crop.takes': 'El modelo toma cuadrados. Elige qué parte de {name} se coloca.',
  'crop.help':
    'Arrastra el marco; con la rueda, o con + y −, lo haces más grande o más pequeño; las flechas lo mueven.',
  'crop.frame': 'Marco: {width} × {height} píxeles desde {x}, {y}',
  'crop.size': 'Tamaño',
  'crop.whole': 'Lo más grande posible',
  'crop.place': 'Colocar esta parte',
  'crop.told': 'Parte elegida a mano: {width} × {height} píxeles desde {x}, {y} de {name}.',
  'crop.save': 'Guardar esta parte: el comando la lee',
  'crop.failed': 'Este navegador no puede abrir aquí la imagen.',
}

export const crop = { en, es }
