export const test = null as never
