/** What a team of threads does: iterations spread over it, counting along them, what one thread does for all, barriers, atomics. */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { Block, Node, ValueId } from '../../../compiler/ir/node.ts'
import type { MachineDType } from '../../../compiler/ir/types.ts'
import { blockNodes } from '../../../compiler/ir/walk.ts'
import { call, infix, named, type Expr } from '../../source/text.ts'
import { combineIdentity } from '../../combine-identity.ts'
import { constant } from '../constants.ts'
import { cudaType, storedType } from '../types.ts'
import { combined } from './arithmetic.ts'
import { argDType, bufferArg, regionOf, resultDType, scalarDType, unsupported, type OpContext } from './context.ts'
import { assign } from './loops.ts'
import { element, encodedFor } from './memory.ts'
import { bestOfChunk, bestOfRow } from './selection.ts'
import { planSpread } from './spread.ts'

const INDEX = named('at.i')
const COMBINATIONS = { sum: 'Sum', max: 'Max', min: 'Min', and: 'And', or: 'Or' } as const
type Combination = keyof typeof COMBINATIONS

/** `lanes`: carried values start from what leaves a value as it is, in every thread. */
export function spreadLoop(c: OpContext): readonly Expr[] {
  const body = regionOf(c.node, 0)
  const params = body.params.slice(1)
  const plan = planSpread(c, [body], 1)
  const lo = c.share(c.arg(0), 'start', 'int')
  const hi = c.share(c.arg(1), 'end', 'int')
  const kinds = params.map((_, i) => kindOf(c, i))
  const inits = params.map((_, i) => c.share(c.arg(i + 2), 'init', cudaType(resultDType(c, i))))
  const carried = params.map(({ name }, i) =>
    c.declare(name, cudaType(resultDType(c, i)), identity(resultDType(c, i), kinds[i]!)),
  )
  plan.write(0, {
    head: `${plan.spread === 'spread' && mayRunAgain(c, body, kinds) ? 'spread_again' : plan.spread}${plan.sizes}(team, ${lo.text}, ${hi.text}, ${plan.whole(lo)}, [&](auto chunk)`,
    args: [INDEX, ...carried],
    end: (yields) => assign(c, carried, yields),
    tail: '});',
  })
  if (carried.length === 0) return []
  const parts = carried.map(({ text }, i) => `by<${COMBINATIONS[kinds[i]!]}>(${text})`)
  c.writer.line(`combine(team, ${parts.join(', ')});`)
  return carried.map((value, i) => {
    const dtype = resultDType(c, i)
    const init = inits[i] as Expr
    if (init.text === identity(dtype, kinds[i]!).text) return value
    return c.share(combined(dtype, kinds[i]!, init, value), params[i]?.name ?? 'total', cudaType(dtype))
  })
}

const IDEMPOTENT: ReadonlySet<Combination> = new Set(['max', 'min', 'and', 'or'])
const CHANGES: ReadonlySet<string> = new Set(['store', 'store_raw', 'store_group', 'atomic'])

/** Whether iterations only write rows in registers, and what they carry takes a value in twice as once. */
function mayRunAgain(c: OpContext, body: Block, kinds: readonly Combination[]): boolean {
  const isLane = ({ operands: [buffer] }: Node): boolean => c.frame.buffer(buffer as ValueId).type.access === 'lane'
  const nodes = [...blockNodes(body)]
  const changes = nodes.filter(({ op }) => CHANGES.has(op))
  const reads = nodes.filter(({ op }) => op === 'load' || op === 'load_raw')
  return kinds.every((kind) => IDEMPOTENT.has(kind)) && changes.length > 0 && changes.every(isLane) && !reads.some(isLane)
}

function kindOf(c: OpContext, index: number): Combination {
  const kind = String((c.node.attrs.combine as readonly unknown[])[index])
  if (kind in COMBINATIONS) return kind as Combination
  throw unsupported(c, `carried values that are combined by ${kind}, on a team,`)
}

const identity = (dtype: MachineDType, kind: Combination): Expr => constant(dtype, combineIdentity(dtype, kind))

/** The first region gives a bit for each iteration of a chunk; the second is told how many bits there are before. */
export function tally(c: OpContext): readonly Expr[] {
  const [test, visit] = [regionOf(c.node, 0), regionOf(c.node, 1)]
  const plan = planSpread(c, [test, visit], 4)
  const lo = c.share(c.arg(0), 'start', 'int')
  const hi = c.share(c.arg(1), 'end', 'int')
  const total = c.fresh('total')
  const [holds, before] = [c.fresh('holds'), c.fresh('before')]
  const [itself, count] = [c.fresh(visit.params[1]?.name ?? 'held'), c.fresh(visit.params[2]?.name ?? 'count')]
  const used = (index: number): boolean => c.isUsed(visit.params[index]!.id)
  plan.write(0, {
    ...bitsOf(
      c,
      test,
      holds,
      `const int ${total} = tally${plan.sizes}(team, ${lo.text}, ${hi.text}, ${plan.whole(lo)}, [&](auto chunk)`,
    ),
    tail: '},',
  })
  plan.write(1, {
    head: `[&](auto chunk, u32 ${holds}, int ${before})`,
    args: [INDEX, named(itself), named(count)],
    start: [
      ...(used(1) ? [`const bool ${itself} = ${holds} >> at.e & 1u;`] : []),
      ...(used(2) ? [`const int ${count} = ${before} + __popc(${holds} & ((1u << at.e) - 1u));`] : []),
    ],
    tail: '});',
  })
  if (!c.isUsed(c.node.results[0]!.id)) c.writer.line(`(void)${total};`)
  return [named(total)]
}

/** A chunk whose iterations yield whether they hold, as bits. */
const bitsOf = (c: OpContext, test: Block, holds: string, head: string) => ({
  head,
  result: bestOfChunk(c, test),
  args: [INDEX],
  before: [`u32 ${holds} = 0;`],
  end: ([bit]: readonly Expr[]): void => c.writer.line(`${holds} |= ${call('u32', bit as Expr).text} << at.e;`),
  after: [`return ${holds};`],
})

export function storeBits(c: OpContext): readonly Expr[] {
  const region = regionOf(c.node, 0)
  const plan = planSpread(c, [region], 4)
  const words = infix(named(bufferArg(c).variable), '+', c.arg(1))
  const hi = c.share(c.arg(2), 'end', 'int')
  const width = String(c.node.attrs.width)
  const best = bestOfRow(c, region)
  if (best !== null) {
    c.writer.line(`store_best${plan.sizes}(team, ${words.text}, ${hi.text}, ${width}, ${best});`)
    return []
  }
  const head = `store_bits${plan.sizes}(team, ${words.text}, ${hi.text}, ${width}, ${plan.whole(constant('i32', 0))}, [&](auto chunk)`
  plan.write(0, { ...bitsOf(c, region, c.fresh('holds'), head), tail: '});' })
  return []
}

export function compact(c: OpContext): readonly Expr[] {
  const region = regionOf(c.node, 0)
  const plan = planSpread(c, [region], 4)
  const place = bufferArg(c)
  const to = infix(named(place.variable), '+', c.arg(1))
  const lo = c.share(c.arg(2), 'start', 'int')
  const hi = c.share(c.arg(3), 'end', 'int')
  const total = c.fresh('total')
  const [holds, values] = [c.fresh('holds'), c.fresh('values')]
  const stage = `team_stage<T, ${plan.sizes.slice(1, -1)}, ${storedType(place.type.dtype)}>(stage)`
  const dtype = scalarDType(c.typeOfValue(region.yields[1]!))
  const best = bestOfChunk(c, region)
  const list = c.frame.lists.get(c.node)
  if (list !== undefined) {
    const row = bestOfRow(c, region)!
    const isUsed = c.isUsed(c.node.results[0]!.id)
    c.writer.line(
      `${isUsed ? `const Positions ${list} = ` : ''}compact_best${plan.sizes}(team, ${stage}, ${to.text}, ${hi.text}, ${row});`,
    )
    return [named(`${list}.count`)]
  }
  plan.write(0, {
    head: `const int ${total} = compact${plan.sizes}(team, ${stage}, ${to.text}, ${lo.text}, ${hi.text}, ${plan.whole(lo)}, [&](auto chunk, auto &${values})`,
    args: [INDEX],
    before: [best === null ? `u32 ${holds} = 0;` : `const u32 ${holds} = ${best};`],
    end: ([bit, value]) => {
      if (best === null) c.writer.line(`${holds} |= ${call('u32', bit as Expr).text} << at.e;`)
      c.writer.line(`${values}[at] = ${encodedFor(place, value as Expr, dtype, c.node.attrs.raw === true).text};`)
    },
    after: [`return ${holds};`],
    tail: '});',
  })
  if (!c.isUsed(c.node.results[0]!.id)) c.writer.line(`(void)${total};`)
  return [named(total)]
}

/** The search knows what is cheap for a team of its size. */
export function threshold(c: OpContext): readonly Expr[] {
  const { variable, type } = bufferArg(c)
  const isRow = type.access === 'lane'
  const found = c.fresh('found')
  const keys = isRow ? variable : c.fresh('keys')
  if (!isRow) c.writer.line(`Row<0, 4> ${keys}(${variable});`)
  const numbers = [1, 2, 3, 4].map((i) => c.arg(i).text)
  c.writer.line(`const Threshold ${found} = find_threshold(team, ${[keys, ...numbers].join(', ')});`)
  return [named(`${found}.key`), named(`${found}.at_least`)]
}

export function once(c: OpContext): readonly Expr[] {
  if (c.isAlone) throw new CompilerBug('once is for code that a team runs', { pass: 'emit cuda' })
  const results = c.node.results.map(({ id }, i) =>
    c.declare(`v${id}`, cudaType(resultDType(c, i)), identity(resultDType(c, i), 'sum')),
  )
  c.writer.block('if (team.thread == 0)', () => assign(c, results, c.alone(regionOf(c.node, 0), [])))
  if (results.length > 0) c.writer.line(`from_first(team, ${results.map(({ text }) => text).join(', ')});`)
  return results
}

export function barrier(c: OpContext): readonly Expr[] {
  if (c.isAlone) throw new CompilerBug('a barrier is for code that a team runs', { pass: 'emit cuda' })
  c.writer.line('team.barrier();')
  return []
}

const ATOMICS: Readonly<Record<string, string>> = { add: 'atomicAdd', or: 'atomicOr', max: 'atomicMax', min: 'atomicMin' }

/** Words of scratch are unsigned; their order may not be. */
export function atomic(c: OpContext): readonly Expr[] {
  const { type } = bufferArg(c)
  const name = ATOMICS[String(c.node.attrs.kind)]
  if (name === undefined) throw unsupported(c, String(c.node.attrs.kind))
  const isCast = type.access === 'scratch' && argDType(c, 2) === 'i32'
  const address = isCast ? `reinterpret_cast<int *>(&${element(c)})` : `&${element(c)}`
  c.writer.line(`${name}(${address}, ${c.arg(2).text});`)
  return []
}
