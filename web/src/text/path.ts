const en = {
} as const

export const path = { en, es: {} as Record<keyof typeof en, string> }
