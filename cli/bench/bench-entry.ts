/** Measures one entry on some targets with the same tensors: the calls first, then a plain copy of as many bytes on each. */
import type { EntrySignature } from '../../compiler/frontend/check/signature.ts'
import type { FloatDTypes } from '../float-dtypes.ts'
import type { Program } from '../program.ts'
import { bytesOf, type DenseTensor, type Runner, type RunTensors } from '../runner.ts'
import type { Stopwatch } from '../stopwatch.ts'
import type { TargetName, Targets } from '../targets.ts'
import { leastBytes, type LeastBytes } from './least-bytes.ts'
import { measure, type Measured, type MeasureLimits } from './measure.ts'
import type { Benched, BenchedInput, BenchedTarget } from './report.ts'
import { makeWorkload, type Workload } from './workload.ts'

export type Limits = Omit<MeasureLimits, 'least'>

/** What is asked for. */
export interface Subject {
  readonly entry: EntrySignature
  readonly given: RunTensors
  /** Values of parameters and arguments, as written. */
  readonly set: Readonly<Record<string, string>>
  readonly sizes: Readonly<Record<string, number>>
  readonly dtypes: FloatDTypes
  /** Null: generated. */
  readonly states: Readonly<Record<string, DenseTensor>> | null
}

export interface BenchRequest {
  readonly program: Program
  readonly subject: Subject
  readonly names: readonly TargetName[]
  readonly limits: Limits
}

/** What generated inputs have together at least: more than caches hold; the reference is no measure of memory. */
const inputBytes: Readonly<Record<TargetName, number>> = { reference: 2 ** 16, wasm: 2 ** 26, wgsl: 2 ** 28, cuda: 2 ** 28 }

/** Milliseconds that one measurement takes at least: calls on a device are queued, and their end is noticed a little later. */
const leastTime: Readonly<Record<TargetName, number>> = { reference: 1, wasm: 5, wgsl: 50, cuda: 50 }

/** Of a copy. Larger ones are no faster or slower, smaller ones are all overhead. */
const copiedBytes = { least: 2 ** 12, most: 2 ** 28 }

interface Called {
  readonly name: TargetName
  readonly device: string
  readonly runner: Runner
  readonly call: Measured
}

export async function benchEntry(request: BenchRequest, targets: Targets, watch: Stopwatch): Promise<Benched> {
  const { program, subject, names, limits } = request
  const bytes = names.includes('reference') ? inputBytes.reference : Math.max(...names.map((name) => inputBytes[name]))
  const workload = watch.timeSync('generate', () => makeWorkload(program, { ...subject, bytes }))
  const open = Object.fromEntries(workload.open.map((axis) => [axis, workload.extents.get(axis) ?? 0]))
  const densities = new Map(workload.densities)
  const called: Called[] = []
  for (const name of names) {
    const runner = targets.runner(name, program, { ...subject.sizes, ...open })
    await runner.restore(subject.states ?? workload.states)
    const repeated = await watch.time(name, () => runner.repeat(workload.request))
    const call = await watch.time(name, () => measure(repeated, { ...limits, least: leastTime[name] }))
    for (const [input, density] of repeated.densities) densities.set(input, density)
    repeated.release()
    called.push({ name, device: repeated.device, runner, call })
  }
  const account = { ...workload, entry: subject.entry.name, dtypes: subject.dtypes, densities }
  const least = await watch.time('account', () => leastBytes(program, account))
  const compared: BenchedTarget[] = []
  for (const one of called) compared.push(await watch.time('copy', () => withCopy(one, copyOf(least, bytes), limits)))
  return {
    ...{ policy: program.name, entry: subject.entry.name, extents: workload.extents },
    ...{ inputs: subject.entry.inputs.flatMap((input) => inputRecord(input, workload)), least, targets: compared },
  }
}

const copyOf = (least: LeastBytes | null, otherwise: number): number =>
  Math.min(copiedBytes.most, Math.max(copiedBytes.least, Math.ceil((least?.bytes ?? otherwise) / 2)))

async function withCopy({ name, device, runner, call }: Called, copied: number, limits: Limits): Promise<BenchedTarget> {
  const plain = await runner.copy(copied)
  const copy = await measure(plain, { ...limits, least: leastTime[name] })
  plain.release()
  runner.release()
  return { target: name, device, call, copy, copied }
}

function inputRecord(input: EntrySignature['inputs'][number], workload: Workload): readonly BenchedInput[] {
  if (input.kind !== 'tensor') return []
  const { name, axes } = input
  const tensor = workload.request.inputs[name]
  const { dtype, shape } = tensor ?? workload.made.get(name)!
  return [
    { name, dtype, shape, axes, bytes: tensor === undefined ? null : bytesOf(tensor), source: workload.sources.get(name) ?? '' },
  ]
}
