/**
 * Settles who does what in a kernel of many threads. One thread on its own runs `lanes` as ordinary loops. In a team, `lanes`
 * are shared out; what stores without being shared out is done once, by one thread; and a barrier stands between two accesses
 * to the same memory wherever threads may see each other's.
 */
import type { Block, Func, Node } from '../ir/node.ts'
import { placeBarriers } from './distribute/barriers.ts'
import { doOnce } from './distribute/once.ts'
import { oneByOne } from './distribute/one-by-one.ts'
import { hasTrait, type OpDef } from '../ir/op.ts'
import { definePass } from './pass.ts'

export const distribute = definePass({
  name: 'distribute',
  summary: 'shares the work of a point among the threads of a team: what is done once, and where they wait for each other',
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
      %9 = load(%2, %5) {lanes = 1} : f32
      store(%1, %6, %9)
    }
  }
}`,
    after: `module sums kernel {
  kernel k (%0 x: read f32[] argument, %1 y: readwrite f32[] argument, %2 s: scratch f32[] argument, %3 rows: i32, %4 cols: i32) {
    %5 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    points(%3) {team = true} { (%6 row: i32)
      lanes(%5, %4) {combine = []} { (%7 i: i32)
        %8 = load(%0, %7) {lanes = 1} : f32
        store(%2, %7, %8)
      }
      barrier()
      %9 = load(%2, %5) {lanes = 1} : f32
      once() {types = []} {
        store(%1, %6, %9)
      }
      barrier()
    }
  }
}`,
  },
  run: (module, { ops }) => ({
    ...module,
    funcs: module.funcs.map((func) => (func.role === 'kernel' ? distributed(func, ops) : func)),
  }),
})

type Ops = Readonly<Record<string, OpDef>>

function distributed(func: Func, ops: Ops): Func {
  const nodes = func.body.nodes.map((node) => (node.op === 'points' ? distributePoints(func, node, ops) : node))
  return { ...func, body: { ...func.body, nodes } }
}

function distributePoints(func: Func, node: Node, ops: Ops): Node {
  const block = node.regions[0]!
  const inside =
    node.attrs.team === true ? placeBarriers(func, doOnce(func, oneByOneInside(block, ops), ops), ops) : oneByOne(block)
  return { ...node, regions: [inside] }
}

/** Only loops that are not inside of others are shared out. */
const oneByOneInside = (block: Block, ops: Ops): Block => ({
  ...block,
  nodes: block.nodes.map((node) => ({
    ...node,
    regions: node.regions.map((inner) => (hasTrait(ops[node.op]!, 'spread') ? oneByOne(inner) : oneByOneInside(inner, ops))),
  })),
})
