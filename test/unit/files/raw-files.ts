/** Tensor files written byte by byte, so that a test can write what no writer would. */

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0)
  return bytes
}

export function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header + '\n')
  const size = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0]
  return join([Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...size), text, data])
}

/** `header` is text, or bytes for headers that are not text. */
export function safetensors(header: string | Uint8Array, data: Uint8Array, claimed?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true)
  return join([length, text, data])
}
