/** Copies, reads and launches in CUDA: bytes per second counted as read plus written, launches in microseconds. */
import { openCuda } from './cuda.mjs'
import { median } from '../statistics.mjs'

const SOURCE = `
typedef unsigned int u32;
extern "C" __global__ void fill(uint4* to, unsigned long long n) {
  unsigned long long i = blockIdx.x * 256ull + threadIdx.x;
  u32 h = (u32)i * 2654435761u;
  if (i < n) to[i] = make_uint4(h, h ^ 0x9e3779b9u, h * 31u, ~h);
}
extern "C" __global__ void copy16(uint4* to, const uint4* from, unsigned long long n) {
  unsigned long long i = blockIdx.x * 256ull + threadIdx.x;
  if (i < n) to[i] = from[i];
}
extern "C" __global__ void copy16x4(uint4* to, const uint4* from, unsigned long long n) {
  unsigned long long i = blockIdx.x * 1024ull + threadIdx.x;
  if (i + 768 < n) {
    uint4 a = from[i], b = from[i + 256], c = from[i + 512], d = from[i + 768];
    to[i] = a, to[i + 256] = b, to[i + 512] = c, to[i + 768] = d;
  }
}
extern "C" __global__ void copy4(u32* to, const u32* from, unsigned long long n) {
  unsigned long long i = blockIdx.x * 256ull + threadIdx.x;
  if (i < n) to[i] = from[i];
}
extern "C" __global__ void read16(u32* to, const uint4* from, unsigned long long n) {
  unsigned long long i = blockIdx.x * 1024ull + threadIdx.x;
  u32 sum = 0;
  for (int k = 0; k < 4; k++) if (i + 256 * k < n) { uint4 a = from[i + 256 * k]; sum += a.x ^ a.y ^ a.z ^ a.w; }
  if (sum == 0x12345678u) to[0] = sum;
}
extern "C" __global__ void nothing(u32* to) {}`

const RUNS = 7

export async function cudaBaseline(mib) {
  const cuda = await openCuda()
  const device = cuda.info()
  console.log(device)
  const compileStart = performance.now()
  const find = cuda.compile(SOURCE)
  const compileMs = performance.now() - compileStart

  const bytes = mib * 2 ** 20
  const from = cuda.allocate(bytes)
  const to = cuda.allocate(bytes)
  const run = (name, unit, perThread, threads = 256) => {
    const n = bytes / unit
    const kernel = find(name)
    return () => cuda.launch(kernel, [Math.ceil(n / (threads * perThread)), 1, 1], [threads, 1, 1], [to, from, BigInt(n)])
  }
  cuda.launch(find('fill'), [bytes / 16 / 256, 1, 1], [256, 1, 1], [from, BigInt(bytes / 16)])

  const kinds = [
    ['copy, driver', 2, () => cuda.copy(to, from, bytes)],
    ['copy, 16 bytes a thread', 2, run('copy16', 16, 1)],
    ['copy, 4 x 16 bytes a thread', 2, run('copy16x4', 16, 4)],
    ['copy, 4 bytes a thread', 2, run('copy4', 4, 1)],
    ['read, 4 x 16 bytes a thread', 1, run('read16', 16, 4)],
  ]
  const repeats = Math.max(4, Math.round(16384 / mib))
  const bandwidth = kinds.map(([what, ways, action]) => {
    action()
    const times = Array.from({ length: RUNS }, () => cuda.timed(() => repeat(repeats, action)) / repeats)
    const gbPerS = (ways * bytes) / median(times) / 1e6
    console.log(`${what.padEnd(32)} ${median(times).toFixed(4)} ms  ${gbPerS.toFixed(0)} GB/s`)
    return { what, ms: median(times), best_ms: Math.min(...times), gb_per_s: Math.round(gbPerS) }
  })
  const [a, b] = [from, to].map((pointer) => cuda.download(pointer + BigInt(bytes / 2), 4096))
  if (!a.equals(b)) throw new Error('the copy differs from what was copied')

  const empty = find('nothing')
  const launchEmpty = () => cuda.launch(empty, [1, 1, 1], [32, 1, 1], [to])
  repeat(100, launchEmpty)
  cuda.wait()
  const started = performance.now()
  const deviceMs = cuda.timed(() => repeat(2000, launchEmpty))
  const hostMs = performance.now() - started
  const replay = cuda.graph(() => repeat(100, launchEmpty))
  replay()
  const graphMs = cuda.timed(() => repeat(20, replay))
  const launches = {
    'empty launch from Node, µs of the device': (deviceMs / 2000) * 1000,
    'empty launch from Node, µs of the host': (hostMs / 2000) * 1000,
    'empty launch in a graph of 100, µs': (graphMs / 2000) * 1000,
  }
  console.log(launches)
  return { device, bytes, compile_ms: compileMs, bandwidth, launches }
}

function repeat(times, action) {
  for (let i = 0; i < times; i++) action()
}
