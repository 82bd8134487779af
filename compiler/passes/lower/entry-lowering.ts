/** One entry: a kernel for every region, and the host's plan around them. */
import { equalExtents } from '../../ir/equal-axes.ts'
import type { Func, Module, Node, ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { TensorType } from '../../ir/types.ts'
import { blockNodes, definitions, typesOf } from '../../ir/walk.ts'
import type { PassContext } from '../pass.ts'
import { HostPlan, type Storage } from './host-plan.ts'
import type { ParallelTarget } from './parallel-grid.ts'
import { fedBy, fedForm, type FedForm } from './fed-regions.ts'
import { onlyIf, type LoweredKernel } from './lowered-kernel.ts'
import { contextOf, lowerForm, lowerRegion, type RegionInput } from './lower-region.ts'

/** Every entry of a sparse module becomes a host plan and its kernels. */
export function lowerModule(module: Module, ctx: PassContext, parallel: ParallelTarget | null): Module {
  const lowered = module.funcs.filter((func) => func.role === 'entry').map((func) => new EntryLowering(func, ctx, parallel).run())
  return { ...module, level: 'kernel', funcs: lowered.flatMap(({ entry, kernels }) => [entry, ...kernels]) }
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

  private readonly parallel: ParallelTarget | null
  /** Regions that those before them feed, as one with them. */
  private readonly fed = new Map<Node, FedForm & { readonly node: Node }>()

  constructor(func: Func, ctx: PassContext, parallel: ParallelTarget | null) {
    this.parallel = parallel
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
    this.addKernels(node, storages)
    node.results.forEach((result, i) => this.plan.bind(result.id, storages.get(block.yields[i]!)!))
  }

  private allocate(result: ValueId, type: TensorType, maker: Node | undefined): Storage {
    const output = this.func.outputs.find((one) => one.value === result)
    const counted = this.func.axes.some((axis) => axis.extent.kind === 'counted' && axis.extent.value === result)
    const role = counted ? 'count' : output === undefined ? 'temp' : output.role === 'state' ? 'state' : 'output'
    const kept = type.packing?.exact === true ? (maker?.operands[2] ?? NONE) : NONE
    return this.plan.allocate(type, role, kept)
  }

  private addKernels(node: Node, results: ReadonlyMap<ValueId, Storage>): void {
    const defs = definitions(this.func)
    const types = typesOf(this.func)
    const { plan, parallel } = this
    for (const kernel of this.kernelsOf({ node, plan, ops: this.ctx.ops, defs, types, results, parallel })) {
      const { body, args, argKinds, team } = kernel
      const name = kernelName(this.func, this.kernels.length)
      const params = body.params.map((param) => ({ ...param, role: 'argument' as const, axes: [] }))
      this.kernels.push({ name, role: 'kernel', doc: null, variant: {}, params, axes: [], body, outputs: [], span: node.span })
      this.plan.launch(name, args, argKinds, team)
    }
  }

  /** The kernels of a region. Where it and the one that feeds it are one kernel, that stands before them, and which it is a call decides. */
  private kernelsOf(input: RegionInput): readonly LoweredKernel[] {
    const { plan } = this
    const fed = this.fed.get(input.node)
    const next = fed === undefined ? this.findFed(input) : null
    const kernels = lowerRegion(input).map((kernel) => {
      const wanted = (fed ?? next)?.wanted
      return wanted === undefined ? kernel : onlyIf(plan, plan.not(wanted), kernel)
    })
    if (fed === undefined) return kernels
    return [onlyIf(plan, fed.wanted, lowerForm({ ...input, node: fed.node }, fed.form)), ...kernels]
  }

  private findFed(input: RegionInput): FedForm | null {
    const { node, types, parallel } = input
    const region = parallel === null || parallel.columnBytes === 0 ? null : fedBy(this.func, node)
    if (region === null || parallel === null) return null
    const found = fedForm(contextOf({ ...input, node: region.node }, 'threads'), region, types, parallel.columnBytes)
    if (found !== null) this.fed.set(region.second, { ...found, node: region.node })
    return found
  }
}
