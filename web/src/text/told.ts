/**
 * What the server says by the way, in Spanish: what of some work is being done, how it is going, why something cannot be
 * reproduced. By the English text, `{}` for what is filled in there; a test of the server sees to it that all are here.
 */

export const told: Readonly<Record<string, string>> = {
  'Finding own draws in {}': 'Buscando las muestras propias en {}',
  'Carrying it by maps of shuffled pairs': 'Llevándola con mapas de parejas barajadas',
  'Bending the path': 'Curvando el camino',
  Decoding: 'Decodificando',
  Drawing: 'Dibujando',
  'Comparing spaces': 'Comparando espacios',
  'Drawing {}': 'Creando {}',
  Encoding: 'Codificando',
  'Encoding the training items': 'Codificando los elementos de entrenamiento',
  'Drawing from {}': 'Muestreando {}',
  'Encoding {}': 'Codificando {}',
  'Finding directions': 'Buscando direcciones',
  'Finding the path': 'Buscando el camino',
  'Fitting a map': 'Ajustando una transformación',
  'Fitting a network': 'Ajustando una red',
  'From {} to {}': 'De {} a {}',
  'Fitting linear probes': 'Ajustando sondas lineales',
  'Trying what was learned on items held out': 'Probando lo aprendido en elementos reservados',
  'Trying it on whole groups': 'Probándolo en grupos enteros',
  "Following the decoder's Jacobian": 'Siguiendo el jacobiano del decodificador',
  Inverting: 'Invirtiendo',
  'Laying out {} items by Best separation of the labels': 'Proyectando {} elementos: mejor separación de las etiquetas',
  'Laying out {} items by Principal components': 'Proyectando {} elementos: componentes principales',
  'Laying out {} items by UMAP': 'Proyectando {} elementos: UMAP',
  'Learning to read the labels of {}': 'Aprendiendo a leer las etiquetas de {}',
  'Looking at real items': 'Mirando elementos reales',
  'Looking for neighbours of new items': 'Buscando los vecinos de elementos nuevos',
  'Looking how fast items change along the map': 'Mirando a qué ritmo cambian los elementos a lo largo del mapa',
  'Making the map without new items': 'Creando el mapa sin los elementos nuevos',
  'Making the gallery': 'Creando la galería',
  'Measuring steps': 'Midiendo lo que tarda un paso',
  Measuring: 'Midiendo',
  'Measuring in features of {}': 'Midiendo con las características de {}',
  'Measuring what each dimension changes': 'Midiendo qué cambia cada dimensión',
  'Measuring what they change': 'Midiendo qué cambian',
  'Working out intervals': 'Calculando intervalos',
  'Training {}': 'Entrenando {}',

  "energy {} of the straight line's": 'energía: {} veces la de la recta',
  kept: 'ya estaba guardado',
  'loss {}': 'pérdida {}',
  'loss {}, {} steps/s, {} left': 'pérdida {}, {} pasos/s, quedan {}',
  'in seconds; step {}, loss {}, {} steps/s, {} left': 'en segundos; paso {}, pérdida {}, {} pasos/s, quedan {}',

  'step {}, loss {}, {} steps/s, {} left': 'paso {}, pérdida {}, {} pasos/s, quedan {}',
  'hidden: its name begins with a dot': 'oculto: su nombre empieza por un punto',
  'put there by the system': 'lo puso ahí el sistema',
  'an empty file': 'un archivo vacío',
  'another file has the same name': 'otro archivo se llama igual',
  'no name that a disk can have': 'un nombre que un disco no puede tener',
  'nothing that is read': 'nada que se pueda leer',
  'no picture': 'no es una imagen',
  'no sound': 'no es un sonido',
  '{} pictures are not read': 'las imágenes {} no se leen',
  '{} sounds are not read': 'los sonidos {} no se leen',
  'a zip among other files: unpack it, or hand it over alone':
    'un zip entre otros archivos: descomprímelo, o entrégalo solo',

  'A latent without a name: save it as a point to name it': 'Un latente sin nombre: guárdalo como punto para darle uno',
  'A place of a map with settings of its own has no name: map:X,Y means the map as it is by default':
    'Un lugar de un mapa con ajustes propios no tiene nombre: map:X,Y es el mapa tal como es por defecto',
  'Rows that were marked on the map and have no names as POINTs':
    'Filas que se marcaron en el mapa y que no se pueden nombrar como POINT',
  'This map is laid out by a column: the command line colours it by no measure':
    'Este mapa está dispuesto según una columna: la línea de comandos no lo colorea por ninguna medida',
  'This map is laid out by the column that separates best: the command line colours it by no other':
    'Este mapa está dispuesto según la columna que mejor separa: la línea de comandos no lo colorea por otra',
  'No command mixes layers; Python does': 'Ningún comando mezcla capas; Python sí',
  'One of the two has no name, so that nothing can say of what this is mixed: save it as a point to name it':
    'Uno de los dos no tiene nombre, así que nada puede decir de qué es esta mezcla: guárdalo como punto para darle uno',
  'The picture came with the model, or there is none to draw':
    'La imagen venía con el modelo, o no hay nada que dibujar',
}
