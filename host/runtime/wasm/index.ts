/** The runtime of shims for WebAssembly: everything such a shim imports. It runs in browsers and in Node. */
export { EspalierError } from '../../../abi/espalier-error.ts'
export { ABI_VERSION } from '../../../abi/manifest.ts'
export { instantiate } from './instantiate.ts'
export type * from '../types.ts'
export type * from './types.ts'
