/** Two maps beside each other on one page, as a view with two would show them: for tests/studio/test_beside.py. */

import '../src/styles/base.css'
import { mount } from 'svelte'
import { app } from '../src/studio/app.svelte'
import { Exploring } from '../src/studio/exploring/exploring.svelte'
import { VIEWS } from '../src/studio/views/registry'
import Beside from './Beside.svelte'

app.start(VIEWS)
app.hintsSeen()
/** `?one=model,data&two=model,data` */
const asked = [...new URLSearchParams(location.search).values()].map((text) => text.split(','))
const all = asked.map(([model = '', data = '']) => {
  const exploring = new Exploring()
  void exploring.follow(model, { data, map: 'pca' })
  return exploring
})
mount(Beside, { target: document.body, props: { all } })
