/** `popcount`: how many bits are set. A negative host number has no end of them and is refused; a machine integer has 32 bits. */
import { rational, type Rational } from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const popcount = defineElementwise({
  name: 'popcount',
  summary: 'How many bits are set, of the 32 of a machine integer.',
  operands: ['x'],
  family: 'bits',
  number: onesOf,
  exact: onesOfExact,
  zero: 'preserves',
})

/** Pairs, nibbles, bytes: each field adds up its halves. */
function onesOf(x: number): number {
  const pairs = x - ((x >>> 1) & 0x55555555)
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

function onesOfExact(x: Rational): Rational {
  if (x.n < 0n) throw new RangeError('a negative number has no number of bits')
  let ones = 0
  for (let rest = x.n; rest !== 0n; rest >>= 32n) ones += onesOf(Number(rest & 0xffffffffn))
  return rational(ones)
}
