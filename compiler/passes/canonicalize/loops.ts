/** Loops of which nothing is left. */
import { parseRational } from '../../../abi/rational.ts'
import { NONE } from '../../ir/op.ts'
import { rule, type Rule } from '../../ir/rewrite.ts'

/** A loop that takes no step gives what it starts from. */
const noSteps = rule('no-steps', (node, scope) => {
  if (node.op !== 'iterate') return null
  const [times = NONE, ...inits] = node.operands
  const def = scope.definition(times)
  const known = def?.op === 'literal' ? parseRational(String(def.attrs['value'])) : null
  return known !== null && known.n <= 0n ? inits : null
})

export const loops: readonly Rule[] = [noSteps]
