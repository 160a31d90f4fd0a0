/** What lies over the map: tools, legend. The map is shown so that they cover none of its points. */

import type { Over as Part } from '../../map/frame'

export class Over {
  /** Where on the map they are. */
  parts = $state.raw<readonly Part[]>([])
  /** How large the map is; 0 before it is there. */
  size = $state.raw<{ width: number; height: number }>({ width: 0, height: 0 })
  readonly #elements = new Set<HTMLElement>()
  #stage: HTMLElement | null = null

  /** A map of a part of the page, which is looked at until it is gone. */
  readonly stage = (element: HTMLElement): (() => void) => {
    this.#stage = element
    const watch = new ResizeObserver(() => this.#look())
    watch.observe(element)
    return () => {
      watch.disconnect()
      this.#stage = null
    }
  }

  /** Something that lies over it. */
  readonly lies = (element: HTMLElement): (() => void) => {
    this.#elements.add(element)
    const watch = new ResizeObserver(() => this.#look())
    watch.observe(element)
    return () => {
      watch.disconnect()
      this.#elements.delete(element)
      this.#look()
    }
  }

  #look(): void {
    if (this.#stage === null) return
    const stage = this.#stage.getBoundingClientRect()
    const parts = [...this.#elements].map((element) => {
      const { left, top, width, height } = element.getBoundingClientRect()
      return { left: left - stage.left, top: top - stage.top, width, height }
    })
    if (this.size.width !== stage.width || this.size.height !== stage.height)
      this.size = { width: stage.width, height: stage.height }
    if (JSON.stringify(parts) !== JSON.stringify(this.parts)) this.parts = parts
  }
}
