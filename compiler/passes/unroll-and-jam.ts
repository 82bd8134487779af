/**
 * A few independent iterations that one thread would run one after the other, each of them loops, become one run through those loops
 * that does the same step of all iterations side by side: what neighbouring iterations load is then neighbours in one block, and what
 * does not depend on the iteration is done once. So do iterations that are straight code in a branch, where all of them enter it.
 */
import type { Func, Node, ValueId } from '../ir/node.ts'
import { blockNodes } from '../ir/walk.ts'
import { AffineIndices } from './group-stores/affine.ts'
import { isStore } from './group-stores/neighbours.ts'
import { definePass, type PassContext } from './pass.ts'
import { Jam } from './unroll-and-jam/jam.ts'
import { LoopRewriter } from './vectorize/loop-rewriter.ts'

export const unrollAndJam = definePass({
  name: 'unroll-and-jam',
  summary: 'a few side-by-side iterations of a thread, which are loops, become one loop with all of them in its body',
  from: 'kernel',
  to: 'same',
  example: {
    before: `module sums kernel {
  kernel k (%0 x: read f32[] argument, %1 y: readwrite f32[] argument, %2 rows: i32, %3 cols: i32, %4 pairs: i32) {
    %5 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    %6 = constant() {dtype = "i32", lanes = 1, value = 2} : i32
    %7 = constant() {dtype = "f32", lanes = 1, value = 0} : f32
    points(%4) {team = false} { (%8 pair: i32)
      %9 = mul(%8, %6) : i32
      %10 = add(%9, %6) : i32
      lanes(%9, %10) {combine = []} { (%11 col: i32)
        %12 = for(%5, %2, %7) {step = 1} : f32 { (%13 row: i32, %14 sum: f32)
          %15 = mul(%13, %3) : i32
          %16 = add(%15, %11) : i32
          %17 = load(%0, %16) {lanes = 1} : f32
          %18 = add(%14, %17) : f32
          yield %18
        }
        store(%1, %11, %12)
      }
    }
  }
}`,
    after: `module sums kernel {
  kernel k (%0 x: read f32[] argument, %1 y: readwrite f32[] argument, %2 rows: i32, %3 cols: i32, %4 pairs: i32) {
    %5 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    %6 = constant() {dtype = "i32", lanes = 1, value = 2} : i32
    %7 = constant() {dtype = "f32", lanes = 1, value = 0} : f32
    points(%4) {team = false} { (%8 pair: i32)
      %9 = mul(%8, %6) : i32
      %10 = add(%9, %6) : i32
      %11 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
      %12 = add(%9, %11) : i32
      %13, %14 = for(%5, %2, %7, %7) {step = 1} : f32, f32 { (%15 row: i32, %16 sum: f32, %17 sum: f32)
        %18 = mul(%15, %3) : i32
        %19 = add(%18, %9) : i32
        %20 = add(%18, %12) : i32
        %21 = load(%0, %19) {lanes = 1} : f32
        %22 = load(%0, %20) {lanes = 1} : f32
        %23 = add(%16, %21) : f32
        %24 = add(%17, %22) : f32
        yield %23, %24
      }
      store(%1, %9, %13)
      store(%1, %12, %14)
    }
  }
}`,
  },
  run: (module, ctx) => ({
    ...module,
    funcs: module.funcs.map((func) => (func.role === 'kernel' ? jammed(func, ctx) : func)),
  }),
})

/** More iterations would not fit in registers. */
const MOST = 8

function jammed(func: Func, ctx: PassContext): Func {
  const points = func.body.nodes.at(-1)
  if (points?.op !== 'points' || points.attrs.team === true) return func
  const rewriter = new LoopRewriter(func)
  const affine = new AffineIndices(func)
  const body = points.regions[0]!
  const nodes = body.nodes.flatMap((node): readonly Node[] => {
    const count = countOf(node, affine)
    const guard = count === 0 ? null : guardOf(node)
    if (count === 0 || (guard === null && !hasLoops(node)) || !ctx.spend()) return [node]
    ctx.fired('unroll-and-jam', `${count} iterations of one thread are one`, { func: func.name, span: node.span })
    return guard === null ? new Jam(rewriter).loop(node, count) : new Jam(rewriter).guarded(node, guard, count)
  })
  return {
    ...func,
    body: { ...func.body, nodes: [...func.body.nodes.slice(0, -1), { ...points, regions: [{ ...body, nodes }] }] },
  }
}

const hasLoops = (node: Node): boolean => [...blockNodes(node.regions[0]!)].some(({ op }) => op === 'for')

/** The branch that a loop's body is, if it reads nothing that it stores; without it the body is straight code. */
function guardOf({ regions }: Node): Node | null {
  const last = regions[0]!.nodes.at(-1)
  if (last?.op !== 'if' || last.results.length > 0 || last.regions[1]!.nodes.length > 0) return null
  const entered = [...blockNodes(last.regions[0]!)]
  const stored = new Set(entered.filter(isStore).map(({ operands }) => operands[0]!))
  const isApart = entered.every((node) => isStore(node) || !node.operands.some((id) => stored.has(id)))
  return isApart && regions[0]!.nodes.every((node) => node === last || node.regions.length === 0) ? last : null
}

/** How many iterations a loop has: known and a few; 0 for others. */
function countOf({ op, operands }: Node, affine: AffineIndices): number {
  if (op !== 'lanes' || operands.length !== 2) return 0
  const [lo, hi] = operands.map((id) => affine.of(id)) as [Sum, Sum]
  const count = hi.offset - lo.offset
  const isSame =
    lo.terms.size === hi.terms.size && [...lo.terms].every(([id, factor]: [ValueId, number]) => hi.terms.get(id) === factor)
  return isSame && count > 1 && count <= MOST ? count : 0
}

type Sum = ReturnType<AffineIndices['of']>
