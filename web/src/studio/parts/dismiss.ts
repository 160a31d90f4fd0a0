/** How what is open for a while closes again. */
import type { Attachment } from 'svelte/attachments'

interface Opened {
  /** What opened it: it counts as inside, and has the focus again after Escape. */
  opener: HTMLElement | null | undefined
  close: () => void
  /** Whether a press or the focus elsewhere closes it too. */
  elsewhere?: boolean
}

/** For a panel that is there while it is open. Escape closes it and does nothing else, whatever the key means there; a
 * window that lies over it comes first. */
export function dismissed({ opener, close, elsewhere = true }: Opened): Attachment<HTMLElement> {
  return (panel) => {
    const listening = new AbortController()
    const { signal } = listening
    document.addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape' || isCovered(panel)) return
        event.stopPropagation()
        close()
        opener?.focus()
      },
      { signal, capture: true },
    )
    const away = ({ target }: Event) => {
      if (target instanceof Node && !panel.contains(target) && !opener?.contains(target)) close()
    }
    if (elsewhere) for (const kind of ['pointerdown', 'focusin']) window.addEventListener(kind, away, { signal })
    return () => listening.abort()
  }
}

function isCovered(panel: HTMLElement): boolean {
  return [...document.querySelectorAll('dialog[open]')].some((dialog) => !dialog.contains(panel))
}
