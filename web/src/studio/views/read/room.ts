import { room } from '../view'
import Read from './Read.svelte'
import { Reading } from './reading.svelte'

export default room(() => new Reading(), Read)
