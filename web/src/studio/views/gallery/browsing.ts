import { app } from '../../app.svelte'
import type { Opened } from '../view'

/** What is open in the gallery: nothing but the list of models, which is the page's own. */
export class Browsing implements Opened {
  readonly reproduce = []
  #came = false

  /** The gallery is shown. Who comes back to it may have trained another model meanwhile. */
  come(): void {
    if (this.#came && app.models !== null) void app.load()
    this.#came = true
  }
}
