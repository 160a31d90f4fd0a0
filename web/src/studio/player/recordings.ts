/** Files that were recorded on the page, and lie nowhere else. */
export const recordings = new WeakSet<File>()
