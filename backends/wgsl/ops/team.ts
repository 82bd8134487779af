/** What a team of threads does: iterations spread over it, what one of them does for all, barriers, atomics. */
import { teamFunction, type TeamDType, type TeamKind } from '../prelude/team.ts'
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { MachineDType } from '../../../compiler/ir/types.ts'
import { combineIdentity } from '../../combine-identity.ts'
import { constant } from '../constants.ts'
import { wordIndex } from '../frame.ts'
import { call, infix, named, wrapped, type Expr } from '../../source/text.ts'
import { combine } from './arithmetic.ts'
import { bufferArg, regionOf, resultDType, scalarDType, unsupported, type OpContext } from './context.ts'
import { assign } from './loops.ts'
import { elementIndex } from './memory.ts'

const THREAD = named('thread')

/** A value that all threads have, known to a validator to be the same. */
export const uniformValue = (dtype: MachineDType, value: Expr): Expr =>
  call(teamFunction('uniform', dtype as TeamDType), THREAD, value)

/**
 * `lanes`: thread t runs the iterations t, t + size, …; the counter is unsigned and starts at 0, so that it cannot wrap around.
 * Carried values start from what leaves a value as it is.
 */
export function spreadLoop(c: OpContext): readonly Expr[] {
  const body = regionOf(c.node, 0)
  const [indexParam, ...params] = body.params
  const lo = c.share(c.arg(0), 'start')
  const hi = c.share(c.arg(1), 'end')
  const inits = params.map((_, i) => c.share(c.arg(i + 2), 'init'))
  const kinds = params.map((_, i) => kindOf(c, i))
  const carried = params.map(({ name }, i) =>
    c.declare(name, resultDType(c, i), identity(resultDType(c, i), kinds[i] as TeamKind)),
  )
  const startsAtZero = lo.literal && /^0[iu]$/.test(lo.text)
  const span = infix(call('u32', hi), '-', call('u32', lo))
  const count = c.share(
    startsAtZero ? call('u32', call('max', hi, lo)) : call('select', constant('u32', 0), span, infix(lo, '<', hi)),
    'count',
  )
  const counter = c.declare('step', 'u32', THREAD)
  c.writer.block(`for (; ${counter.text} < ${wrapped(count)}; ${counter.text} += GROUP_SIZE)`, () => {
    const position = call(scalarDType(c.typeOf(0)), counter)
    const index = c.share(startsAtZero ? position : infix(lo, '+', position), indexParam?.name ?? 'i')
    assign(c, carried, c.alone(body, [index, ...carried]))
  })
  return carried.map((value, i) => {
    const dtype = resultDType(c, i)
    const kind = kinds[i] as TeamKind
    const total = call(teamFunction(kind, dtype as TeamDType), THREAD, value)
    return c.share(combine(dtype, kind, inits[i] as Expr, total), params[i]?.name ?? 'total')
  })
}

export function kindOf(c: OpContext, index: number): TeamKind {
  const kind = (c.node.attrs.combine as readonly unknown[])[index]
  if (kind === 'sum' || kind === 'max' || kind === 'min' || kind === 'and' || kind === 'or') return kind
  throw unsupported(c, `carried values that are combined by ${String(kind)}, on a team,`)
}

export const identity = (dtype: MachineDType, kind: TeamKind): Expr => constant(dtype, combineIdentity(dtype, kind))

export function once(c: OpContext): readonly Expr[] {
  if (c.isAlone) throw new CompilerBug('once is for code that a team runs', { pass: 'emit wgsl' })
  const results = c.node.results.map(({ id }, i) => c.declare(`v${id}`, resultDType(c, i), null))
  c.writer.block('if (thread == 0u)', () => assign(c, results, c.alone(regionOf(c.node, 0), [])))
  return results.map((value, i) => c.share(uniformValue(resultDType(c, i), value), value.text))
}

export function barrier(c: OpContext): readonly Expr[] {
  if (c.isAlone) throw new CompilerBug('a barrier is for code that a team runs', { pass: 'emit wgsl' })
  c.writer.line('workgroupBarrier();')
  c.writer.line('storageBarrier();')
  return []
}

const ATOMICS: Readonly<Record<string, string>> = { add: 'Add', or: 'Or', max: 'Max', min: 'Min' }

/** In memory that values of other dtypes share, signed order needs a function of its own. */
export function atomic(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  const { dtype, access } = place.type
  const index = wordIndex(c.frame, place, elementIndex(c))
  const kind = ATOMICS[String(c.node.attrs.kind)]
  if (kind === undefined) throw unsupported(c, String(c.node.attrs.kind))
  const value = place.element === dtype ? c.arg(2) : call('u32', c.arg(2))
  const signed = place.element !== dtype && (kind === 'Max' || kind === 'Min') ? 'Signed' : ''
  if (access === 'scratch' || signed !== '') c.writer.line(`atomic${kind}${signed}_${place.variable}(${index}, ${value.text});`)
  else c.writer.line(`atomic${kind}(&${place.variable}[${index}], ${value.text});`)
  return []
}
