/** What a plain copy of bytes takes where a policy runs: the measure of what memory can do there. */
import { COPY_DST, COPY_SRC } from '../../host/runtime/webgpu/webgpu-flags.ts'
import type { Policy as CudaPolicy } from '../../host/runtime/cuda/types.ts'
import type { Timed } from '../runner.ts'
import type { CudaCallTimer } from './cuda-call-timer.ts'

/** In the memory of this process. */
export function copyInMemory(bytes: number): Timed {
  const from = new Uint8Array(bytes).fill(0x5a)
  const to = new Uint8Array(bytes).fill(0xa5)
  return {
    time(calls) {
      const start = performance.now()
      for (let i = 0; i < calls; i++) to.set(from)
      return Promise.resolve(performance.now() - start)
    },
    deviceTime: null,
    release: () => undefined,
  }
}

/** On a WebGPU device, by its own command. */
export async function copyOnWebgpu(device: GPUDevice, bytes: number): Promise<Timed> {
  const size = Math.ceil(bytes / 4) * 4
  const from = device.createBuffer({ size, usage: COPY_SRC | COPY_DST })
  const to = device.createBuffer({ size, usage: COPY_DST })
  const chunk = new Uint8Array(Math.min(size, 2 ** 22)).fill(0x5a)
  for (let at = 0; at < size; at += chunk.length) device.queue.writeBuffer(from, at, chunk, 0, Math.min(chunk.length, size - at))
  await device.queue.onSubmittedWorkDone()
  return {
    async time(calls) {
      const start = performance.now()
      const encoder = device.createCommandEncoder()
      for (let i = 0; i < calls; i++) encoder.copyBufferToBuffer(from, 0, to, 0, size)
      device.queue.submit([encoder.finish()])
      await device.queue.onSubmittedWorkDone()
      return performance.now() - start
    },
    deviceTime: null,
    release: () => {
      from.destroy()
      to.destroy()
    },
  }
}

/** On the GPU of an instance, by its driver, in the stream of the instance. */
export async function copyOnCuda(policy: CudaPolicy, timer: CudaCallTimer, bytes: number): Promise<Timed> {
  const from = policy.tensor('u8', [bytes], new Uint8Array(bytes).fill(0x5a))
  const to = policy.tensor('u8', [bytes])
  const finished = (): Promise<void> => policy.finished()
  await finished()
  const copyOnce = async (): Promise<void> => {
    const status = timer.driver.cuMemcpyDtoDAsync_v2(to.pointer, from.pointer, bytes, policy.stream)
    if (status !== 0) throw new Error(`a copy on the GPU failed: ${timer.driver.status(status).name}`)
  }
  return {
    async time(calls) {
      const start = performance.now()
      for (let i = 0; i < calls; i++) await copyOnce()
      await finished()
      return performance.now() - start
    },
    deviceTime: () => timer.time(copyOnce, finished),
    release: () => {
      from.release()
      to.release()
    },
  }
}
