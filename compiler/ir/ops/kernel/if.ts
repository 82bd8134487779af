/** Two regions of which one runs. */
import type { Block, ValueId } from '../../node.ts'
import { defineOp } from '../../op.ts'
import type { Type } from '../../types.ts'
import { problem } from './signature.ts'

/** Types are not visible from block yields alone, so the builder of an `if` states them in `types`. */
export const ifElse = defineOp({
  name: 'if',
  summary: 'runs the first region when the condition holds, else the second; both yield the results',
  levels: ['kernel'],
  operands: ['condition'],
  attrs: { types: 'json' },
  traits: ['control'],
  infer: (_types, attrs, [then, otherwise]) => {
    if (then === undefined || otherwise === undefined) return problem('needs two regions')
    const results = attrs.types as unknown as readonly Type[]
    if (!agrees(then, results.length) || !agrees(otherwise, results.length))
      return problem('regions yield another number of values')
    return results
  },
  example: `kernel example(%0 y: write f32[], %1 at: i32, %2 value: f32, %3 wanted: bool) {
  if(%3) {types = []} {
    store(%0, %1, %2)
  } {
  }
}`,
})

function agrees(block: Block, count: number): boolean {
  const yields: readonly ValueId[] = block.yields
  return yields.length === count && block.params.length === 0
}
