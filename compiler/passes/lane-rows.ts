/**
 * Finds rows of a team whose elements are one thread's each: scratch that is only touched at the index of spread loops, all of
 * them over the same range. A target may hold such a row in registers, and none waits for a barrier because of it.
 */
import type { Block, Func, Module, Node, ValueId } from '../ir/node.ts'
import { hasTrait, type OpDef } from '../ir/op.ts'
import { blockNodes } from '../ir/walk.ts'
import { definePass, type Pass, type PassContext } from './pass.ts'

export const laneRows = definePass({
  name: 'lane-rows',
  summary: 'scratch rows of which each element is touched by one thread of the team become rows of lanes',
  from: 'kernel',
  to: 'same',
  example: {
    before: `module sums kernel {
  kernel k (%0 x: read f32[] argument, %1 y: readwrite f32[] argument, %2 s: scratch f32[] argument, %3 rows: i32, %4 cols: i32) {
    %5 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    points(%3) {team = true} { (%6 row: i32)
      lanes(%5, %4) {combine = []} { (%7 i: i32)
        %8 = load(%0, %7) {lanes = 1} : f32
        store(%2, %7, %8)
      }
      lanes(%5, %4) {combine = []} { (%9 i: i32)
        %10 = load(%2, %9) {lanes = 1} : f32
        store(%1, %9, %10)
      }
    }
  }
}`,
    after: `module sums kernel {
  kernel k (%0 x: read f32[] argument, %1 y: readwrite f32[] argument, %2 s: lane f32[] argument, %3 rows: i32, %4 cols: i32) {
    %5 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    points(%3) {team = true} { (%6 row: i32)
      lanes(%5, %4) {combine = []} { (%7 i: i32)
        %8 = load(%0, %7) {lanes = 1} : f32
        store(%2, %7, %8)
      }
      lanes(%5, %4) {combine = []} { (%9 i: i32)
        %10 = load(%2, %9) {lanes = 1} : f32
        store(%1, %9, %10)
      }
    }
  }
}`,
  },
  run: (module, ctx) => markRows(module, ctx, false),
})

/** Where loops go over words of what they store, it does not matter who asks what is the best of a row: those have other elements. */
export const laneRowsFor = (storeBytes: 1 | 4): Pass =>
  storeBytes === 1 ? laneRows : { ...laneRows, run: (module, ctx) => markRows(module, ctx, true) }

/** What touches one element, and what touches all as spread loops over the row do. */
const ELEMENTS: ReadonlySet<string> = new Set(['load', 'store', 'is_best'])
const SEARCHES: ReadonlySet<string> = new Set(['threshold', 'keep_best', 'half_keys'])

/** Sums of products are a row of lanes that only these touch, and which operand of them it is. */
const SUMS: Readonly<Record<string, number>> = { clear_sums: 0, scale_sums: 0, add_products: 0, add_elements: 0, store_sums: 1 }
/** Their range. */
const PRODUCTS = 'products'

type Ops = Readonly<Record<string, OpDef>>

function markRows(module: Module, ctx: PassContext, anyoneAsks: boolean): Module {
  const rows = new Map(
    module.funcs.filter(({ role }) => role === 'kernel').map((func) => [func.name, laneParams(func, ctx, anyoneAsks)]),
  )
  return {
    ...module,
    funcs: module.funcs.map((func) => (func.role === 'kernel' ? withRows(func, rows.get(func.name)!) : withLaunches(func, rows))),
  }
}

/** Positions of the parameters that are rows of lanes. All rows of a kernel run over one range: that of sums of products, or of the first. */
function laneParams(func: Func, ctx: PassContext, anyoneAsks: boolean): ReadonlySet<number> {
  const places = func.params.flatMap(({ type }, i) => (type.kind === 'buffer' && type.access === 'scratch' ? [i] : []))
  const ranges = rangesOf(func, ctx.ops, anyoneAsks)
  const found = places.filter((i) => (ranges.get(func.params[i]!.id)?.size ?? 0) === 1)
  const rangeAt = (i: number): string | null => [...ranges.get(func.params[i]!.id)!][0]!
  const all = found.map(rangeAt)
  const first = all.includes(PRODUCTS) ? PRODUCTS : all.find((range) => range !== null)
  return new Set(
    found.filter((i) => {
      if (rangeAt(i) === null || rangeAt(i) !== first || !ctx.spend()) return false
      ctx.fired('lane-rows', `${func.params[i]!.name} is a row of lanes`, { func: func.name, span: func.span })
      return true
    }),
  )
}

/** For every buffer the ranges of the spread loops that touch it at their index; null stands for any other access. */
function rangesOf(func: Func, ops: Ops, anyoneAsks: boolean): ReadonlyMap<ValueId, ReadonlySet<string | null>> {
  const ranges = new Map<ValueId, Set<string | null>>()
  const params = new Set(func.params.filter(({ type }) => type.kind === 'buffer').map(({ id }) => id))
  const zeros = new Set(
    [...blockNodes(func.body)]
      .filter(({ op, attrs }) => op === 'constant' && attrs.value === 0)
      .map((node) => node.results[0]!.id),
  )
  const isZero = (id: ValueId): boolean => zeros.has(id)
  const touch = (buffer: ValueId, range: string | null): void => {
    ranges.set(buffer, (ranges.get(buffer) ?? new Set()).add(range))
  }
  const inBlock = (block: Block, at: { readonly index: ValueId; readonly range: string } | null): void => {
    for (const node of block.nodes) {
      const isElement = ELEMENTS.has(node.op) && at !== null && node.operands[1] === at.index
      const isSearch = SEARCHES.has(node.op) && at === null
      const range = isElement ? at.range : isSearch ? rangeOf(node, isZero) : null
      const sums = node.operands[SUMS[node.op] ?? -1]
      const isFree = anyoneAsks && node.op === 'is_best'
      for (const id of node.operands) if (params.has(id) && !isFree) touch(id, id === sums ? PRODUCTS : range)
      const spread = hasTrait(ops[node.op]!, 'spread') && node.regions.length > 0 && at === null ? rangeOf(node, isZero) : null
      for (const inner of node.regions) inBlock(inner, spread === null ? at : { index: inner.params[0]!.id, range: spread })
    }
  }
  const points = func.body.nodes.at(-1)
  if (points?.op === 'points' && points.attrs.team === true) inBlock(func.body, null)
  return ranges
}

/** Ranges from 0 are told by where they end. */
function rangeOf({ op, operands }: Node, isZero: (id: ValueId) => boolean): string {
  if (op === 'threshold' || op === 'keep_best') return `..${operands[1]}`
  if (op === 'half_keys') return `..${operands[3]}`
  if (op === 'store_bits') return `..${operands[2]}`
  const [lo, hi] = op === 'compact' ? operands.slice(2) : operands
  return isZero(lo!) ? `..${hi}` : `${lo}..${hi}`
}

function withRows(func: Func, rows: ReadonlySet<number>): Func {
  const params = func.params.map((param, i) =>
    rows.has(i) && param.type.kind === 'buffer' ? { ...param, type: { ...param.type, access: 'lane' as const } } : param,
  )
  return { ...func, params, body: { ...func.body, params: params.map(({ id, name, type }) => ({ id, name, type })) } }
}

function withLaunches(func: Func, rows: ReadonlyMap<string, ReadonlySet<number>>): Func {
  const nodes = func.body.nodes.map((node) => {
    const own = node.op === 'launch' ? rows.get(String(node.attrs.kernel)) : undefined
    if (own === undefined || own.size === 0) return node
    const as = (node.attrs.as as readonly string[]).map((kind, i) => (own.has(i) ? 'lane' : kind))
    return { ...node, attrs: { ...node.attrs, as } }
  })
  return { ...func, body: { ...func.body, nodes } }
}
