/** The module around the kernels, the backend record, and what loads binaryen. */
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { ABI_VERSION } from '../../../abi/manifest.ts'
import { emitWasm, moduleOf } from '../../../backends/wasm/emit.ts'
import { wasmBackend } from '../../../backends/wasm/index.ts'
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import { AT, buffer, kernelOf, machine, start } from './kernel.ts'

const softmaxLike = (name: string) =>
  kernelOf(name, { x: buffer('f32', 'read'), y: buffer('f32', 'write'), n: machine('i32') }, (b, { x, y, n }) => {
    b.for(b.constant(0), n.id, 4, [], (i) => (b.store(y, i, b.emit('exp', [b.emit('sin', [b.load(x, i, 4)])])), []))
    b.store(y, b.constant(0), b.emit('pow', [b.load(x, b.constant(0)), b.constant(2, 'f32')]))
  })

test('a module exports its kernels and the ABI version, and imports one memory that may grow to 4 GiB', async () => {
  const { bytes } = await emitWasm([softmaxLike('first'), softmaxLike('second')])
  const module = await WebAssembly.compile(bytes as BufferSource)
  expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }])
  expect(
    WebAssembly.Module.exports(module)
      .map(({ name, kind }) => `${kind} ${name}`)
      .sort(),
  ).toEqual(['function first', 'function second', 'global espalier_abi'])
  for (const maximum of [1, 65536]) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum })
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } })
    expect((exports.espalier_abi as WebAssembly.Global).value).toBe(ABI_VERSION)
  }
})

test('a policy without kernels is a module all the same', async () => {
  const { bytes } = await emitWasm([])
  expect(WebAssembly.validate(bytes as BufferSource)).toBe(true)
})

test('equal kernels give equal bytes, whatever was emitted before', async () => {
  const kernels = [softmaxLike('first'), softmaxLike('second')]
  const first = await emitWasm(kernels)
  await emitWasm([softmaxLike('other')])
  const second = await emitWasm(kernels)
  expect(Buffer.from(second.bytes).equals(Buffer.from(first.bytes))).toBe(true)
})

test('mathematical functions are shared by kernels, and only those used are there', async () => {
  const names = moduleOf([softmaxLike('first'), softmaxLike('second')]).functions.map(({ name }) => name)
  expect(names).toEqual(['first', 'second', 'math:two_over_pi', 'math:sin_large', 'math:pow.f32', 'math:sin.f32x4'])
})

test('a kernel may be called like a mathematical function', async () => {
  const { call, memory } = await start([softmaxLike('exp'), softmaxLike('math')])
  new Float32Array(memory.buffer, AT(0), 4).set([3, 0, 0, 0])
  call.exp?.(AT(0), AT(1), 4)
  expect([...new Float32Array(memory.buffer, AT(1), 2)]).toEqual([9, 1])
})

test('what the target does not have is a defect of the compiler, with the op and the type in its message', () => {
  const wrong =
    (fill: Parameters<typeof kernelOf>[2], name = 'k') =>
    () =>
      moduleOf([kernelOf(name, { out: buffer('f32'), x: machine('f64') }, fill)])
  expect(
    wrong((b, { out, x }) =>
      b.store(out as never, b.constant(0), b.emit('convert', [b.emit('exp', [x?.id as number])], { to: 'f32' })),
    ),
  ).toThrow(/exp of f64/)
  expect(
    wrong((b) =>
      b.emitAll('lane_reduce', [b.constant(0, 'i64', 8)], { kind: 'sum' }).forEach((v) =>
        b.if(
          b.emit('eq', [v, v]),
          [],
          () => [],
          () => [],
        ),
      ),
    ),
  ).toThrow(/i64x8/)
  const foreign = softmaxLike('k')
  const node = { ...(foreign.body.nodes[0] as (typeof foreign.body.nodes)[0]), op: 'softmax' }
  const kernel = { ...foreign, body: { ...foreign.body, nodes: [node] } }
  expect(() => moduleOf([kernel])).toThrow(CompilerBug)
  expect(() => moduleOf([kernel])).toThrow(/softmax is not an op of the kernel core/)
})

test('the backend gives one artefact, and a listing beside it when asked', async () => {
  expect(wasmBackend.unavailable()).toBeNull()
  const plain = await wasmBackend.emit([softmaxLike('k')])
  expect(plain.map(({ extension, role }) => [extension, role])).toEqual([['wasm', 'kernels']])
  const [, listing] = await wasmBackend.emit([softmaxLike('k')], { listing: true })
  expect(listing?.content).toMatch(/^\(module/)
})

test('binaryen is loaded by emitting, not by importing the backend', async () => {
  const options = { bundle: true, write: false, metafile: true, format: 'esm', platform: 'node', packages: 'external' } as const
  const { metafile } = await build({ ...options, entryPoints: ['backends/wasm/index.ts'], logLevel: 'silent' })
  const importers = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ path }) => path === 'binaryen').map(({ kind }) => `${file}: ${kind}`),
  )
  expect(importers).toEqual(['backends/wasm/module.ts: dynamic-import'])
})
