/**
 * The entries of a compiled policy as functions on tensors of TensorFlow.js. Elements stay on the device where both use the same;
 * else they travel through JavaScript's memory, read by `data()` or `dataSync()`. States and parameters stay in the policy, which
 * checks shapes and names; what it refuses is thrown in TensorFlow.js's words.
 */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { DTypeName } from '../../abi/dtype.ts'
import { entryMethods } from '../../abi/entry-methods.ts'
import { entryError, reworded } from './entry-error.ts'
import { givenBuffer, type Held } from './given-buffer.ts'
import { dtypeFor, givenTensor, type InputSpec } from './given-tensor.ts'
import {
  denseOf,
  fitsOnDevice,
  isPromise,
  readResult,
  registered,
  releaseAll,
  takenOver,
  type PolicyResult,
  type PolicyResults,
  type ReadyResult,
} from './result-tensors.ts'
import { requireSharedDevice, sharedDevice } from './shared-device.ts'
import type { AnyPolicy, OnTensors, OnTensorsSync, TensorFlow } from './types.ts'

type Values = Readonly<Record<string, unknown>>

export const onTensors: OnTensors = (policy, tensorflow, { keepOnDevice = false } = {}) => {
  let earlier: Promise<unknown> = Promise.resolve()
  return methodsOf(policy, tensorflow, (bound) => (inputs, params, state) => {
    const settings = { ...params }
    const held: Held = []
    // All reads start now, so what the caller disposes of after the call was still read.
    const started = Promise.all([inputsLater(bound, { ...inputs }, keepOnDevice, held), earlier]).then(([given]) => ({
      answer: bound.policy.call(bound.entry, given, settings, state),
    }))
    earlier = Promise.allSettled([earlier, started])
    return started
      .then(({ answer }) => resultsLater(bound, answer))
      .catch((error: unknown) => {
        throw reworded(bound.called, error)
      })
      .finally(() => {
        for (const giveBack of held) giveBack()
      })
  })
}

export const onTensorsSync: OnTensorsSync = (policy, tensorflow) =>
  methodsOf(policy, tensorflow, (bound) => (inputs, params, state) => {
    try {
      const given = inputsNow(bound, { ...inputs })
      return resultsNow(bound, given, { ...params }, state)
    } catch (error) {
      throw reworded(bound.called, error)
    }
  })

/** An entry of an instance, and how errors call it. */
interface BoundEntry {
  readonly policy: AnyPolicy
  readonly tensorflow: TensorFlow
  readonly entry: string
  readonly inputs: ReadonlyMap<string, InputSpec>
  readonly called: string
}
type Method = (inputs?: Values, params?: object, state?: object) => unknown

function methodsOf<T>(policy: AnyPolicy, tensorflow: TensorFlow, methodOf: (bound: BoundEntry) => Method): T {
  const { entries, policy: owner } = policy.manifest
  const names = entryMethods(entries)
  const methods = entries.map(({ name, inputs }, i) => {
    const specs = new Map(inputs.map((spec) => [spec.name, spec]))
    return [names[i] ?? name, methodOf({ policy, tensorflow, entry: name, inputs: specs, called: `${owner}.${name}` })] as const
  })
  return Object.fromEntries(methods) as T
}

interface PlannedInput {
  readonly name: string
  readonly value: unknown
  /** What to read it as; null for what the policy takes, or refuses, as it is. */
  readonly read: { readonly tensor: Tensor; readonly dtype: DTypeName } | null
}

/** Looks at every input before any is read. */
function planInputs({ tensorflow, inputs, called }: BoundEntry, values: Values): readonly PlannedInput[] {
  return Object.entries(values).map(([name, value]) => {
    const spec = inputs.get(name)
    if (!(value instanceof tensorflow.Tensor) || spec === undefined) return { name, value, read: null }
    if (spec.packing !== null) return { name, value: { data: [], shape: value.shape }, read: null }
    return { name, value, read: { tensor: value, dtype: dtypeFor(called, spec, value) } }
  })
}

function inputsNow(bound: BoundEntry, values: Values): Values {
  const planned = planInputs(bound, values).map(({ name, value, read }) => {
    const given = read === null ? value : givenTensor(bound.called, name, read.dtype, read.tensor.shape, read.tensor.dataSync())
    return [name, given] as const
  })
  return Object.fromEntries(planned)
}

/** Everything is copied or being read when this returns its promise. */
async function inputsLater(bound: BoundEntry, values: Values, keepOnDevice: boolean, held: Held): Promise<Values> {
  const { policy, tensorflow, called } = bound
  const device = keepOnDevice ? requireSharedDevice(called, policy, tensorflow) : sharedDevice(policy, tensorflow)
  const reading = planInputs(bound, values).map(async ({ name, value, read }) => {
    if (read === null) return [name, value] as const
    const { tensor, dtype } = read
    const { shape } = tensor
    const there = device === null ? null : givenBuffer({ tensorflow, called, name, device, held }, dtype, tensor)
    return [name, there === null ? givenTensor(called, name, dtype, shape, await tensor.data()) : await there] as const
  })
  return Object.fromEntries(await Promise.all(reading))
}

function resultsNow(bound: BoundEntry, given: Values, params: object, state: object | undefined): Values {
  const answer = bound.policy.call(bound.entry, given, params, state)
  if (isPromise(answer)) {
    void answer.then(
      (results) => releaseAll(results as PolicyResults),
      () => undefined,
    )
    throw entryError(bound.called, 'this policy answers with promises: use onTensors()')
  }
  const results = answer as PolicyResults
  try {
    const dense = denseOf(results).map(([name, result]) => {
      if (typeof result.data !== 'function') return readResult(bound.called, name, result, result.data)
      throw entryError(bound.called, `the elements of result '${name}' are promised: use onTensors()`)
    })
    return registered(bound.tensorflow, results, dense)
  } catch (error) {
    releaseAll(results)
    throw error
  }
}

async function resultsLater(bound: BoundEntry, answer: unknown): Promise<Values> {
  const results = (isPromise(answer) ? await answer : answer) as PolicyResults
  const { policy, tensorflow, called } = bound
  try {
    const device = sharedDevice(policy, tensorflow)
    // Elements that are there are copied before anything else runs: memory of the policy may move.
    const read = (from: GPUDevice | null): Promise<readonly ReadyResult[]> =>
      Promise.all(denseOf(results).map(async ([name, result]) => readyResult(called, from, name, result)))
    const ready = await read(device)
    // Another backend that was set meanwhile takes no buffers, or those of another device.
    const isHere = device === null || sharedDevice(policy, tensorflow) === device
    return registered(tensorflow, results, isHere ? ready : await read(null))
  } catch (error) {
    releaseAll(results)
    throw error
  }
}

async function readyResult(called: string, device: GPUDevice | null, name: string, result: PolicyResult): Promise<ReadyResult> {
  if (device !== null && (await fitsOnDevice(device, result))) return takenOver(device, name, result)
  const data = typeof result.data === 'function' ? await result.data() : result.data
  return readResult(called, name, result, data)
}
