/**
 * The server's own texts of methods, in Spanish: what a finder or a rule is called, what it does, what it can be set to.
 * English ones come from the server, and so do those of methods that somebody else has written. By kind, method and part;
 * a test of the server sees to it that those which come with Trasluz are all here.
 */

export const methods: Readonly<Record<string, string>> = {
  'finders.examples.title': 'Por ejemplos: estos, no aquellos',
  'finders.examples.about':
    'Por ejemplos: estos, no aquellos, cinco o más de cada. La diferencia g de sus medias, con cada dimensión ponderada por g² / (g² + s²), donde s² es el cuadrado del error estándar de la diferencia (el peso de una señal con ruido, Wiener 1949): con tan pocos elementos, las diferencias debidas al azar son mayores donde los elementos difieren de todos modos.',
  'finders.examples.caution': 'Cuánto se reduce una diferencia que podría deberse al azar; 0 toma las medias tal cual.',
  'finders.ganspace.title': 'Componentes principales de las activaciones de una capa',
  'finders.ganspace.about':
    'Direcciones principales de lo que una capa hace con los latentes: Härkönen et al. 2020, GANSpace: Discovering interpretable GAN controls, sección 2.2. Se extraen muchos latentes, las activaciones a las que dan lugar se descomponen en componentes principales, y cada componente se lleva de vuelta a los latentes por mínimos cuadrados, u = argmin Σ |u x - (z - media)|², donde x son las coordenadas de las activaciones a lo largo de ella. Así, donde los latentes son N(0, I), cuyas propias componentes son azar, las de lo que la red hace con ellos no lo son.',
  'finders.ganspace.draws': 'Muestras de la distribución a priori.',
  'finders.jacobian.title': 'Vectores singulares del jacobiano del decodificador en un punto',
  'finders.jacobian.about':
    'Direcciones locales: los primeros vectores singulares derechos del jacobiano del decodificador en un punto (Ramesh, Choi y LeCun 2018, A spectral regularizer for unsupervised disentanglement, sección 3): de todos los pasos de una misma longitud desde allí, los que más cambian el elemento. J nunca se calcula entero: iteración de subespacios sobre JᵀJ, con un jvp y un vjp por vector en cada iteración.',
  'finders.jacobian.rounds': 'Número de iteraciones de subespacios.',
  'finders.means.title': 'Diferencia de medias',
  'finders.means.about':
    'Diferencia de medias: Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric, sección 4.2: el latente medio de los elementos que tienen un valor, menos el de los que no lo tienen.',
  'finders.pca.title': 'Componentes principales de los latentes',
  'finders.pca.about':
    'Direcciones principales: Härkönen et al. 2020, GANSpace: Discovering interpretable GAN controls, sección 2.1: las componentes principales de muchos latentes, primero las de mayor varianza. En w son las de w = f(z) sobre muestras.',
  'finders.probe.title': 'Normal de una sonda lineal',
  'finders.probe.about':
    'La normal de una sonda lineal: Shen et al. 2020, Interpreting the latent space of GANs for semantic face editing (InterFaceGAN), sección 3.2; si se indican otras columnas que deben quedar como están, la proyección condicional de la sección 3.3: lo que la normal tiene en común con las de sus sondas se quita, con una sola proyección fuera del espacio que generan todas.',
  'finders.probe.c': 'Inverso de la intensidad de la penalización L2.',
  'finders.probe.project': 'Si se proyecta fuera de las normales de lo que debe quedar como está.',
  'finders.regression.title': 'Regresión sobre una cantidad',
  'finders.regression.about':
    'Regresión sobre un factor continuo: cuánto cambian los latentes por cada unidad del factor, manteniendo fijo lo que debe quedar como está.',
  'finders.sefa.title': 'Factorización en forma cerrada de la primera capa',
  'finders.sefa.about':
    'Factorización en forma cerrada: Shen y Zhou 2021, Closed-form factorization of latent semantics in GANs, ecuaciones 3 a 7: los vectores propios de AᵀA, donde A es el peso de la primera capa afín por la que pasa un latente, primero los de mayor valor propio. No se extrae ninguna muestra ni se entrena nada.',
  'finders.shown.title': 'Hacia un valor, por los elementos que lo muestran',
  'finders.shown.about':
    'Hacia un valor, por los elementos que lo siguen mostrando una vez reconstruidos: como towards, pero solo con aquellos cuya imagen decodificada un lector lee tal como están etiquetados.',
  'finders.shown.shrinkage':
    'Parte de la covarianza dentro de las clases que se sustituye por una esfera: 0 nada, 1 toda.',
  'finders.towards.title': 'Hacia un valor, desde donde esté el elemento',
  'finders.towards.about':
    'Hacia un valor, desde dondequiera que esté el elemento: las medias de las clases de una columna, con todo lo demás fijo, generan unas pocas dimensiones; se lee la posición de un elemento en ellas y se lleva a la posición del valor deseado.',
  'finders.towards.shrinkage':
    'Parte de la covarianza dentro de las clases que se sustituye por una esfera: 0 ninguna, 1 toda.',
  'paths.cdf.about':
    'Por funciones de distribución: Leśniak, Sieradzki y Podolak 2018, On latent distributions without finite mean in generative models (la biyección por componentes de su interpolación lineal de Cauchy), con la distribución uniforme al otro lado: cada coordenada pasa por la función de distribución de una normal, u = Phi((z - m) / s), va allí en línea recta, (1 - t) u_a + t u_b, y vuelve.',
  'paths.density.about':
    'Rodeando los huecos: el camino más barato entre los datos, donde un enlace entre vecinos cuesta su longitud elevada a una potencia.',
  'paths.density.neighbours': 'Elementos más cercanos con los que se enlaza cada uno.',
  'paths.density.power':
    'Un enlace cuesta su longitud elevada a esta potencia; con 1 da igual la densidad; valores mayores dan más saltos y más cortos.',
  'paths.geodesic.about': 'Geodésicas del decodificador: el camino por el que menos cambia el elemento.',
  'paths.geodesic.steps': 'Pasos de Adam.',
  'paths.geodesic.lr': 'Tasa de aprendizaje máxima, como parte de la distancia entre los puntos sobre sqrt(d).',
  'paths.geodesic.knots': 'Tramos en que se divide la curva entre dos puntos.',
  'paths.geodesic.stay':
    'Cuánto se alargan los caminos que se alejan de los datos; 0 es solo la métrica del decodificador y no necesita datos.',
  'paths.geodesic.latent': 'Peso de la longitud de los propios latentes en la energía; 1 es la de la línea recta.',
  'paths.linear.about': 'El camino recto: z(t) = (1 - t) a + t b, de cada punto al siguiente.',
  'paths.spherical.about':
    'El círculo máximo: Shoemake 1985, Animating rotation with quaternion curves; para latentes, White 2016, Sampling generative networks, sección 2.1. La dirección gira a ritmo constante y la norma cambia linealmente.',
  'paths.spline.about':
    'Por muchos puntos sin esquinas: la curva centrípeta de Catmull–Rom. Catmull y Rom 1974, A class of local interpolating splines; Barry y Goldman 1988, A recursive evaluation algorithm for a class of Catmull–Rom splines; nudos t_{i+1} = t_i + |z_{i+1} - z_i|^(1/2) según Yuksel, Schaefer y Keyser 2011, Parameterization and applications of Catmull–Rom curves.',
}
