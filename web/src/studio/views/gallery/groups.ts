/** How the models are laid out: bundled and own apart, the bundled ones by what they were trained on. */

import type { ModelLine } from '../../../api/client'

export interface Group {
  data: string | null
  models: ModelLine[]
}

/** Families that the page says something about, in the order in which they stand side by side. */
export const FAMILIES = ['vae', 'flow', 'gan'] as const
export type Family = (typeof FAMILIES)[number]
/** Built-in data that the page says something about. */
export const DATA = ['faces', 'pets', 'fashion-mnist', 'voices'] as const
export type Data = (typeof DATA)[number]
/** Models from which on there is a box to search them with. */
export const MANY = 14

export function isFamily(name: string | null): name is Family {
  return FAMILIES.includes(name as Family)
}

export function isData(name: string | null): name is Data {
  return DATA.includes(name as Data)
}

export function familiesOf(models: readonly ModelLine[]): Family[] {
  return FAMILIES.filter((family) => models.some((model) => model.family === family))
}

/** Bundled models by their data, in the order in which the data first come. */
export function groupsOf(models: readonly ModelLine[]): Group[] {
  const groups: Group[] = []
  for (const model of models) {
    const known = groups.find((group) => group.data === model.data)
    if (known) known.models.push(model)
    else groups.push({ data: model.data, models: [model] })
  }
  for (const group of groups) group.models.sort((a, b) => place(a.family) - place(b.family))
  return groups
}

function place(family: string | null): number {
  const found = FAMILIES.indexOf(family as Family)
  return found < 0 ? FAMILIES.length : found
}

/** Models whose name, family, data or spaces hold every word that was typed. */
export function searched(models: readonly ModelLine[], typed: string): ModelLine[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return models.filter((model) => {
    const text = [model.name, model.family, model.title, model.data, ...model.spaces].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
