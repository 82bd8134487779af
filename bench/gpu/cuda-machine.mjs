/**
 * Policies on this machine's GPU through CUDA, timed by events in the stream of their instance: around the work of a call, and, in a run
 * of its own, around every kernel.
 */
import { cudaBackend } from '../../backends/cuda-c/index.ts'
import { CudaCallTimer } from '../../cli/bench/cuda-call-timer.ts'
import { instantiateWith } from '../../host/runtime/cuda/instantiate.ts'
import { openCompiler, openDriver } from '../../host/runtime/cuda/open-library.ts'
import { median } from '../statistics.mjs'
import { compiled } from './compiled.mjs'
import { openCuda } from './cuda.mjs'

const SOURCE = `
typedef unsigned int u32;
typedef unsigned long long u64;
__device__ u32 hash(u32 seed) {
  u32 x = seed * 747796405u + 2891336453u;
  x = ((x >> ((x >> 28) + 4)) ^ x) * 277803737u;
  return (x >> 22) ^ x;
}
__device__ float unit(u32 bits) { return (float)(bits & 0xffffu) / 32768.0f - 1.0f; }
__device__ float bell(u32 seed) {
  u32 a = hash(seed), b = hash(a ^ 0x9e3779b9u);
  return unit(a) + unit(a >> 16) + unit(b) + unit(b >> 16);
}
__device__ u32 half_of(float x) {
  unsigned short h;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(x));
  return h;
}
extern "C" __global__ void fill_f32(u32* to, u64 n) {
  for (u64 i = blockIdx.x * 256ull + threadIdx.x; i < n; i += gridDim.x * 256ull) to[i] = __float_as_uint(bell((u32)i));
}
extern "C" __global__ void fill_power(u32* to, u64 n) {
  for (u64 i = blockIdx.x * 256ull + threadIdx.x; i < n; i += gridDim.x * 256ull) {
    float x = bell((u32)i);
    to[i] = __float_as_uint(x * x);
  }
}
extern "C" __global__ void fill_f16(u32* to, u64 n) {
  for (u64 i = blockIdx.x * 256ull + threadIdx.x; i < n; i += gridDim.x * 256ull)
    to[i] = half_of(bell((u32)(2 * i))) | half_of(bell((u32)(2 * i + 1))) << 16;
}
extern "C" __global__ void fill_bf16(u32* to, u64 n) {
  for (u64 i = blockIdx.x * 256ull + threadIdx.x; i < n; i += gridDim.x * 256ull)
    to[i] = __float_as_uint(bell((u32)(2 * i))) >> 16 | (__float_as_uint(bell((u32)(2 * i + 1))) & 0xffff0000u);
}
extern "C" __global__ void copy(uint4* to, const uint4* from, u64 n) {
  u64 i = blockIdx.x * 1024ull + threadIdx.x;
  if (i + 768 < n) {
    uint4 a = from[i], b = from[i + 256], c = from[i + 512], d = from[i + 768];
    to[i] = a, to[i + 256] = b, to[i + 512] = c, to[i + 768] = d;
  }
}`

export async function openMachine({ small }) {
  const cuda = await openCuda()
  const find = cuda.compile(SOURCE)
  const [driver, compiler] = [await openDriver(), await openCompiler()]
  if ('missing' in driver) throw new Error(driver.missing)
  const timer = CudaCallTimer.of(driver, (small ? 1 : 1024) * 2 ** 20)

  async function times(call, runs) {
    const once = async () => release(await call())
    await once()
    const all = []
    for (let i = 0; i < runs; i++) all.push(await timer.time(once, cuda.wait))
    return all
  }

  async function kernels(call) {
    timer.begin({ each: true })
    release(await call())
    const read = timer.end()
    cuda.wait()
    return read()
  }

  function copyGbPerS() {
    const bytes = (small ? 16 : 1024) * 2 ** 20
    const [to, from] = [cuda.allocate(bytes), cuda.allocate(bytes)]
    fill('f32', from, bytes)
    const kernel = find('copy')
    const ways = [
      () => cuda.copy(to, from, bytes),
      () => cuda.launch(kernel, [bytes / 16384, 1, 1], [256, 1, 1], [to, from, BigInt(bytes / 16)]),
    ]
    const fastest = Math.min(
      ...ways.map((way) => {
        way()
        return median(Array.from({ length: 20 }, () => cuda.timed(way)))
      }),
    )
    for (const pointer of [to, from]) cuda.free(pointer)
    return (2 * bytes) / fastest / 1e6
  }

  function fill(kind, pointer, bytes) {
    cuda.launch(find(`fill_${kind}`), [4096, 1, 1], [256, 1, 1], [pointer, BigInt(Math.ceil(bytes / 4))])
  }

  return {
    info: cuda.info(),
    times,
    kernels,
    copyGbPerS,
    random(kind, shape) {
      const bytes = shape.reduce((x, y) => x * y, 1) * (kind === 'f16' || kind === 'bf16' ? 2 : 4)
      const pointer = cuda.allocate(bytes)
      fill(kind, pointer, bytes)
      return { pointer, shape, dtype: kind === 'power' ? 'f32' : kind }
    },
    free({ pointer }) {
      cuda.wait()
      cuda.free(pointer)
    },
    async load(name, text, dtype, sizes = {}) {
      const { manifest, kernels: source } = await compiled(cudaBackend, name, text, dtype)
      return instantiateWith({ driver: timer.driver, compiler }, manifest, source, { sizes, stream: cuda.stream })
    },
  }
}

const release = (results) => Object.values(results).forEach((tensor) => tensor.release())
