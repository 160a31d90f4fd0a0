const en = {
} as const

export const gallery = { en, es: {} as Record<keyof typeof en, string> }
