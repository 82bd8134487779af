/**
 * The account of one entry: what each kernel fuses, what it reads and writes, and how that compares with the least that any
 * implementation moves: every byte of an input that is needed read once, every byte of a result written once.
 *
 * What counts: inputs, results, states, and temporaries as large as a tensor. What a kernel keeps for itself and fits in
 * RESIDENT_BYTES (a row, a tile, counters) is scratch: its size is told and it moves nothing.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import type { BufferSpec, Step, VariantSpec } from '../../abi/manifest.ts'
import { describeVariant } from '../driver/variant-spec.ts'
import type { Func, Node, ValueId } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'
import { bufferNames } from './buffer-names.ts'
import { fusedIn, type Fused } from './fused.ts'
import { add, scale, smaller, sum, symbol, ZERO, type Quantity } from './quantity.ts'
import { scalarQuantity, type Scalars } from './scalar-quantity.ts'
import { sparsityOf, type Sparsity } from './sparsity.ts'
import { RESIDENT_BYTES, trafficOf, type BufferTraffic } from './traffic.ts'
import { accessesOf } from './walks.ts'

export interface AccountRequest {
  readonly ops: Readonly<Record<string, OpDef>>
  /** The entry as regions. */
  readonly sparse: Func
  /** The same entry as a host plan, before memory is shared, and the kernels it launches. */
  readonly plan: Func
  readonly kernels: readonly Func[]
  /** Every host scalar of the plan as a number: see `assumptions.ts`. */
  readonly values: readonly number[]
  /** Share of the elements held, for packed tensors whose rows differ in length. */
  readonly densities: ReadonlyMap<string, number>
}

export interface BufferAccount {
  readonly name: string
  readonly dtype: string
  readonly bytes: Quantity
  /** How often all that is touched of it goes over the bus. */
  readonly passes: Quantity
}

export interface KernelAccount {
  readonly kernel: string
  readonly fused: Fused
  readonly reads: readonly BufferAccount[]
  readonly writes: readonly BufferAccount[]
  /** Memory of its own that stays resident. */
  readonly scratch: Quantity
}

export interface EntryAccount {
  readonly kernels: readonly KernelAccount[]
  readonly moved: Quantity
  readonly least: Quantity
  readonly outputs: readonly (Sparsity & { readonly stored: Quantity | null })[]
  /** Packed tensors whose bytes depend on data and whose density is not given: their numbers are upper limits. */
  readonly ragged: readonly string[]
}

export function accountOf(request: AccountRequest): EntryAccount {
  return new Accounting(request).run()
}

interface Touched {
  readonly index: number
  readonly traffic: BufferTraffic
}

class Accounting {
  private readonly request: AccountRequest
  private readonly spec: VariantSpec
  private readonly scalars: Scalars
  private readonly scalarOf: ReadonlyMap<ValueId, number>
  private readonly names: readonly string[]
  private readonly lengths: readonly Quantity[]

  constructor(request: AccountRequest) {
    this.request = request
    const { spec, scalars } = describeVariant(request.plan)
    this.spec = spec
    this.scalarOf = scalars
    this.scalars = { exprs: spec.scalars, values: request.values }
    this.names = bufferNames(spec, request.sparse)
    const open = this.ragged()
    this.lengths = spec.buffers.map((buffer, index) => this.length(buffer, open.get(index) ?? null))
  }

  run(): EntryAccount {
    const regions = this.request.sparse.body.nodes.filter(({ op }) => op === 'region')
    const launches = this.spec.steps.flatMap((step) => (step.op === 'launch' ? [step] : []))
    const touched = launches.map((step) => this.touched(step))
    const kernels = launches.map((step, i) => this.kernel(step.kernel, touched[i]!, regions[i]))
    const bytes = (kernel: KernelAccount): readonly Quantity[] => [...kernel.reads, ...kernel.writes].map((one) => one.bytes)
    const outputs = sparsityOf(this.request.sparse, {
      extent: (axis) => this.extent(axis),
      scalar: (id) => scalarQuantity(this.scalars, this.scalarOf.get(id) ?? -1),
    })
    return {
      kernels,
      moved: sum(kernels.flatMap(bytes)),
      least: this.least(touched.flat()),
      outputs: outputs.map((one) => ({ ...one, stored: this.stored(one.output) })),
      ragged: [...new Set(this.ragged().values())].filter((name) => !this.request.densities.has(name)),
    }
  }

  private extent(axis: string): Quantity {
    const spec = this.spec.axes.find(({ name }) => name === axis)
    const size = this.scalars.exprs.findIndex((expr) => expr.op === 'size' && 'axis' in expr && expr.axis === axis)
    if (spec?.kind === 'scalar') return scalarQuantity(this.scalars, spec.scalar)
    return symbol(axis, this.scalars.values[size] ?? NaN)
  }

  /** Buffers whose length depends on data, with the name of their tensor. */
  private ragged(): ReadonlyMap<number, string> {
    const found = [...this.spec.inputs, ...this.spec.outputs].flatMap(({ name, packing, parts }) =>
      packing === null || packing.exact
        ? []
        : ['values', 'indices'].flatMap((part) => (parts[part] === undefined ? [] : [[parts[part], name] as const])),
    )
    return new Map(found)
  }

  private length({ length }: BufferSpec, tensor: string | null): Quantity {
    const whole = scalarQuantity(this.scalars, length)
    return tensor === null ? whole : symbol(`kept(${tensor})`, whole.value * (this.request.densities.get(tensor) ?? 1))
  }

  private touched(step: Step & { readonly op: 'launch' }): readonly Touched[] {
    const kernel = this.request.kernels.find(({ name }) => name === step.kernel)
    if (kernel === undefined) throw new Error(`there is no kernel ${step.kernel}`)
    const { params } = kernel.body
    const numbers = step.args.flatMap((arg, at) =>
      arg.kind === 'scalar' ? [[params[at]!.id, scalarQuantity(this.scalars, arg.scalar)] as const] : [],
    )
    const accesses = accessesOf(kernel, new Map(numbers), this.request.ops)
    return step.args.flatMap((arg, at): Touched[] => {
      if (arg.kind !== 'buffer') return []
      const own = accesses.filter(({ param }) => param === at)
      return [
        {
          index: arg.buffer,
          traffic: trafficOf(own, { length: this.lengths[arg.buffer]!, bytesPerElement: this.width(arg.buffer) }),
        },
      ]
    })
  }

  private width(index: number): number {
    return dtypeBytes(this.spec.buffers[index]!.dtype)
  }

  private kernel(kernel: string, touched: readonly Touched[], region: Node | undefined): KernelAccount {
    const counted = touched.filter(({ index }) => !this.isResident(index))
    const side = (way: 'read' | 'write'): readonly BufferAccount[] =>
      counted
        .filter(({ traffic }) => traffic.moved[way].terms.length > 0)
        .map(({ index, traffic }) => {
          const { name = '', dtype } = { name: this.names[index], dtype: this.spec.buffers[index]!.dtype }
          const passes = symbol('passes', traffic.moved[way].value / traffic.touched[way].value)
          return { name, dtype, bytes: scale(traffic.moved[way], this.width(index)), passes }
        })
    const own = touched.filter(({ index }) => this.isResident(index))
    if (region === undefined) throw new Error(`kernel ${kernel} has no region`)
    return {
      kernel,
      fused: fusedIn(region, this.request.sparse, this.request.ops),
      reads: side('read'),
      writes: side('write'),
      scratch: sum(own.map(({ index }) => scale(this.lengths[index]!, this.width(index)))),
    }
  }

  private isResident(index: number): boolean {
    return this.spec.buffers[index]!.role === 'temp' && !(this.lengths[index]!.value * this.width(index) > RESIDENT_BYTES)
  }

  /** Of every input what the kernels touch of it, and every result whole. */
  private least(touched: readonly Touched[]): Quantity {
    const byRole = (...roles: readonly BufferSpec['role'][]) =>
      [...this.spec.buffers.entries()].filter(([, { role }]) => roles.includes(role))
    const needed = byRole('input', 'state').map(([index]) => {
      const reads = touched.filter((one) => one.index === index).map(({ traffic }) => traffic.touched.read)
      const most = reads.reduce((most, read) => (read.value > most.value ? read : most), ZERO)
      return scale(smaller(this.lengths[index]!, most), most.terms.length === 0 ? 0 : this.width(index))
    })
    const written = new Set([
      ...this.spec.outputs.flatMap(({ parts }) => Object.values(parts)),
      ...this.spec.states.flatMap(({ to }) => (to === null ? [] : [to])),
    ])
    const results = [...written].map((index) => scale(this.lengths[index]!, this.width(index)))
    return add(sum(needed), sum(results))
  }

  private stored(output: string): Quantity | null {
    const binding = this.spec.outputs.find(({ name }) => name === output)
    if (binding === undefined) return null
    return sum(Object.values(binding.parts).map((index) => scale(this.lengths[index]!, this.width(index))))
  }
}
