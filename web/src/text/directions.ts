const en = {
} as const

export const directions = { en, es: {} as Record<keyof typeof en, string> }
