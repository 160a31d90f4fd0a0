/** Files on their way to the studio: small ones together, large ones in pieces (see server/routes/own.py). */

/** Bytes of one request; the studio takes a megabyte. */
export const BODY = 900_000
const HEAD = 14

export interface Wanted {
  /** What the studio calls it. */
  readonly name: string
  readonly file: Blob
}

/** Bodies to be sent one after another, with how many bytes of the files each has. Files that `unwanted` names by now are
 * left out. */
export async function* bodies(
  files: readonly Wanted[],
  unwanted: ReadonlySet<string>,
  most = BODY,
): AsyncGenerator<{ body: Blob; bytes: number; name: string }> {
  let parts: BlobPart[] = []
  let [size, bytes] = [0, 0]
  for (const { name, file } of files) {
    const called = new TextEncoder().encode(name)
    for (let at = 0; at < file.size && !unwanted.has(name); ) {
      const room = most - size - HEAD - called.length
      // A piece of a few bytes is not worth its head; a small file goes into the next body whole.
      if (size > 0 && room < Math.min(file.size - at, most / 8)) {
        yield { body: new Blob(parts), bytes, name }
        parts = []
        size = bytes = 0
        continue
      }
      const piece = file.slice(at, at + Math.max(room, 1))
      parts.push(headOf(called.length, at, piece.size), called, piece)
      size += HEAD + called.length + piece.size
      bytes += piece.size
      at += piece.size
    }
  }
  if (parts.length > 0) yield { body: new Blob(parts), bytes, name: files.at(-1)?.name ?? '' }
}

export function headOf(name: number, at: number, size: number): ArrayBuffer {
  const head = new ArrayBuffer(HEAD)
  const view = new DataView(head)
  view.setUint16(0, name, true)
  view.setBigUint64(2, BigInt(at), true)
  view.setUint32(10, size, true)
  return head
}
