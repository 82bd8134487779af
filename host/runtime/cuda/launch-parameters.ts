/** The parameters of a kernel as the bytes that `cuLaunchKernel` takes: each at a multiple of its size, in order. */
export class LaunchParameters {
  #bytes = new DataView(new ArrayBuffer(256))
  #length = 0

  pointer(value: bigint): void {
    const at = this.#place(8)
    this.#bytes.setBigUint64(at, value, true)
  }

  integer(value: number): void {
    const at = this.#place(4)
    this.#bytes.setUint32(at, value, true)
  }

  number(as: 'i32' | 'u32' | 'f32' | 'f64', value: number): void {
    if (as !== 'f32' && as !== 'f64') return this.integer(value)
    const at = this.#place(as === 'f32' ? 4 : 8)
    if (as === 'f32') this.#bytes.setFloat32(at, value, true)
    else this.#bytes.setFloat64(at, value, true)
  }

  /** A copy of what was added. */
  taken(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer.slice(0, this.#length))
  }

  /** Where the next parameter goes; the bytes may be others afterwards. */
  #place(size: number): number {
    const at = Math.ceil(this.#length / size) * size
    this.#length = at + size
    if (this.#length > this.#bytes.byteLength) {
      const larger = new DataView(new ArrayBuffer(2 * this.#bytes.byteLength))
      new Uint8Array(larger.buffer).set(new Uint8Array(this.#bytes.buffer))
      this.#bytes = larger
    }
    return at
  }
}
