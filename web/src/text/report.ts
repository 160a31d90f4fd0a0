/**
 * What a join report says of somebody's own data, in Spanish: by the English text, `{}` for what is filled in there. A
 * sentence of several clauses is put together of them, so that each stands here once and without its full stop.
 */

/** A text of one thing and of several, where they are the same but for a verb. */
function both(one: string, many: string, told: readonly [string, string]): Record<string, string> {
  return { [one]: told[0], [many]: told[1] }
}

/** What is said of items of each kind. */
function ofEach(write: (english: string, told: string) => Record<string, string>): Record<string, string> {
  return { ...write('pictures', 'imágenes'), ...write('sounds', 'sonidos'), ...write('items', 'elementos') }
}

const pictures = {
  '{} of {} pictures, of {} to {} pixels, are resized to {}':
    'De {} de {} imágenes, de {} a {} píxeles, se ha cambiado el tamaño a {}',
  '{} of {} pictures, of {} pixels, are resized to {}':
    'De {} de {} imágenes, de {} píxeles, se ha cambiado el tamaño a {}',
  '{} pictures of {} pixels are resized to {}': 'De {} imágenes de {} píxeles se ha cambiado el tamaño a {}',
  ...both(
    '{} is not square: only their central squares are kept, on average {} of each',
    '{} are not square: only their central squares are kept, on average {} of each',
    [
      '{} no es cuadrada: solo se conserva su cuadrado central, el {}',
      '{} no son cuadradas: solo se conserva su cuadrado central, de media el {} de cada una',
    ],
  ),
  ...both(
    '{} is not square: all of them is kept, with a margin of the colour of their border',
    '{} are not square: all of them is kept, with a margin of the colour of their border',
    [
      '{} no es cuadrada: se conserva entera, con un margen del color de su borde',
      '{} no son cuadradas: se conservan enteras, con un margen del color de su borde',
    ],
  ),
  ...both(
    '{} is not square: all of them is kept, stretched to a square',
    '{} are not square: all of them is kept, stretched to a square',
    [
      '{} no es cuadrada: se conserva entera, estirada hasta un cuadrado',
      '{} no son cuadradas: se conservan enteras, estiradas hasta un cuadrado',
    ],
  ),
  'They are not square: only the central square is kept, {} of each':
    'No son cuadradas: solo se conserva el cuadrado central, el {} de cada una',
  'They are not square: they get a margin': 'No son cuadradas: se les pone un margen',
  'They are not square: they are stretched': 'No son cuadradas: se estiran',
  '--fit pad keeps all of them with a margin, --fit stretch distorts':
    'con un margen se conservan enteras, estiradas se deforman',
  '--size {} keeps more of them, and takes about {} times the work':
    'Con un tamaño de {} se conserva más de ellas, y cuesta unas {} veces el trabajo',
  '--size {} is their own': 'su propio tamaño es {}',
  ...both('{} is smaller than that, and enlarged', '{} are smaller than that, and enlarged', [
    '{} es más pequeña, y se ha ampliado',
    '{} son más pequeñas, y se han ampliado',
  ]),
  ...both('{} picture in colour is made grey', '{} pictures in colour are made grey', [
    '{} imagen en color pasa a gris',
    '{} imágenes en color pasan a gris',
  ]),
  ...both(
    '{} grey picture is taken as RGB, as the others are',
    '{} grey pictures are taken as RGB, as the others are',
    [
      '{} imagen gris se toma como RGB, igual que las demás',
      '{} imágenes grises se toman como RGB, igual que las demás',
    ],
  ),
  ...both(
    '{} picture that may be transparent: laid over white',
    '{} pictures that may be transparent: laid over white',
    [
      '{} imagen que puede ser transparente: se pone sobre blanco',
      '{} imágenes que pueden ser transparentes: se ponen sobre blanco',
    ],
  ),
  ...both(
    '{} file holds several pictures (an animation, or pages): the first of each is taken',
    '{} files hold several pictures (an animation, or pages): the first of each is taken',
    [
      '{} archivo contiene varias imágenes (una animación o páginas): se toma la primera',
      '{} archivos contienen varias imágenes (una animación o páginas): se toma la primera de cada uno',
    ],
  ),
  ...both('{} picture reaches to {} of {}, which is dark', '{} pictures reach to {} of {}, which is dark', [
    '{} imagen llega a {} de {}, que es oscuro',
    '{} imágenes llegan a {} de {}, que es oscuro',
  ]),
  ...both(
    '{} picture of 16 bits reaches to {} of {}, which is dark',
    '{} pictures of 16 bits reach to {} of {}, which is dark',
    ['{} imagen de 16 bits llega a {} de {}, que es oscuro', '{} imágenes de 16 bits llegan a {} de {}, que es oscuro'],
  ),
  'The pictures reach to {} of {}, which is dark': 'Las imágenes llegan a {} de {}, que es oscuro',
  '--range={} makes that white': '--range={} lo vuelve blanco',
  'An array {} is taken for one picture': 'Una matriz {} se toma por una sola imagen',
  'Their fourth channel is taken for opacity, over white': 'Su cuarto canal se toma como opacidad, sobre blanco',
  '{} values of the pictures are not numbers, and become black':
    '{} valores de las imágenes no son números, y pasan a negro',
}

const of = '{} of {} sounds'
const one = '{} of {} sound'
const HEARD: readonly (readonly [string, string, string, string])[] = [
  ['is brought to {}', 'are brought to {}', 'pasa a {}', 'pasan a {}'],
  [
    'has several channels, mixed to one',
    'have several channels, mixed to one',
    'tiene varios canales, mezclados en uno',
    'tienen varios canales, mezclados en uno',
  ],
  [
    'has channels that cancel each other: its first one is taken',
    'have channels that cancel each other: their first ones are taken',
    'tiene canales que se anulan entre sí: se toma el primero',
    'tienen canales que se anulan entre sí: se toma el primero de cada uno',
  ],
  ['is made louder, to {}', 'are made louder, to {}', 'suena más fuerte, a {}', 'suenan más fuerte, a {}'],
  ['is made quieter, to {}', 'are made quieter, to {}', 'suena más bajo, a {}', 'suenan más bajo, a {}'],
  [
    'is quieter than {}, since its peaks reach full scale',
    'are quieter than {}, since their peaks reach full scale',
    'queda por debajo de {}, porque sus picos llegan al máximo',
    'quedan por debajo de {}, porque sus picos llegan al máximo',
  ],
  [
    'has silence cut off its ends',
    'have silence cut off their ends',
    'pierde el silencio de sus extremos',
    'pierden el silencio de sus extremos',
  ],
  [
    'is shorter than an item, and put in the middle of silence',
    'are shorter than an item, and put in the middle of silence',
    'es más corto que un elemento, y queda en medio de silencio',
    'son más cortos que un elemento, y quedan en medio de silencio',
  ],
  [
    'is a little longer than an item, and cut at both ends',
    'are a little longer than an item, and cut at both ends',
    'es algo más largo que un elemento, y se recorta por los dos extremos',
    'son algo más largos que un elemento, y se recortan por los dos extremos',
  ],
  [
    'is clipped: it was recorded too loud',
    'are clipped: they were recorded too loud',
    'está saturado: se grabó demasiado fuerte',
    'están saturados: se grabaron demasiado fuerte',
  ],
]
const sounds = {
  ...Object.fromEntries(
    HEARD.flatMap(([verb, verbs, uno, varios]) => [
      [`${one} ${verb}`, `{} de {} sonido ${uno}`],
      [`${of} ${verb}`, `{} de {} sonidos ${uno}`],
      [`${of} ${verbs}`, `{} de {} sonidos ${varios}`],
    ]),
  ),
  ...both(
    '{} sound is longer than {} s, and cut into {} windows',
    '{} sounds are longer than {} s, and cut into {} windows',
    [
      '{} sonido dura más de {} s, y se corta en {} ventanas',
      '{} sonidos duran más de {} s, y se cortan en {} ventanas',
    ],
  ),
  ...both('{} silent window is left out', '{} silent windows are left out', [
    '{} ventana en silencio queda fuera',
    '{} ventanas en silencio quedan fuera',
  ]),
  '--seconds says how long an item is': '--seconds dice cuánto dura un elemento',
}

const parts = {
  ...ofEach((english, told) =>
    both(
      `{} of the {} ${english} counted above could not be read, and is left out ({})`,
      `{} of the {} ${english} counted above could not be read, and are left out ({})`,
      [
        `{} de los {} archivos de ${told} contados no se ha podido leer, y queda fuera ({})`,
        `{} de los {} archivos de ${told} contados no se han podido leer, y quedan fuera ({})`,
      ],
    ),
  ),
  ...both(
    'The data have no part for testing: their {} item for validation serves as it',
    'The data have no part for testing: their {} items for validation serve as it',
    [
      'Los datos no traen parte de prueba: sirve como tal su {} elemento de validación',
      'Los datos no traen parte de prueba: sirven como tal sus {} elementos de validación',
    ],
  ),
  ...both(
    'The data have no part for testing: of their {} items {} is held out',
    'The data have no part for testing: of their {} items {} are held out',
    [
      'Los datos no traen parte de prueba: de sus {} elementos se reserva {}',
      'Los datos no traen parte de prueba: de sus {} elementos se reservan {}',
    ],
  ),
  ...both(
    '{} item belongs to no part, and is taken for training',
    '{} items belong to no part, and are taken for training',
    [
      '{} elemento no pertenece a ninguna parte, y se toma para entrenar',
      '{} elementos no pertenecen a ninguna parte, y se toman para entrenar',
    ],
  ),
  ...both(
    "{} item held out is a copy of one to train on: the data's own parts share them",
    "{} items held out are copies of ones to train on: the data's own parts share them",
    [
      '{} elemento reservado es copia de uno de entrenamiento: las partes de los propios datos los comparten',
      '{} elementos reservados son copias de otros de entrenamiento: las partes de los propios datos los comparten',
    ],
  ),
  ...both(
    "{} item held out is of the group of one to train on: the data's own parts share them",
    "{} items held out are of the groups of ones to train on: the data's own parts share them",
    [
      '{} elemento reservado es del grupo de uno de entrenamiento: las partes de los propios datos los comparten',
      '{} elementos reservados son de los grupos de otros de entrenamiento: las partes de los propios datos los comparten',
    ],
  ),
  ...both('{} group is held out of {}', '{} groups are held out of {}', [
    'Se reserva {} grupo de {}',
    'Se reservan {} grupos de {}',
  ]),
  'By the column {}, all items are of one group: it says nothing, and is not heeded':
    'Según la columna {}, todos los elementos son de un mismo grupo: no dice nada, y no se tiene en cuenta',
  'By the column {} and by copies, all items are of one group: it is not heeded':
    'Según la columna {} y las copias, todos los elementos son de un mismo grupo: no se tiene en cuenta',
  ...Object.fromEntries(
    ['', ', and {} stands alone', ', and {} stand alone'].flatMap((alone, k) =>
      [
        ['{} item is of {} group', '{} elemento es de {} grupo'],
        ['{} items are of {} group', '{} elementos son de {} grupo'],
        ['{} items are of {} groups', '{} elementos son de {} grupos'],
      ].map(([said, dicho]) => [
        `By the column {}, ${said}${alone}: what is of one group is on one side, and counts once where it matters how many there are`,
        `Según la columna {}, ${dicho}${['', ', y {} va aparte', ', y {} van aparte'][k]}: lo de un mismo grupo queda en un solo lado, y cuenta una vez donde importa cuántos hay`,
      ]),
    ),
  ),
  'The top folders are parts of the data ({})': 'Las carpetas de arriba son partes de los datos ({})',
  'The arrays are parts: {}': 'Las matrices son partes: {}',
  'The folder {} is taken for a label, since others stand beside it':
    'La carpeta {} se toma por una etiqueta, porque hay otras a su lado',
  'Everything lies in {}: labels and parts are the names of the folders in it':
    'Todo está dentro de {}: las etiquetas y las partes son los nombres de las carpetas que contiene',
}

const tables = {
  ...ofEach((many, muchos) => ({
    [`{} of {} ${many} have a row, by its column {}`]: `{} de {} ${muchos} tienen una fila, por su columna {}`,
    [`{} of {} ${many} have a row, by its column {} ({})`]: `{} de {} ${muchos} tienen una fila, por su columna {} ({})`,
    [`{} of {} ${many} has a file {} beside it, which is read`]: `{} de {} ${muchos} tiene al lado un archivo {}, que se lee`,
    [`{} of {} ${many} have a file {} beside them, which is read`]: `{} de {} ${muchos} tienen al lado un archivo {}, que se lee`,
  })),
  '{} by name': '{} por el nombre',
  '{} by the end of their paths': '{} por el final de sus rutas',
  '{} without their endings': '{} sin sus extensiones',
  '{} in small letters': '{} en minúsculas',
  '{} by their numbers': '{} por sus números',
  ...both('{} has none: {}', '{} have none: {}', ['{} no tiene: {}', '{} no tienen: {}']),
  ...both('{} row names none of them: {}', '{} rows name none of them: {}', [
    '{} fila no nombra ninguno: {}',
    '{} filas no nombran ninguno: {}',
  ]),
  ...both('{} row says the same again', '{} rows say the same again', ['{} fila lo repite', '{} filas lo repiten']),
  ...both(
    "its label takes the place of the folder's for {} item",
    "its label takes the place of the folder's for {} items",
    [
      'su etiqueta sustituye a la de la carpeta en {} elemento',
      'su etiqueta sustituye a la de la carpeta en {} elementos',
    ],
  ),
  ...both(
    '{} of {} file .json is no single value, and left out',
    '{} of {} files .json are no single value, and left out',
    [
      '{}, de {} archivo .json, no es un solo valor, y queda fuera',
      '{}, de {} archivos .json, no es un solo valor, y queda fuera',
    ],
  ),
  'It is not in UTF-8, and was read as Windows-1252': 'No está en UTF-8, y se ha leído como Windows-1252',
  ...both('{} line of comment above it is left out', '{} lines of comment above it are left out', [
    'su {} línea inicial de comentario queda fuera',
    'sus {} líneas iniciales de comentario quedan fuera',
  ]),
  'Its first line names an item and no columns': 'Su primera línea nombra un elemento y no columnas',
  'they are called {}': 'se llaman {}',
  'Columns without a name are called {}': 'Las columnas sin nombre se llaman {}',
  'Its parts 0, 1 and 2 are train, val and test': 'Sus partes 0, 1 y 2 son train, val y test',
  'The commas of the column {} are read as decimal ones': 'Las comas de la columna {} se leen como decimales',
  'The column {} holds texts of up to {} characters, and is left out':
    'La columna {} contiene textos de hasta {} caracteres, y queda fuera',
  ...both(
    'The column {} is text, since {} of {} cells is not a number ({})',
    'The column {} is text, since {} of {} cells are not numbers ({})',
    [
      'La columna {} es texto, porque {} de {} celdas no es un número ({})',
      'La columna {} es texto, porque {} de {} celdas no son números ({})',
    ],
  ),
  ...both(
    'The column {} is text, since {} of {} cells is not a date such as 2024-05-31 ({})',
    'The column {} is text, since {} of {} cells are not dates such as 2024-05-31 ({})',
    [
      'La columna {} es texto, porque {} de {} celdas no es una fecha como 2024-05-31 ({})',
      'La columna {} es texto, porque {} de {} celdas no son fechas como 2024-05-31 ({})',
    ],
  ),
  'The column {} is text, since its dates are not written as 2024-05-31 is ({})':
    'La columna {} es texto, porque sus fechas no están escritas como 2024-05-31 ({})',
  'The column {} is text, since its numbers have other signs with them ({})':
    'La columna {} es texto, porque sus números llevan otros signos ({})',
  'The column {} holds values of several types, and is text':
    'La columna {} contiene valores de varios tipos, y es texto',
  'The table {} lies behind a link, outside the folder': 'La tabla {} está detrás de un enlace, fuera de la carpeta',
}

export const report: Readonly<Record<string, string>> = { ...pictures, ...sounds, ...parts, ...tables }
