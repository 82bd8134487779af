/** Tensor files that the examples of the catalogue and the tests of the command name: good ones and broken ones. */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { encodeData } from '../../../abi/dtype.ts'
import { npyBytes } from '../../../cli/files/npy.ts'
import { npzBytes } from '../../../cli/files/npz.ts'
import { safetensorsBytes } from '../../../cli/files/safetensors.ts'
import type { FileTensor } from '../../../cli/files/tensor.ts'
import { join, npy, safetensors } from '../files/raw-files.ts'

/** Distinct magnitudes, so that every selection has one answer. */
export const tensor = (dtype: 'f32' | 'f16', shape: readonly number[]): FileTensor => {
  const count = shape.reduce((product, extent) => product * extent, 1)
  const values = Array.from({ length: count }, (_, i) => ((i * 37) % count) + 1).map((value, i) => (i % 2 === 0 ? value : -value))
  return { dtype, shape, data: encodeData(dtype, values) }
}

export const w = tensor('f32', [4, 8])

const header = (descr: string, shape: string) => `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`
const row = (shape: string, begin: number, end: number) => `{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`

export function writeExampleFiles(folder: string): void {
  const put = (name: string, bytes: Uint8Array): void => writeFileSync(joinPath(folder, name), bytes)
  const good = join(npyBytes(w))
  const archive = join(npzBytes(new Map([['W', w]])))
  put('w.npy', good)
  put('w.npz', archive)
  put('w.safetensors', join(safetensorsBytes(new Map([['W', w]]))))
  put('k.npy', join(npyBytes(tensor('f16', [2, 4, 8]))))
  put('stack.npy', join(npyBytes(tensor('f32', [2, 4, 8]))))
  put('truncated.npy', good.slice(0, -8))
  put('malformed.npy', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-4, 8), }", new Uint8Array(128)))
  put('complex.npy', npy(header('<c8', '(4, 8)'), new Uint8Array(256)))
  put('wide.npy', npy(header('<i8', '(1, 1)'), Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)))
  put('double.npy', npy(header('<f8', '(4, 8)'), new Uint8Array(Float64Array.from(w.data).buffer)))
  put('lying.safetensors', safetensors(`{"W":${row('[4,9]', 0, 128)}}`, new Uint8Array(128)))
  put('twice.safetensors', safetensors(`{"W":${row('[1]', 0, 4)},"W":${row('[1]', 4, 8)}}`, new Uint8Array(8)))
  const damaged = archive.slice()
  damaged[archive.length - 250]! ^= 1
  put('damaged.npz', damaged)
  writeEnormous(joinPath(folder, 'enormous.npy'))
}

/** 64 GiB that take no room on the disk: more than any typed array can hold. */
function writeEnormous(path: string): void {
  const head = npy(header('<f4', `(${2 ** 17}, ${2 ** 17})`), new Uint8Array(0))
  const fd = openSync(path, 'w')
  writeSync(fd, head)
  ftruncateSync(fd, head.length + 4 * 2 ** 34)
  closeSync(fd)
}
