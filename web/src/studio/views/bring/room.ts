import { room } from '../view'
import Bring from './Bring.svelte'
import { Bringing } from './bringing.svelte'

export default room(() => new Bringing(), Bring)
