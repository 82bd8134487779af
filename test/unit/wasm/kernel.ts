/** Builds kernels by hand and runs them in the JavaScript engine. */
import { FuncBuilder } from '../../../compiler/ir/builder.ts'
import type { Attrs, BlockParam, Func, FuncParam, ValueId } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import {
  machine,
  type BufferType,
  type DType,
  type MachineDType,
  type MachineType,
  type Type,
} from '../../../compiler/ir/types.ts'
import { emitWasm } from '../../../backends/wasm/emit.ts'

export const buffer = (dtype: DType, access: BufferType['access'] = 'readwrite'): BufferType => ({
  kind: 'buffer',
  dtype,
  access,
})
export { machine }

export class KernelBuilder extends FuncBuilder {
  constructor() {
    super(ops)
  }

  constant(value: number | string, dtype: MachineDType = 'i32', lanes = 1): ValueId {
    return this.emit('constant', [], { value, dtype, lanes })
  }

  load(from: BlockParam, index: ValueId, lanes = 1): ValueId {
    return this.emit('load', [from.id, index], { lanes })
  }

  store(to: BlockParam, index: ValueId, value: ValueId): void {
    this.emitAll('store', [to.id, index, value])
  }

  /** A `for` loop; `body` gets the index and the carried values. */
  for(
    lo: ValueId,
    hi: ValueId,
    step: number,
    carried: readonly ValueId[],
    body: (index: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    const params = [this.param('i', machine('i32')), ...carried.map((id, i) => this.param(`c${i}`, this.typeOf(id)))]
    const [index, ...inside] = params.map(({ id }) => id)
    const block = this.block(params, () => body(index as ValueId, inside))
    return this.emitAll('for', [lo, hi, ...carried], { step }, [block])
  }

  while(
    carried: readonly ValueId[],
    test: (values: readonly ValueId[]) => readonly ValueId[],
    body: (values: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    const region = (fill: (values: readonly ValueId[]) => readonly ValueId[]) => {
      const params = carried.map((id, i) => this.param(`w${i}`, this.typeOf(id)))
      return this.block(params, () => fill(params.map(({ id }) => id)))
    }
    return this.emitAll('while', carried, {}, [region(test), region(body)])
  }

  if(
    condition: ValueId,
    types: readonly MachineType[],
    then: () => readonly ValueId[],
    otherwise: () => readonly ValueId[],
  ): readonly ValueId[] {
    const regions = [this.block([], then), this.block([], otherwise)]
    return this.emitAll('if', [condition], { types: types as unknown as Attrs[string] }, regions)
  }
}

export function kernelOf<const T extends Readonly<Record<string, Type>>>(
  name: string,
  types: T,
  fill: (builder: KernelBuilder, params: { readonly [K in keyof T]: BlockParam }) => void,
): Func {
  const builder = new KernelBuilder()
  const params = Object.entries(types).map(([param, type]) => builder.param(param, type))
  fill(
    builder,
    Object.fromEntries(params.map((param) => [param.name, param])) as unknown as { readonly [K in keyof T]: BlockParam },
  )
  const body = { params, nodes: builder.take(), yields: [] }
  const funcParams = params.map((param): FuncParam => ({ ...param, role: 'argument', axes: [] }))
  return { name, role: 'kernel', doc: null, variant: {}, params: funcParams, axes: [], body, outputs: [], span: null }
}

export interface Running {
  readonly memory: WebAssembly.Memory
  readonly call: Readonly<Record<string, (...args: readonly (number | bigint)[]) => void>>
  readonly bytes: Uint8Array
}

/** Emits, validates and instantiates. */
export async function start(kernels: readonly Func[], pages = 64): Promise<Running> {
  const { bytes } = await emitWasm(kernels)
  if (!WebAssembly.validate(bytes as BufferSource)) throw new Error('the engine refuses the module')
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536 })
  const { instance } = (await WebAssembly.instantiate(bytes as BufferSource, {
    env: { memory },
  })) as unknown as WebAssembly.WebAssemblyInstantiatedSource
  return { memory, call: instance.exports as unknown as Running['call'], bytes }
}

/** Where tests put buffers. */
export const AT = (slot: number): number => 65536 + slot * 1048576
