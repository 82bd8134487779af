export const build = null as never
