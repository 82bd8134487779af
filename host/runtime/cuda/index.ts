/** The runtime of shims for CUDA: everything such a shim imports. It runs in Node over npm `koffi`. */
export { EspalierError } from '../../../abi/espalier-error.ts'
export { ABI_VERSION } from '../../../abi/manifest.ts'
export { instantiate } from './instantiate.ts'
export type * from '../types.ts'
export type * from '../device/types.ts'
export type * from './types.ts'
