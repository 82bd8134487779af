/** Halves that a thread stores one behind the other: two of a word at once, those that share a word with other threads by their bits. */
import { wordIndex, type BufferPlace } from '../frame.ts'
import { literal, named, type Expr } from '../../source/text.ts'
import type { OpContext } from './context.ts'
import { storeWord } from './memory.ts'

export class HalfWords {
  private readonly c: OpContext
  private readonly place: BufferPlace
  private readonly low: Expr
  private readonly lowAt: Expr

  constructor(c: OpContext, place: BufferPlace) {
    this.c = c
    this.place = place
    this.low = c.declare('low', 'u32', literal('0u'))
    this.lowAt = c.declare('low_at', 'u32', literal('0xffffffffu'))
  }

  put(at: Expr, bits: Expr): void {
    const { c, place, low, lowAt } = this
    const whole = storeWord(place, wordIndex(c.frame, place, at), named(`${low.text} | (${bits.text} << 16u)`))
    c.writer.line(`if ((${at.text} & 1u) == 0u) {`)
    c.writer.nested(() => c.writer.line(`${low.text} = ${bits.text}; ${lowAt.text} = ${at.text};`))
    c.writer.line(`} else if (${lowAt.text} != 0xffffffffu) {`)
    c.writer.nested(() => c.writer.line(`${whole} ${lowAt.text} = 0xffffffffu;`))
    c.writer.line('} else {')
    c.writer.nested(() => c.writer.line(`${place.storeFunction}(${at.text}, ${bits.text});`))
    c.writer.line('}')
  }

  end(): void {
    const { c, place, low, lowAt } = this
    c.writer.line(`if (${lowAt.text} != 0xffffffffu) { ${place.storeFunction}(${lowAt.text}, ${low.text}); }`)
  }
}
