/**
 * Small choices that outlive the page: the language, the theme, that the first steps were read.
 *
 * They are kept in cookies, which all ports of a machine share: a studio has another port each time it is begun, and to
 * the browser's storage each would be somebody else. The server never looks at them.
 */

const PREFIX = 'trasluz.'
/** Seconds. */
const YEAR = 31_536_000

/** What was chosen; null where nothing was, or where the browser keeps no cookies. */
export function remembered(name: string): string | null {
  const found = cookies().find((one) => one.startsWith(`${PREFIX}${name}=`))
  return found === undefined ? null : decodeURIComponent(found.slice(found.indexOf('=') + 1))
}

export function remember(name: string, value: string): void {
  try {
    document.cookie = `${PREFIX}${name}=${encodeURIComponent(value)}; Path=/; SameSite=Strict; Max-Age=${YEAR}`
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

function cookies(): string[] {
  try {
    return document.cookie.split('; ')
  } catch {
    return []
  }
}
