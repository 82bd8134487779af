/**
 * Threefry-2x32 with 20 rounds, the counter-based generator of Salmon et al. (SC 2011): two words of random bits from a counter
 * and a key of two words each, by adding, rotating and exclusive-or alone. Written once, over whatever a 32-bit word is: a
 * number for the evaluator, a machine value for kernels.
 */
export interface Words<W> {
  readonly add: (x: W, y: W) => W
  readonly xor: (x: W, y: W) => W
  /** Bits moved up by a distance from 1 to 31; those that leave come in at the bottom. */
  readonly rotate: (x: W, by: number) => W
  readonly constant: (value: number) => W
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const
const ROUNDS = 20
/** What the third word of the key schedule starts from: makes a key of zeros no special case. */
const PARITY = 0x1bd11bda

export function threefry<W>(words: Words<W>, counter: readonly [W, W], key: readonly [W, W]): readonly [W, W] {
  const { add, xor, rotate, constant } = words
  const schedule = [key[0], key[1], xor(constant(PARITY), xor(key[0], key[1]))] as const
  let x = add(counter[0], key[0])
  let y = add(counter[1], key[1])
  for (let round = 0; round < ROUNDS; round++) {
    x = add(x, y)
    y = xor(rotate(y, ROTATIONS[round % 8] as number), x)
    if (round % 4 !== 3) continue
    const injection = (round + 1) / 4
    x = add(x, schedule[injection % 3] as W)
    y = add(add(y, schedule[(injection + 1) % 3] as W), constant(injection))
  }
  return [x, y]
}

/** Words as numbers from 0 to 2^32 - 1. */
export const numberWords: Words<number> = {
  add: (x, y) => (x + y) >>> 0,
  xor: (x, y) => (x ^ y) >>> 0,
  rotate: (x, by) => ((x << by) | (x >>> (32 - by))) >>> 0,
  constant: (value) => value,
}
