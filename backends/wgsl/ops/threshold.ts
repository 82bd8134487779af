/**
 * The search for the number that k keys of a row reach, by a team that waits for all of its threads at every count: by false
 * position, which takes few counts. The weight of an end that stays shrinks; after a while the range is halved instead.
 */
import { wordIndex, type BufferPlace } from '../frame.ts'
import { teamFunction } from '../prelude/team.ts'
import { named, type Expr } from '../../source/text.ts'
import { bufferArg, type OpContext } from './context.ts'

export function threshold(c: OpContext): readonly Expr[] {
  const [n, k, low, high] = [1, 2, 3, 4].map((operand) => uniformArg(c, operand)) as [Expr, Expr, Expr, Expr]
  const { found, reached } = searched(c, bufferArg(c), { n, k, low, high })
  return [found, reached]
}

/** An operand that all threads of the team have, known to a validator to be the same. */
export const uniformArg = (c: OpContext, operand: number): Expr =>
  c.share(c.uniform(c.arg(operand), c.node.operands[operand]!), 'uniform')

interface Search {
  readonly n: Expr
  readonly k: Expr
  readonly low: Expr
  readonly high: Expr
}

/** Of a row in scratch: the number, and how many keys reach it, as variables. */
export function searched(
  c: OpContext,
  place: BufferPlace,
  { n, k, low, high }: Search,
): { readonly found: Expr; readonly reached: Expr } {
  const found = c.declare('found', 'i32', low)
  const top = c.declare('top', 'i32', high)
  const reached = c.declare('reached', 'i32', n)
  const over = c.declare('over', 'f32', named(`f32(${n.text} - ${k.text})`))
  const under = c.declare('under', 'f32', named(`f32(${k.text})`))
  const turn = c.declare('turn', 'u32', named('0u'))
  const [range, guess, probe, part, at, reaching] = ['range', 'guess', 'probe', 'part', 'at', 'reaching'].map((hint) =>
    c.fresh(hint),
  )
  const key = named(`load_${c.frame.scratch}(${wordIndex(c.frame, place, named(at!))})`)
  const lines = (text: string): void => text.split('\n').forEach((line) => c.writer.line(line))
  c.writer.block(`for (; ${found.text} < ${top.text}; ${turn.text}++)`, () => {
    lines(`let ${range} = u32(${top.text}) - u32(${found.text});
let ${guess} = u32(min(f32(${range}) * (${over.text} / (${over.text} + ${under.text})), 4294967040.0f));
let ${probe} = i32(u32(${found.text}) + select((${range} >> 1u) + 1u, clamp(${guess}, 1u, ${range}), ${turn.text} < 24u));
var ${part} = 0i;`)
    c.writer.block(`for (var ${at} = thread; ${at} < u32(${n.text}); ${at} += GROUP_SIZE)`, () =>
      lines(`${part} += i32(bitcast<i32>(${key.text}) >= ${probe});`),
    )
    lines(`let ${reaching} = ${teamFunction('sum', 'i32')}(thread, ${part});
if (${reaching} >= ${k.text}) {
  ${found.text} = ${probe};
  ${reached.text} = ${reaching};
  if (${reaching} == ${k.text}) { break; }
  ${over.text} = f32(${reaching} - ${k.text});
  ${under.text} *= 0.75f;
} else {
  ${top.text} = i32(u32(${probe}) - 1u);
  ${under.text} = f32(${k.text} - ${reaching});
  ${over.text} *= 0.75f;
}`)
  })
  return { found, reached }
}
