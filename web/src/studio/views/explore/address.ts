/** Where a model is explored, as a link. */
export function linkTo(model: string, space: string | null = null): string {
  const path = `#/explore/${encodeURIComponent(model)}`
  return space === null ? path : `${path}?space=${encodeURIComponent(space)}`
}
