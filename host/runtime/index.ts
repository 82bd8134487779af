/** The runtime of generated shims: everything a shim imports. It runs in browsers and in Node and imports nothing but the ABI. */
export { EspalierError } from '../../abi/espalier-error.ts'
export { ABI_VERSION } from '../../abi/manifest.ts'
export { instantiate } from './instantiate.ts'
export type * from './types.ts'
