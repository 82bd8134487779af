export const dev = null as never
