/** Where the buffers of a plan are, by buffer. */
export interface Placement {
  /** Undefined: no memory of the call's (workspace of single workers), or not placed yet. */
  readonly block: (number | undefined)[]
  /** First byte in the block, for the first leading index. */
  readonly byte: number[]
  /** Bytes from one leading index to the next; 0 for what all share. */
  readonly stride: number[]
  /** Bytes that a kernel may reach from there. */
  readonly bytes: number[]
}

export const newPlacement = (buffers: readonly { readonly stride: number; readonly bytes: number }[]): Placement => ({
  block: buffers.map(() => undefined),
  byte: buffers.map(() => 0),
  stride: buffers.map(({ stride }) => stride),
  bytes: buffers.map(({ bytes }) => bytes),
})
