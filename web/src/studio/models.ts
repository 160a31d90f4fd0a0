/** What the page asks of the list of models. No browser in it. */

import type { ModelLine } from '../api/client'

/** Whether a model can be called so. What no path of a route can say never reaches the studio. */
export function isModelName(name: string): boolean {
  return name.length <= 120 && !/[/\\]|^\.*$/.test(name)
}

export function isReady(model: ModelLine): boolean {
  return model.state === 'ready'
}

/** The model that is offered first: the first that opens. */
export function firstOf(models: readonly ModelLine[]): ModelLine | null {
  return models.find(isReady) ?? null
}
