import { type Opened, room } from '../view'
import Gallery from './Gallery.svelte'

/** Nothing is open here but the list of models, which is the page's own. */
export default room((): Opened => ({ reproduce: [] }), Gallery)
