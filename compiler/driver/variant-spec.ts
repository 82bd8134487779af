/** One kernel-level entry as the manifest's description of what a host does for a call. */
import type {
  AxisSpec,
  BufferSpec,
  DTypeName,
  FormatSpec,
  KernelArg,
  OutputBinding,
  PackingSpec,
  ScalarExpr,
  Step,
  TensorBinding,
  VariantSpec,
} from '../../abi/manifest.ts'
import type { Func, Node, ValueId } from '../ir/node.ts'
import { attrAxes, NONE } from '../ir/op.ts'
import type { Packing, TensorType } from '../ir/types.ts'

export function packingSpec(packing: Packing | undefined): PackingSpec | null {
  if (packing === undefined) return null
  const { format, over, inside, exact } = packing
  return { format: format satisfies FormatSpec, over, ...(inside && { inside }), exact }
}

export const variantSpec = (func: Func): VariantSpec => new VariantWriter(func).write()

/** The description, and where in it the values of the function are. */
export interface DescribedVariant {
  readonly spec: VariantSpec
  /** Host scalars to indices of `spec.scalars`. */
  readonly scalars: ReadonlyMap<ValueId, number>
}

export function describeVariant(func: Func): DescribedVariant {
  const writer = new VariantWriter(func)
  return { spec: writer.write(), scalars: writer.scalarOf }
}

class VariantWriter {
  private readonly func: Func
  private readonly scalars: ScalarExpr[] = []
  readonly scalarOf = new Map<ValueId, number>()
  private readonly buffers: BufferSpec[] = []
  private readonly bufferOf = new Map<ValueId, number>()
  private readonly steps: Step[] = []
  private readonly sameExtent: [string, string][] = []
  private readonly inputParts = new Map<ValueId, Record<string, number>>()
  private readonly assembled = new Map<ValueId, Node>()

  constructor(func: Func) {
    this.func = func
  }

  write(): VariantSpec {
    const { func } = this
    for (const param of func.params) if (param.type.kind === 'scalar') this.addScalar(param.id, { op: 'param', name: param.name })
    for (const node of func.body.nodes) this.visit(node)
    const inputs = func.params.filter((param) => param.role === 'input')
    const outputs = func.outputs.filter((output) => output.role === 'output')
    return {
      choices: func.variant,
      dtypes: Object.fromEntries(inputs.map((param) => [param.name, (param.type as TensorType).dtype as DTypeName])),
      axes: func.axes.map((axis): AxisSpec => {
        const { extent } = axis
        if (extent.kind === 'bound') return { name: axis.name, kind: 'bound' }
        if (extent.kind === 'scalar') return { name: axis.name, kind: 'scalar', scalar: this.scalar(extent.value) }
        return { name: axis.name, kind: 'counted', buffer: this.buffer(extent.value) }
      }),
      scalars: this.scalars,
      buffers: this.buffers,
      steps: this.steps,
      inputs: inputs.map((param) => this.inputBinding(param.id, param.name, param.type as TensorType)),
      outputs: outputs.map((output) => this.outputBinding(output.name, output.value)),
      states: this.stateBindings(),
      ...(this.sameExtent.length === 0 ? {} : { sameExtent: this.sameExtent }),
    }
  }

  private addScalar(id: ValueId, expr: ScalarExpr): void {
    this.scalarOf.set(id, this.scalars.length)
    this.scalars.push(expr)
  }

  private scalar(id: ValueId): number {
    const index = this.scalarOf.get(id)
    if (index === undefined) throw new Error(`%${id} is not a scalar of the plan`)
    return index
  }

  private buffer(id: ValueId): number {
    const index = this.bufferOf.get(id)
    if (index === undefined) throw new Error(`%${id} is not a buffer of the plan`)
    return index
  }

  private visit(node: Node): void {
    const result = node.results[0]
    switch (node.op) {
      case 'part':
        return this.addPart(node, result!.id)
      case 'buffer':
        return this.addBuffer(result!.id, {
          role: node.attrs.role as BufferSpec['role'],
          dtype: node.attrs.dtype as DTypeName,
          length: this.scalar(node.operands[0]!),
        })
      case 'launch':
        return void this.steps.push(this.launchStep(node))
      case 'fill':
        return void this.steps.push({ op: 'fill', buffer: this.buffer(node.operands[0]!), value: node.attrs.value as number })
      case 'same_extent':
        return void this.sameExtent.push(attrAxes(node.attrs) as [string, string])
      case 'assemble':
        return void this.assembled.set(result!.id, node)
      default:
        if (result?.type.kind !== 'scalar') throw new Error(`a host plan has no ${node.op}`)
        return this.addScalar(result.id, this.scalarExpr(node))
    }
  }

  private addBuffer(id: ValueId, spec: BufferSpec): void {
    this.bufferOf.set(id, this.buffers.length)
    this.buffers.push(spec)
  }

  private addPart(node: Node, id: ValueId): void {
    const [tensor, length] = node.operands as [ValueId, ValueId]
    const param = this.func.params.find((one) => one.id === tensor)
    if (param === undefined) throw new Error(`%${tensor} is not a parameter`)
    this.addBuffer(id, {
      role: param.role === 'state' ? 'state' : 'input',
      dtype: node.attrs.dtype as DTypeName,
      length: this.scalar(length),
    })
    this.inputParts.set(tensor, { ...this.inputParts.get(tensor), [String(node.attrs.part)]: this.buffer(id) })
  }

  private launchStep(node: Node): Step {
    const as = node.attrs.as as readonly string[]
    const indexOf = (what: string): number | null => (as.includes(what) ? this.scalar(node.operands[as.indexOf(what)]!) : null)
    const args = node.operands.flatMap((id, i) => this.launchArg(id, as[i]!))
    const points = indexOf('points')
    const grid = points === null ? {} : { grid: { points, team: node.attrs.team === true, width: indexOf('width') } }
    return { op: 'launch', kernel: String(node.attrs.kernel), args, ...grid }
  }

  private launchArg(id: ValueId, as: string): readonly KernelArg[] {
    switch (as) {
      case 'points':
      case 'width':
        return []
      case 'buffer':
        return [{ kind: 'buffer', buffer: this.buffer(id) }]
      case 'read':
      case 'readwrite':
      case 'scratch':
      case 'lane':
        return [{ kind: 'buffer', buffer: this.buffer(id), access: as }]
      default:
        return [{ kind: 'scalar', scalar: this.scalar(id), as: as as 'i32' }]
    }
  }

  private scalarExpr(node: Node): ScalarExpr {
    const optional = (id: ValueId | undefined): number | null => (id === undefined || id === NONE ? null : this.scalar(id))
    const { attrs, operands } = node
    switch (node.op) {
      case 'literal':
        return { op: 'literal', type: attrs.scalar as 'int', value: String(attrs.value) }
      case 'size':
        return { op: 'size', axis: String(attrs.axis) }
      case 'kept':
        return { op: 'kept', input: this.func.params.find((param) => param.id === operands[0])!.name }
      case 'row_room':
        return {
          op: 'row_room',
          input: this.func.params.find((param) => param.id === operands[0])!.name,
          otherwise: this.scalar(operands[1]!),
        }
      case 'budget':
        return {
          op: 'budget',
          mode: attrs.mode as 'keep',
          round: attrs.round as 'down',
          amount: this.scalar(operands[0]!),
          amountIs: attrs.amount as 'ratio',
          extent: this.scalar(operands[1]!),
          atLeast: optional(operands[2]),
          multipleOf: optional(operands[3]),
        }
      case 'convert':
        return { op: `convert_${attrs.to === 'f32' || attrs.to === 'real' ? 'real' : 'int'}`, args: [this.scalar(operands[0]!)] }
      default:
        return { op: node.op, args: operands.map((id) => this.scalar(id)) }
    }
  }

  private inputBinding(id: ValueId, name: string, type: TensorType): TensorBinding {
    return { name, packing: packingSpec(type.packing), parts: this.inputParts.get(id) ?? {} }
  }

  private outputBinding(name: string, value: ValueId): OutputBinding {
    const node = this.assembled.get(value)
    if (node === undefined) throw new Error(`output ${name} is not assembled`)
    const type = node.results[0]!.type as TensorType
    const [kept] = node.operands
    return {
      name,
      dtype: type.dtype as DTypeName,
      packing: packingSpec(type.packing),
      parts: this.partsOf(node),
      kept: kept === undefined || kept === NONE ? null : this.scalar(kept),
    }
  }

  private partsOf(node: Node): Record<string, number> {
    const names = node.attrs.names as readonly string[]
    return Object.fromEntries(names.map((name, i) => [name, this.buffer(node.operands[i + 1]!)]))
  }

  private stateBindings(): VariantSpec['states'] {
    const params = this.func.params.filter((param) => param.role === 'state')
    const updates = this.func.outputs.filter((output) => output.role === 'state')
    const names = [...new Set([...params, ...updates].map((one) => one.name))]
    return names.map((name) => {
      const param = params.find((one) => one.name === name)
      const update = updates.find((one) => one.name === name)
      const node = update === undefined ? undefined : this.assembled.get(update.value)
      const axes = (param ?? update)!.axes
      return {
        name,
        atoms: axes.flatMap((axis) => axis.atoms),
        from: param === undefined ? null : (this.inputParts.get(param.id)?.values ?? null),
        to: node === undefined ? null : this.partsOf(node).values!,
        ...(update?.at === undefined
          ? {}
          : { at: update.at.map((one) => ({ axis: one.axis, scalar: this.scalar(one.position) })) }),
      }
    })
  }
}
