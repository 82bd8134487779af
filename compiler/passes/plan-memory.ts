/**
 * Lets buffers that hold values between launches share memory: one whose last launch is over is reused by a later one of
 * the same dtype and length.
 */
import type { Func, Node, ValueId } from '../ir/node.ts'
import { definePass } from './pass.ts'

export const planMemory = definePass({
  name: 'plan-memory',
  summary: 'reuses temporary buffers whose last reader has run',
  from: 'kernel',
  to: 'same',
  example: {
    before: `module twice kernel {
  entry e (%0 X: f32[row] input) axes(row) {
    %1 = size() {axis = "row"} : int
    %2 = part(%0, %1) {dtype = "f32", part = "values"} : read f32[]
    %3 = buffer(%1) {dtype = "f32", role = "temp"} : readwrite f32[]
    %4 = buffer(%1) {dtype = "f32", role = "output"} : readwrite f32[]
    %5 = buffer(%1) {dtype = "f32", role = "temp"} : readwrite f32[]
    launch(%2, %3) {as = ["buffer", "buffer"], kernel = "a"}
    launch(%3, %4) {as = ["buffer", "buffer"], kernel = "b"}
    launch(%4, %5) {as = ["buffer", "buffer"], kernel = "c"}
    %6 = assemble(_, %4) {names = ["values"], type = {"kind": "tensor", "dtype": "f32", "axes": ["row"]}} : f32[row]
    return out = %6
  }
}`,
    after: `module twice kernel {
  entry e (%0 X: f32[row] input) axes(row) {
    %1 = size() {axis = "row"} : int
    %2 = part(%0, %1) {dtype = "f32", part = "values"} : read f32[]
    %3 = buffer(%1) {dtype = "f32", role = "temp"} : readwrite f32[]
    %4 = buffer(%1) {dtype = "f32", role = "output"} : readwrite f32[]
    launch(%2, %3) {as = ["buffer", "buffer"], kernel = "a"}
    launch(%3, %4) {as = ["buffer", "buffer"], kernel = "b"}
    launch(%4, %3) {as = ["buffer", "buffer"], kernel = "c"}
    %6 = assemble(_, %4) {names = ["values"], type = {"axes": ["row"], "dtype": "f32", "kind": "tensor"}} : f32[row]
    return out = %6
  }
}`,
  },
  run: (module, ctx) => ({
    ...module,
    funcs: module.funcs.map((func) =>
      func.role === 'entry'
        ? shareTemps(func, (from, to) => ctx.fired('share-buffer', `%${from} uses the memory of %${to}`, { func: func.name }))
        : func,
    ),
  }),
})

interface Lifetime {
  readonly node: Node
  readonly first: number
  readonly last: number
}

function shareTemps(func: Func, report: (from: ValueId, to: ValueId) => void): Func {
  const replaced = new Map<ValueId, ValueId>()
  const free: { readonly id: ValueId; readonly key: string; last: number }[] = []
  for (const { node, first, last } of lifetimes(func)) {
    const id = node.results[0]!.id
    const key = `${String(node.attrs.dtype)} ${node.operands[0]}`
    const slot = free.find((one) => one.key === key && one.last < first)
    if (slot === undefined) free.push({ id, key, last })
    else {
      slot.last = last
      replaced.set(id, slot.id)
      report(id, slot.id)
    }
  }
  if (replaced.size === 0) return func
  const nodes = func.body.nodes
    .filter((node) => !node.results.some((result) => replaced.has(result.id)))
    .map((node) => ({ ...node, operands: node.operands.map((id) => replaced.get(id) ?? id) }))
  return { ...func, body: { ...func.body, nodes } }
}

/** Temporary buffers by their first launch, with the positions of first and last use. */
function lifetimes(func: Func): readonly Lifetime[] {
  const temps = func.body.nodes.filter((node) => node.op === 'buffer' && node.attrs.role === 'temp')
  return temps
    .map((node) => {
      const uses = func.body.nodes.flatMap((user, i) => (user.operands.includes(node.results[0]!.id) ? [i] : []))
      return { node, first: Math.min(...uses), last: Math.max(...uses) }
    })
    .filter((one) => Number.isFinite(one.first))
    .sort((x, y) => x.first - y.first)
}
