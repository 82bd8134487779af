/**
 * The C functions of a policy on a processor, kernels and all: for comparisons with the evaluator. Memory of the device is that of this
 * process, so a function is called as a C program calls it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  decodeToFloat32,
  dtypeBytes,
  encodeData,
  newData,
  viewData,
  type DTypeName,
  type TensorData,
} from '../../../abi/dtype.ts'
import { partDTypes, type PackedParts } from '../../../abi/formats/packed-parts.ts'
import { decodeNumber } from '../../../abi/manifest-number.ts'
import type { EntrySpec, Manifest, OutputBinding, PackingSpec } from '../../../abi/manifest.ts'
import { decodeMask, decodePacked, partLength, rowCount, type PackedLayout } from '../../../abi/packed.ts'
import { defaultParams, parseParams, type ParamValues } from '../../../abi/params.ts'
import { toText } from '../../../abi/rational.ts'
import { cudaBackend } from '../../../backends/cuda-c/index.ts'
import type { CompiledPolicy } from '../../../compiler/driver.ts'
import { callsOf, type CCall } from '../../../host/emit/c/c-call.ts'
import { outputs, stageNames } from '../../../host/emit/c/c-header.ts'
import { emitCHost } from '../../../host/emit/c/emit-c-host.ts'
import type { GivenInput } from '../../../host/runtime/given-input.ts'
import { layoutOf, shapeOf } from '../../../host/runtime/layout.ts'
import type { Plan } from '../../../host/runtime/plan.ts'
import { makePlan } from '../../../host/runtime/plan.ts'
import type { HostTensor, Params } from '../../../host/runtime/types.ts'
import { extentOf, settleScalars } from '../../../host/runtime/variant-scalars.ts'
import { argumentNames, entriesOf } from '../c-host.ts'
import type { Machine } from '../differential.ts'
import { CountingMemory, stateAxes } from '../expected-call.ts'
import { repositoryRoot } from '../source-tree.ts'
import { onCpu } from './cuda-on-cpu.ts'

interface Library {
  /** The code that the function returns. */
  call(name: string, ...args: readonly unknown[]): number
  address(bytes: Uint8Array): bigint
  lastError(): string
}

/** By their text. */
const libraries = new Map<string, Library>()

const SUPPORT = join(repositoryRoot, 'test/support')

async function compiled(manifest: Manifest, kernels: string): Promise<Library> {
  const { header, headerFile, source } = emitCHost(manifest)
  const entries = [...entriesOf(callsOf(manifest)).keys()]
  const text = [
    '#include <utility>\n#include "cuda-on-cpu.h"',
    ...[onCpu(kernels), '#include "running-runtime.h"', source],
    `static const Runner runners[] = {${entries.map((name) => `CPU_ENTRY(${name}), `).join('')}{nullptr, nullptr}};`,
    'extern "C" void begin() { all_runners = runners; }',
    'extern "C" uint64_t address(const void *at) { return (uint64_t)at; }',
  ].join('\n')
  const known = libraries.get(text)
  if (known !== undefined) return known
  const folder = mkdtempSync(join(tmpdir(), 'c-functions-'))
  writeFileSync(join(folder, headerFile), header)
  const path = join(folder, 'policy')
  writeFileSync(`${path}.cc`, text)
  const include = [folder, join(SUPPORT, 'cuda-on-cpu'), join(SUPPORT, 'fake-cuda')].flatMap((at) => ['-I', at])
  const options = ['-std=c++17', '-O0', '-w', '-shared', '-fPIC', '-ffp-contract=off', '-fno-strict-aliasing']
  execFileSync('c++', [...options, ...include, '-o', `${path}.so`, `${path}.cc`], { stdio: ['ignore', 'ignore', 'pipe'] })
  const koffi = (await import('koffi')).default
  const library = koffi.load(`${path}.so`)
  library.func('void begin()')()
  const word = /const char \*(\w+_last_error)/.exec(header)?.[1] ?? ''
  const address = library.func('uint64_t address(void *)') as (bytes: Uint8Array) => number | bigint
  const parameters = (name: string): string =>
    name.endsWith('_init')
      ? '(void *)'
      : /_(workspace_size|output_sizes)$/.test(name)
        ? '(void *, void *)'
        : '(void *, void *, size_t, void *)'
  const functions: Library = {
    call: (name, ...args) => Number(library.func(`int ${name}${parameters(name)}`)(...args)),
    address: (bytes) => BigInt(address(bytes)),
    lastError: library.func(`const char *${word}()`) as () => string,
  }
  libraries.set(text, functions)
  return functions
}

interface Stored {
  readonly dtype: DTypeName
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** What a call gave: a dense tensor, or the parts of a packed one. */
class Result {
  readonly kind: 'dense' | 'packed'
  readonly dtype: DTypeName
  readonly shape: readonly number[]
  readonly layout: PackedLayout | null
  readonly packing: PackingSpec | null
  readonly parts: PackedParts
  readonly keptPerRow: number | null

  constructor(
    binding: OutputBinding,
    shape: readonly number[],
    layout: PackedLayout | null,
    parts: PackedParts,
    keptPerRow: number | null,
  ) {
    this.kind = layout === null ? 'dense' : 'packed'
    this.dtype = binding.dtype
    this.packing = binding.packing
    this.shape = shape
    this.layout = layout
    this.parts = parts
    this.keptPerRow = keptPerRow
  }

  mask(): Uint8Array {
    return this.layout === null ? new Uint8Array() : decodeMask(this.layout, this.parts)
  }

  toFloat32(): Float32Array {
    if (this.layout === null) return decodeToFloat32(this.dtype, this.parts.values)
    const dense = newData(
      this.dtype,
      this.layout.dims.reduce((size, extent) => size * extent, 1),
    )
    decodePacked(this.layout, this.parts, dense)
    return decodeToFloat32(this.dtype, dense)
  }

  release(): void {}
}

type Given = { readonly data: TensorData; readonly shape: readonly number[]; readonly dtype: DTypeName } | Result

const isResult = (given: Given): given is Result => given instanceof Result
const bytesOf = (data: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

class CFunctions {
  readonly #manifest: Manifest
  readonly #library: Library
  readonly #sizes: ReadonlyMap<string, number>
  readonly #states = new Map<string, Stored>()

  constructor(manifest: Manifest, library: Library, sizes: Readonly<Record<string, number>>) {
    this.#manifest = manifest
    this.#library = library
    this.#sizes = new Map(Object.entries(sizes))
  }

  call(name: string, given: Readonly<Record<string, Given>>, params: Params = {}): Readonly<Record<string, Result>> {
    const entry = this.#manifest.entries.find((one) => one.name === name) as EntrySpec
    const values: ParamValues = new Map([
      ...defaultParams(this.#manifest.params),
      ...parseParams([...this.#manifest.params, ...entry.args], params, this.#manifest.policy),
    ])
    const call = callsOf(this.#manifest).find(
      (one) =>
        one.entry.name === name && Object.entries(one.variant.choices).every(([param, choice]) => values.get(param) === choice),
    ) as CCall
    const plan = this.#planOf(call, given, values)
    const memory = new Map<string, Uint8Array>()
    this.#placeGiven(call, plan, given, memory)
    const numbers = this.#numbersOf(call, plan, values, given)
    const room = new BigInt64Array(Math.max(1, outputs(call).length))
    const args = (): Uint8Array => this.#arguments(call, memory, numbers)
    if (outputs(call).length > 0) this.#check(this.#library.call(`${call.name}_output_sizes`, args(), wordBytes(room)))
    for (const [i, pointer] of outputs(call).entries())
      memory.set(call.fields.pointer(pointer), new Uint8Array(Number(room[i]) * dtypeBytes(pointer.dtype)))
    for (const pointer of call.memory.pointers)
      if (pointer.group === 'count') memory.set(call.fields.pointer(pointer), new Uint8Array(4))
    const size = new BigUint64Array(1)
    this.#check(this.#library.call(`${call.name}_workspace_size`, args(), wordBytes(size)))
    const workspace = aligned(this.#library, Number(size[0]))
    const counts = new Map<string, number>()
    for (const [i, stage] of stageNames(call).entries()) {
      for (const axis of call.stages[i]?.needs ?? []) numbers.set(call.fields.size(axis), [countIn(call, memory, axis)])
      this.#check(this.#library.call(stage, args(), workspace, Number(size[0]), null))
    }
    for (const axis of call.variant.axes) if (axis.kind === 'counted') counts.set(axis.name, countIn(call, memory, axis.name))
    return this.#results(call, plan, memory, counts)
  }

  readState(name: string): HostTensor {
    const { dtype, shape, bytes } = this.#states.get(name) as Stored
    const length = shape.reduce((size, extent) => size * extent, 1)
    return {
      dtype,
      shape: [...shape],
      data: viewData(dtype, bytes.buffer as ArrayBuffer, bytes.byteOffset, length),
    } as HostTensor
  }

  release(): void {}

  #check(code: number): void {
    if (code !== 0) throw new Error(this.#library.lastError())
  }

  #planOf(call: CCall, given: Readonly<Record<string, Given>>, params: ParamValues): Plan {
    const { entry, variant, manifest } = call
    const inputs = entry.inputs.map((spec): GivenInput => {
      const one = given[spec.name] as Given
      const common = { spec, shape: one.shape, dtypes: [one.dtype], ambiguous: null }
      if (!isResult(one) || one.layout === null || one.packing === null)
        return { ...common, source: { kind: 'numbers', data: [] } }
      const { dtype, packing, layout, keptPerRow } = one
      return { ...common, source: { kind: 'packed', tensor: { dtype, packing, layout, parts: {}, keptPerRow } } }
    })
    const states = variant.states.flatMap(({ name }) => {
      const known = this.#states.get(name)
      return known === undefined ? [] : [{ owner: name, axes: stateAxes(call, name), shape: known.shape }]
    })
    const memory = new CountingMemory(manifest.policy)
    return makePlan({ manifest, memory, entry, variant, inputs, params, states, sizes: this.#sizes })
  }

  #placeGiven(call: CCall, plan: Plan, given: Readonly<Record<string, Given>>, memory: Map<string, Uint8Array>): void {
    for (const pointer of call.memory.pointers) {
      const field = call.fields.pointer(pointer)
      if (pointer.group === 'state') memory.set(field, this.#stateBytes(call, plan, pointer.tensor))
      if (pointer.group !== 'in') continue
      const one = given[pointer.tensor] as Given
      if (!isResult(one)) memory.set(field, bytesOf(one.data))
      else {
        const part = one.parts[(pointer.part ?? 'values') as keyof PackedParts]
        const rows = one.layout === null ? 0 : rowCount(one.layout)
        const equal = Uint32Array.from({ length: rows + 1 }, (_, row) => row * (one.keptPerRow ?? 0))
        memory.set(field, bytesOf(part ?? equal))
      }
    }
  }

  #stateBytes(call: CCall, plan: Plan, name: string): Uint8Array {
    const known = this.#states.get(name)
    if (known !== undefined) return known.bytes
    const spec = this.#manifest.states.find((state) => state.name === name)
    const shape = shapeOf(stateAxes(call, name), plan.extents)
    const length = shape.reduce((size, extent) => size * extent, 1)
    const dtype = spec?.dtype ?? 'f32'
    const initial = encodeData(dtype, [decodeNumber(spec?.initial ?? 0)])[0] ?? 0
    const bytes = bytesOf(newData(dtype, length).fill(initial))
    this.#states.set(name, { dtype, shape, bytes })
    return bytes
  }

  #numbersOf(
    call: CCall,
    plan: Plan,
    values: ParamValues,
    given: Readonly<Record<string, Given>>,
  ): Map<string, readonly (number | bigint)[]> {
    const numbers = new Map<string, readonly (number | bigint)[]>()
    for (const { axis, atoms } of call.sizes.given)
      numbers.set(call.fields.size(axis), [atoms.reduce((product, atom) => product * (plan.extents.get(atom) ?? 0), 1)])
    for (const input of call.kept) numbers.set(call.fields.kept(input), [Number(plan.scope.kept(input) ?? 0)])
    for (const input of call.hinted) {
      const one = given[input] as Given
      numbers.set(call.fields.kept(input), [isResult(one) ? (one.keptPerRow ?? -1) : -1])
      numbers.set(call.fields.stored(input), [isResult(one) ? one.parts.values.length : -1])
    }
    for (const { name, type } of call.params) {
      const value = values.get(name)
      const [top = '0', bottom = '1'] = typeof value === 'object' ? toText(value).split('/') : []
      const exact = type === 'ratio' ? [BigInt(top), BigInt(bottom)] : [BigInt(top)]
      numbers.set(call.fields.param(name), typeof value === 'object' ? exact : [Number(value)])
    }
    return numbers
  }

  /** The structure: fields of 8 bytes, a ratio two of them. */
  #arguments(
    call: CCall,
    memory: ReadonlyMap<string, Uint8Array>,
    numbers: ReadonlyMap<string, readonly (number | bigint)[]>,
  ): Uint8Array {
    const reals = new Set(call.params.flatMap(({ name, type }) => (type === 'real' ? [call.fields.param(name)] : [])))
    const late = call.stages.flatMap(({ needs }) => needs.map((axis) => call.fields.size(axis)))
    const names = argumentNames(call)
    const sizes = names.findLastIndex((name) => name.startsWith('size.')) + 1
    const pointers = call.memory.pointers.length
    const order = [...names.slice(0, Math.max(sizes, pointers)), ...late, ...names.slice(Math.max(sizes, pointers))]
    const words = order.flatMap((name): bigint[] => {
      const bytes = memory.get(name)
      if (/^(in|state|out|count)\./.test(name)) return [bytes === undefined ? 0n : this.#library.address(bytes)]
      const values = numbers.get(name) ?? [-1]
      return values.map((value) => (reals.has(name) ? realBits(Number(value)) : BigInt(value)))
    })
    return wordBytes(BigInt64Array.from(words.length === 0 ? [0n] : words))
  }

  #results(call: CCall, plan: Plan, memory: ReadonlyMap<string, Uint8Array>, counts: ReadonlyMap<string, number>) {
    const extents = new Map([...plan.extents, ...counts])
    const slots = settleScalars(call.variant, plan.scope, extents, plan.slots)
    const results = call.variant.outputs.map((binding): readonly [string, Result] => {
      const spec = call.entry.outputs.find(({ name }) => name === binding.name) as EntrySpec['outputs'][number]
      const shape = shapeOf(spec.axes, extents)
      const layout = binding.packing === null ? null : layoutOf(spec.axes, binding.packing, [], extents)
      const perRow = binding.kept === null ? null : extentOf(slots, binding.kept, 'kept entries')
      const part = (name: string, length: number): TensorData => {
        const bytes = memory.get(`out.${binding.name}${layout === null ? '' : `.${name}`}`) ?? new Uint8Array()
        const dtype = name === 'values' ? binding.dtype : (partDTypes[name] ?? 'u32')
        return viewData(dtype, bytes.buffer as ArrayBuffer, bytes.byteOffset, length)
      }
      const size = shape.reduce((product, extent) => product * extent, 1)
      if (layout === null) return [binding.name, new Result(binding, shape, null, { values: part('values', size) }, null)]
      const rows = rowCount(layout)
      const kept = perRow === null ? (part('offsets', rows + 1)[rows] ?? 0) : rows * perRow
      const parts = Object.keys(binding.parts).map((name) => [name, part(name, partLength(name, layout, perRow, kept))])
      return [binding.name, new Result(binding, shape, layout, Object.fromEntries(parts) as unknown as PackedParts, perRow)]
    })
    return Object.fromEntries(results)
  }
}

const wordBytes = (words: BigInt64Array | BigUint64Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
const realBits = (value: number): bigint => new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n

/** Memory at a multiple of 256 bytes. */
function aligned(library: Library, bytes: number): Uint8Array {
  const memory = new Uint8Array(bytes + 512)
  const start = Number(-library.address(memory) & 255n)
  return memory.subarray(start, start + Math.max(bytes, 1))
}

function countIn(call: CCall, memory: ReadonlyMap<string, Uint8Array>, axis: string): number {
  const bytes = memory.get(
    call.fields.pointer(call.memory.pointers.find(({ group, tensor }) => group === 'count' && tensor === axis)!),
  )
  return new DataView(bytes!.buffer, bytes!.byteOffset).getInt32(0, true)
}

export const cFunctionsOnCpu: Machine = {
  backend: cudaBackend,
  open: async (policy: CompiledPolicy, sizes = {}) => {
    const kernels = policy.artifacts.find(({ role }) => role === 'kernels')!.content as string
    return new CFunctions(policy.manifest, await compiled(policy.manifest, kernels), sizes)
  },
}
