/** Version of the compiler and fingerprint of its own code; both are put in by the build. */
declare const __ESPALIER_VERSION__: string | undefined
declare const __ESPALIER_BUILD__: string | undefined

export const version = typeof __ESPALIER_VERSION__ === 'string' ? __ESPALIER_VERSION__ : '0.0.0'

/** Changes whenever any source of the compiler does, so that a rebuilt compiler never takes an older one's cache entries. */
export const buildId = typeof __ESPALIER_BUILD__ === 'string' ? __ESPALIER_BUILD__ : 'unbundled'
