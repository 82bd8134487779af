/** A call that is repeated on inputs that stay where the policy runs: what is timed. */
import type { DTypeName } from '../../abi/manifest.ts'
import type { TensorData } from '../../abi/dtype.ts'
import type { CudaCallTimer } from './cuda-call-timer.ts'
import type { ParamInputs, RepeatedCall, RepeatRequest, RunTensors } from '../runner.ts'

interface Released {
  /** Of packed tensors. */
  readonly density?: number
  release(): void
}

/** What the instances of all compiled targets have, as far as a repeated call uses it. */
export interface Repeatable {
  tensor(dtype: DTypeName, shape: readonly number[], data: TensorData): Released
  call(entry: string, inputs: Readonly<Record<string, unknown>>, params: ParamInputs): Results | Promise<Results>
}
type Results = Readonly<Record<string, Released>>

/** What a target tells of its work. */
export interface Clock {
  readonly device: string
  /** Resolves when the work of all calls so far is done. */
  readonly finished: () => Promise<unknown>
  /** Where events can be put around the work of a call. */
  readonly timer: CudaCallTimer | null
}

/** Puts dense inputs into the memory of an instance; packed ones that are given go there anew with every call. */
export async function repeatedCall(
  policy: Repeatable,
  { entry, inputs, args, producer }: RepeatRequest,
  { device, finished, timer }: Clock,
): Promise<RepeatedCall> {
  const held: Released[] = []
  const densities = new Map<string, number>()
  const placed = (tensors: RunTensors): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        if (tensor.kind === 'packed') return [name, tensor]
        const resident = policy.tensor(tensor.dtype, tensor.shape, tensor.data)
        held.push(resident)
        return [name, resident]
      }),
    )
  const given = placed(inputs)
  if (producer !== null) {
    const results = await policy.call(producer.entry, placed(producer.inputs), producer.args)
    held.push(...Object.values(results))
    for (const [input, output] of Object.entries(producer.outputs)) {
      given[input] = results[output]
      densities.set(input, results[output]?.density ?? 1)
    }
  }
  const callOnce = async (): Promise<void> => {
    for (const result of Object.values(await policy.call(entry, given, args))) result.release()
  }
  return {
    device,
    densities,
    async time(calls) {
      const start = performance.now()
      for (let i = 0; i < calls; i++) await callOnce()
      await finished()
      return performance.now() - start
    },
    deviceTime: timer === null ? null : () => timer.time(callOnce, finished),
    release: () => held.forEach((tensor) => tensor.release()),
  }
}
