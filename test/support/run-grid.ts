/**
 * Runs one kernel of a WGSL module on a device, with nothing around it: bindings and uniform words as `abi/grid-bindings.ts` says,
 * one dispatch. For tests of emitted text; policies are run by the host.
 */
import {
  entryPointName,
  gridBindings,
  localWordsName,
  type GridBinding,
  type GridBindings,
  type GridParam,
} from '../../abi/grid-bindings.ts'
import type { Func } from '../../compiler/ir/node.ts'

/** A buffer by its bytes, scratch by its elements per worker, a scalar by its number. */
export type GridArg = ArrayBufferView | { readonly scratch: number } | number

export interface GridOptions {
  readonly points: number
  readonly groupSize?: number
  /** Workgroups to dispatch; by default one for each point of a team, or as many as have a thread for each. */
  readonly groups?: readonly [number, number]
  /** Teams of lanes in a workgroup, where the module has those forms. */
  readonly teams?: number
  /** Words of workgroup memory for scratch; by default it is in its binding. */
  readonly localWords?: number
}

/** The flags of WebGPU, which are no globals here. */
const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 0x40, storage: 0x80 } as const
const MAP_READ = 1

/** The bytes of every buffer afterwards, by position; null for scalars and scratch. */
export async function runGrid(
  device: GPUDevice,
  module: string,
  kernel: Func,
  args: readonly GridArg[],
  options: GridOptions,
): Promise<readonly (ArrayBuffer | null)[]> {
  const params = kernel.params.map(({ type }): GridParam => {
    if (type.kind === 'buffer') return type.access === 'write' ? 'readwrite' : type.access
    return (type as { readonly dtype: 'i32' }).dtype
  })
  const team = kernel.body.nodes.at(-1)?.attrs.team === true
  const groupSize = options.groupSize ?? 64
  const [x, y] = options.groups ?? [Math.max(team ? options.points : Math.ceil(options.points / groupSize), 1), 1]
  const workers = x * y * (team ? (options.teams ?? 1) : groupSize)
  const bindings = gridBindings(params)
  const layout = layoutOf(bindings, args, workers)
  // Teams of lanes have their rows in registers: their shaders do not know of scratch.
  const bound = bindings.storage.filter(({ access }) => access !== 'scratch' || options.teams === undefined)
  const storage = bound.map((binding) => storageBuffer(device, binding, args, layout, workers))
  const uniform = device.createBuffer({ size: bindings.uniformWords * 4, usage: USAGE.uniform | USAGE.copyTo })
  device.queue.writeBuffer(uniform, 0, uniformWords(bindings, params, args, layout, workers, options.points))
  const constants: Record<string, number> = { GROUP_SIZE: groupSize }
  if (options.localWords !== undefined) constants[localWordsName(kernel.name)] = options.localWords
  const pipeline = await pipelineOf(device, module, entryPointName(kernel.name), constants)
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [uniform, ...storage].map((buffer, binding) => ({ binding, resource: { buffer } })),
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(x, y)
  pass.end()
  device.queue.submit([encoder.finish()])
  const read = await Promise.all(storage.map((buffer) => contents(device, buffer)))
  for (const buffer of [uniform, ...storage]) buffer.destroy()
  return args.map((arg, i) => {
    const binding = bindings.slots[i]?.binding ?? null
    if (!ArrayBuffer.isView(arg) || binding === null) return null
    const start = (layout[i] as number) * 4
    return (read[binding - 1] as ArrayBuffer).slice(start, start + arg.byteLength)
  })
}

const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>()

/** Compiled once, with the layout that the module implies; what it has to say is the message of the error. */
export function pipelineOf(
  device: GPUDevice,
  module: string,
  entryPoint: string,
  constants: Record<string, number>,
): Promise<GPUComputePipeline> {
  const known = pipelines.get(device) ?? new Map<string, Promise<GPUComputePipeline>>()
  pipelines.set(device, known)
  const key = JSON.stringify([module, entryPoint, constants])
  const pipeline = known.get(key) ?? compile(device, module, entryPoint, constants)
  known.set(key, pipeline)
  return pipeline
}

async function compile(
  device: GPUDevice,
  module: string,
  entryPoint: string,
  constants: Record<string, number>,
): Promise<GPUComputePipeline> {
  device.pushErrorScope('validation')
  const shader = device.createShaderModule({ code: module })
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: shader, entryPoint, constants } })
  const error = await device.popErrorScope()
  if (error !== null) {
    const lines = module.split('\n').map((line, i) => `${String(i + 1).padStart(4)} ${line}`)
    throw new Error(`${error.message}\n${lines.join('\n')}`)
  }
  return pipeline
}

const wordsIn = (arg: GridArg | undefined, workers: number): number => {
  if (ArrayBuffer.isView(arg)) return Math.ceil(arg.byteLength / 4)
  return typeof arg === 'object' ? arg.scratch * workers : 0
}

/** The first word of every buffer inside its binding. */
function layoutOf({ storage }: GridBindings, args: readonly GridArg[], workers: number): readonly number[] {
  const starts = args.map(() => 0)
  for (const { params } of storage) {
    let at = 0
    for (const param of params) {
      starts[param] = at
      at += wordsIn(args[param], workers)
    }
  }
  return starts
}

function storageBuffer(
  device: GPUDevice,
  { params }: GridBinding,
  args: readonly GridArg[],
  layout: readonly number[],
  workers: number,
): GPUBuffer {
  const words = params.reduce((total, param) => total + wordsIn(args[param], workers), 0)
  const buffer = device.createBuffer({
    size: Math.max(words, 1) * 4,
    usage: USAGE.storage | USAGE.copyFrom | USAGE.copyTo,
  })
  for (const param of params) {
    const part = args[param]
    if (!ArrayBuffer.isView(part)) continue
    const padded = new Uint8Array(wordsIn(part, workers) * 4)
    padded.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
    device.queue.writeBuffer(buffer, (layout[param] as number) * 4, padded)
  }
  return buffer
}

function uniformWords(
  { slots, uniformWords: count }: GridBindings,
  params: readonly GridParam[],
  args: readonly GridArg[],
  layout: readonly number[],
  workers: number,
  points: number,
): ArrayBuffer {
  const words = new DataView(new ArrayBuffer(count * 4))
  words.setUint32(0, workers, true)
  words.setUint32(4, points, true)
  slots.forEach(({ word }, i) => {
    const arg = args[i] as GridArg
    const at = word * 4
    if (typeof arg !== 'number') {
      words.setUint32(at, layout[i] as number, true)
      if (!ArrayBuffer.isView(arg)) words.setUint32(at + 4, arg.scratch, true)
    } else if (params[i] === 'f32') words.setFloat32(at, arg, true)
    else if (params[i] === 'f64') words.setFloat64(at, arg, true)
    else words.setInt32(at, arg, true)
  })
  return words.buffer as ArrayBuffer
}

async function contents(device: GPUDevice, buffer: GPUBuffer): Promise<ArrayBuffer> {
  const staging = device.createBuffer({ size: buffer.size, usage: USAGE.mapRead | USAGE.copyTo })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(MAP_READ)
  const bytes = staging.getMappedRange().slice(0)
  staging.destroy()
  return bytes
}
