import { room } from '../view'
import { Browsing } from './browsing'
import Gallery from './Gallery.svelte'

export default room(() => new Browsing(), Gallery)
