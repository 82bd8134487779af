/** Reads a small .safetensors file as shims take tensors: `{ name: { dtype, shape, data } }`. For files one trusts. */
import { readFileSync } from 'node:fs'

const arrays = { F32: Float32Array, F16: Uint16Array, BF16: Uint16Array, U32: Uint32Array, I32: Int32Array }

export function readTensors(path) {
  const file = readFileSync(path)
  const headerSize = Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerSize))
  delete header.__metadata__
  const tensors = Object.entries(header).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [start, end],
      },
    ]) => {
      // A copy, because elements have to be aligned.
      const bytes = Uint8Array.prototype.slice.call(file, 8 + headerSize + start, 8 + headerSize + end)
      return [name, { dtype: dtype.toLowerCase(), shape, data: new arrays[dtype](bytes.buffer) }]
    },
  )
  return Object.fromEntries(tensors)
}
