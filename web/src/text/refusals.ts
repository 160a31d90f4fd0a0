const en = {
} as const

export const refusals = { en, es: {} as Record<keyof typeof en, string> }
