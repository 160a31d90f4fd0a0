/** Works out beside the page what is shown of very many points. */

import { type LayoutAsked, layOut } from './layout'

self.onmessage = (event: MessageEvent<LayoutAsked>) => self.postMessage(layOut(event.data))
