/** What is open where a component stands: made by a view, and handed down to all that is inside. */

import { createContext } from 'svelte'
import type { Exploring } from './exploring.svelte'

export const [here, handDown] = createContext<Exploring>()
