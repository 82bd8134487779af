export const explain = null as never
