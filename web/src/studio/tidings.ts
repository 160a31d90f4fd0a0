/** What one tab has changed in the workspace, told to the others of the same studio. */

export type Tiding =
  /** A direction of a model was kept, renamed or removed. */
  { readonly what: 'directions'; readonly model: string }

const CHANNEL = 'trasluz'

/** null where the browser has none: then a tab sees it when it is asked again. */
const line = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
// A test that runs beside a page is not kept waiting by it.
;(line as unknown as { unref?: () => void } | null)?.unref?.()
const ears = new Set<(tiding: Tiding) => void>()

line?.addEventListener('message', ({ data }) => {
  for (const ear of ears) ear(data as Tiding)
})

/** Tell the other tabs; this one is told nothing. */
export function tell(tiding: Tiding): void {
  line?.postMessage(tiding)
}

/** Hear of what other tabs do. Gives what ends it. */
export function hear(ear: (tiding: Tiding) => void): () => void {
  ears.add(ear)
  return () => ears.delete(ear)
}
