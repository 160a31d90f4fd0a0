/** Whether somebody asked their system for as little movement as can be. */
export function wantsStill(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches
}
