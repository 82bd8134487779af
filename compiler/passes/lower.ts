/**
 * sparse -> kernel: every region becomes a kernel function, and the entry becomes the host's plan: scalars, buffers and
 * launches in order.
 */
import { equalExtents } from '../ir/equal-axes.ts'
import type { Func, Node, ValueId } from '../ir/node.ts'
import { NONE } from '../ir/op.ts'
import type { TensorType } from '../ir/types.ts'
import { blockNodes, definitions, typesOf } from '../ir/walk.ts'
import { HostPlan, type Storage } from './lower/host-plan.ts'
import { lowerRegion } from './lower/region.ts'
import { definePass, type PassContext } from './pass.ts'

export const lower = definePass({
  name: 'lower',
  summary: 'turns regions into kernels of loops and memory, and entries into host plans',
  from: 'sparse',
  to: 'kernel',
  example: {
    before: `module scaled sparse {
  entry total (%0 X: f32[row] input) axes(row) {
    %1 = region(%0) {grid = ["row"], types = [{"kind": "tensor", "dtype": "f32", "axes": ["row"]}]} : f32[row] {
      %2 = abs(%0) : f32[row]
      yield %2
    }
    return total = %1
  }
}`,
    after: `module scaled kernel {
  entry total (%0 X: f32[row] input) axes(row) {
    %3 = size() {axis = "row"} : int
    %4 = buffer(%3) {dtype = "f32", role = "output"} : readwrite f32[]
    %5 = part(%0, %3) {dtype = "f32", part = "values"} : read f32[]
    launch(%4, %3, %5) {as = ["buffer", "i32", "buffer"], kernel = "total_0"}
    %6 = assemble(_, %4) {names = ["values"], type = {"axes": ["row"], "dtype": "f32", "kind": "tensor"}} : f32[row]
    return total = %6
  }
  kernel total_0 (%0 o2: readwrite f32[] argument, %2 s3: i32, %4 t0: read f32[] argument) {
    %1 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    %5 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
    lanes(%1, %2) {combine = []} { (%3 i: i32)
      %6 = load(%4, %3) {lanes = 1} : f32
      %7 = abs(%6) : f32
      store(%0, %3, %7)
    }
  }
}`,
  },
  run: (module, ctx) => {
    const lowered = module.funcs.filter((func) => func.role === 'entry').map((func) => lowerEntry(func, ctx))
    return { ...module, level: 'kernel', funcs: lowered.flatMap(({ entry, kernels }) => [entry, ...kernels]) }
  },
})

function lowerEntry(func: Func, ctx: PassContext): { entry: Func; kernels: readonly Func[] } {
  return new EntryLowering(func, ctx).run()
}

/** Names are unique in the module: entry, variant and position. */
function kernelName(func: Func, index: number): string {
  const variant = Object.values(func.variant).map((choice) => `_${choice}`)
  return `${func.name}${variant.join('')}_${index}`
}

class EntryLowering {
  private readonly func: Func
  private readonly ctx: PassContext
  private readonly plan: HostPlan
  private readonly kernels: Func[] = []
  private readonly results = new Map<ValueId, ValueId>() // region result -> assembled tensor

  constructor(func: Func, ctx: PassContext) {
    this.func = func
    this.ctx = ctx
    this.plan = new HostPlan(func, ctx.ops)
  }

  run(): { entry: Func; kernels: readonly Func[] } {
    for (const node of this.func.body.nodes) {
      if (node.op === 'region') this.lowerNode(node)
      else this.plan.append(node)
    }
    const yields = this.func.body.yields.map((id) => this.finished(id))
    const outputs = this.func.outputs.map((output, i) => ({ ...output, value: yields[i]! }))
    const axes = this.func.axes.map((axis) =>
      axis.extent.kind === 'counted'
        ? { ...axis, extent: { ...axis.extent, value: this.plan.storageOf(axis.extent.value).parts.values! } }
        : axis,
    )
    const body = { params: this.func.body.params, nodes: this.plan.finish(), yields }
    return { entry: { ...this.func, axes, outputs, body }, kernels: this.kernels }
  }

  private finished(id: ValueId): ValueId {
    const known = this.results.get(id)
    if (known !== undefined) return known
    const made = this.plan.assemble(this.plan.storageOf(id))
    this.results.set(id, made)
    return made
  }

  private lowerNode(node: Node): void {
    const block = node.regions[0]!
    const local = new Map(block.nodes.flatMap((inner) => inner.results.map((result) => [result.id, inner])))
    const storages = new Map<ValueId, Storage>()
    node.results.forEach((result, i) => {
      const inside = block.yields[i]!
      storages.set(inside, this.allocate(result.id, result.type as TensorType, local.get(inside)))
    })
    for (const pair of equalExtents(this.func, blockNodes(block))) this.plan.sameExtent(...pair)
    this.addKernel(node, storages)
    node.results.forEach((result, i) => this.plan.bind(result.id, storages.get(block.yields[i]!)!))
  }

  private allocate(result: ValueId, type: TensorType, maker: Node | undefined): Storage {
    const output = this.func.outputs.find((one) => one.value === result)
    const counted = this.func.axes.some((axis) => axis.extent.kind === 'counted' && axis.extent.value === result)
    const role = counted ? 'count' : output === undefined ? 'temp' : output.role === 'state' ? 'state' : 'output'
    const kept = type.packing?.exact === true ? (maker?.operands[2] ?? NONE) : NONE
    return this.plan.allocate(type, role, kept)
  }

  private addKernel(node: Node, results: ReadonlyMap<ValueId, Storage>): void {
    const defs = definitions(this.func)
    const types = typesOf(this.func)
    const { body, args, argKinds } = lowerRegion({ node, plan: this.plan, ops: this.ctx.ops, defs, types, results })
    const name = kernelName(this.func, this.kernels.length)
    const params = body.params.map((param) => ({ ...param, role: 'argument' as const, axes: [] }))
    this.kernels.push({ name, role: 'kernel', doc: null, variant: {}, params, axes: [], body, outputs: [], span: node.span })
    this.plan.launch(name, args, argKinds)
  }
}
