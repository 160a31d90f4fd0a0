/** What somebody dropped or chose, as files with their paths below it. */

export interface Found {
  readonly path: string
  readonly file: File
}

export interface Gathered {
  /** What it may be called; null where nothing says so. */
  readonly name: string | null
  readonly files: readonly Found[]
  /** What the browser could not read, such as a folder that may not be looked into. */
  readonly unread: readonly string[]
}

/** Files that were chosen one by one, or as a folder. */
export function chosen(files: Iterable<File>): Gathered {
  const found = [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
  return { name: nameOf(found.map(({ path }) => path)), files: found, unread: [] }
}

/** What was dropped: files, and folders with all that is in them. The list itself is gone when the event is over, so
 * that its entries are taken at once. */
export function dropped(data: DataTransfer): Promise<Gathered> {
  const items = [...data.items].filter((item) => item.kind === 'file')
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null)
  const files = [...data.files]
  if (entries.every((entry) => entry === null)) return Promise.resolve(chosen(files))
  return walked(entries.filter((entry) => entry !== null))
}

export async function walked(entries: readonly FileSystemEntry[]): Promise<Gathered> {
  const files: Found[] = []
  const unread: string[] = []
  const waiting = [...entries].reverse()
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    const path = entry.fullPath.replace(/^\//, '')
    try {
      if (entry.isDirectory) waiting.push(...(await inside(entry as FileSystemDirectoryEntry)).reverse())
      else files.push({ path, file: await fileOf(entry as FileSystemFileEntry) })
    } catch {
      unread.push(path)
    }
  }
  return { name: nameOf(files.map(({ path }) => path)), files, unread }
}

/** Browsers give a hundred entries at a time, until there are none. */
async function inside(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const found: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return found
    found.push(...some)
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** The folder that everything lies in, or the file that came alone, without its ending. */
export function nameOf(paths: readonly string[]): string | null {
  const folders = new Set(paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0] as string))
  const [only] = folders
  if (folders.size === 1 && only) return only
  const [path] = paths
  return paths.length === 1 && path ? path.replace(/\.[^.]*$/, '') || null : null
}
