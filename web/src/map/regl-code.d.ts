export const code: Record<string, (...args: unknown[]) => unknown>
