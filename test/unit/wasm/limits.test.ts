/** What a target refuses whatever the inputs. */
import { expect, test } from 'vitest'
import { wasmBackend } from '../../../backends/wasm/index.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { compile } from '../../../compiler/driver.ts'

async function messages(text: string): Promise<readonly string[]> {
  const sink = new DiagnosticSink()
  await compile({ source: { name: 'p.prune', text }, load: () => null, sink, target: wasmBackend, version: '0' })
  return sink.list().map(({ code, message }) => `${code} ${message}`)
}
const policy = (axes: string, tensor: string): string =>
  `policy p {\n  axes ${axes}\n  entry e(W: ${tensor}) {\n    return R: abs(W)\n  }\n}`

test('a tensor of pinned sizes that one buffer cannot hold is refused, with the sizes; so is an output', async () => {
  const [first, second, ...rest] = await messages(policy('a = x * row(65536), b = y * lane(16384)', 'f32[row, lane]'))
  expect(first).toBe(
    'ESP3001 `W` of `e` is f32[row(65536), lane(16384)], 4294967296 bytes; one buffer of target wasm holds at most 4294966272',
  )
  expect(second).toContain('`R` of `e`')
  expect(rest).toEqual([])
})

test('what fits, or is not known before a call, is not refused', async () => {
  expect(await messages(policy('a = x * row(65536), b = y * lane(16383)', 'f32[row, lane]'))).toEqual([])
  expect(await messages(policy('b = y * lane(2147483647)', 'f32[row, lane]'))).toEqual([])
})
