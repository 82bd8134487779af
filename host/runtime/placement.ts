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

/** How a plan, which is one for a part, makes the whole. */
export interface Cut {
  readonly axis: string
  /** Positions of the axis in all, and in a part. */
  readonly extent: number
  readonly positions: number
  /** From one part to the next; the last part ends with the axis. */
  readonly step: number
  readonly parts: number
  /** Bytes of one position, of buffers that have the axis and hold all of it. */
  readonly perPosition: ReadonlyMap<number, number>
}

/** First byte of a part in a buffer that holds the whole; 0 in one that holds a part. */
export const partStart = ({ extent, positions, step, perPosition }: Cut, buffer: number, part: number): number =>
  Math.min(part * step, extent - positions) * (perPosition.get(buffer) ?? 0)

/** Of a buffer in its block, for a leading index or a part. */
export const firstByte = ({ byte, stride }: Placement, cut: Cut | null, buffer: number, index: number): number =>
  (byte[buffer] ?? 0) + (cut === null ? index * (stride[buffer] ?? 0) : partStart(cut, buffer, index))
