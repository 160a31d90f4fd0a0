/** The drawer of items that are played: sound on and off, players under the pictures, a microphone, paths that glide. */

import type { Parts } from '../drawers/drawer'
import Bar from './Bar.svelte'
import Figure from './Figure.svelte'
import Glide from './Glide.svelte'
import Hover from './Hover.svelte'
import Kept from './Kept.svelte'
import Record from './Record.svelte'
import Said from './Said.svelte'
import Samples from './Samples.svelte'

const parts: Parts = { Bar, Figure, Said, Hover, Own: Record, Kept, Samples, Path: Glide }
export default parts
