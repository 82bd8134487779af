/**
 * Random damage to policy text: whatever comes out, parsing and checking answer with diagnostics, never throw, and are
 * fast; and what has no error after all can be compiled.
 * The texts to damage are the policies of the tests and of the library.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wasmBackend } from '../../backends/wasm/index.ts'
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { frontEnd, lowerModule } from '../../compiler/driver.ts'
import { CONTEXTUAL, RESERVED } from '../../compiler/frontend/keywords.ts'
import { pipelineFor } from '../../compiler/passes/pipelines.ts'
import { loadLibrary } from '../support/library-source.ts'
import { filesBelow, readSource } from '../support/source-tree.ts'

const seed = Number(process.env['ESPALIER_FUZZ_SEED'] ?? 20)
const runs = Number(process.env['ESPALIER_FUZZ_MUTATIONS'] ?? 600)

const texts = [...filesBelow('test/policies', ['.prune']), ...filesBelow('stdlib', ['.prune'])].map((path) => readSource(path))

const PIECES = [
  ...RESERVED,
  ...CONTEXTUAL,
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    ':=',
    '=',
    '==',
    '->',
    '.',
    '%',
    '^',
    '-',
    '+',
    '*',
    '/',
    '<',
    '"',
    '//',
    '///',
    '\n',
  ],
  ...[
    '0',
    '1',
    '99999999999999999999',
    '1e999',
    '50%',
    '120%',
    '0.1',
    'x',
    'a',
    'c',
    'f16',
    'bitmap(64)',
    'sum[a](',
    'e',
    'p',
    '\u0000',
    'é',
    '😀',
  ],
]

interface Cut {
  readonly kind: 'delete' | 'repeat' | 'move'
  readonly at: number
  readonly length: number
  readonly to: number
}
interface Write {
  readonly kind: 'insert' | 'replace'
  readonly at: number
  readonly piece: string
}
type Edit = Cut | Write

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('delete' as const, 'repeat' as const, 'move' as const),
    at: fc.nat(999),
    length: fc.nat(60),
    to: fc.nat(999),
  }),
  fc.record({
    kind: fc.constantFrom('insert' as const, 'replace' as const),
    at: fc.nat(999),
    piece: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: fc.string({ maxLength: 6 }) }),
  }),
)

/** Positions are in thousandths of the text; edits respect words half of the time, so that some of the results still parse. */
function apply(text: string, edit: Edit): string {
  const exact = Math.floor((edit.at / 1000) * text.length)
  const at = edit.at % 2 === 0 ? exact : wordStart(text, exact)
  if ('length' in edit) return cut(text, edit, at)
  if (edit.kind === 'insert') return `${text.slice(0, at)} ${edit.piece} ${text.slice(at)}`
  return text.slice(0, at) + text.slice(at).replace(/^(\w+|.)/su, () => edit.piece)
}

function cut(text: string, edit: Cut, at: number): string {
  const piece = text.slice(at, at + edit.length)
  if (edit.kind === 'repeat') return text.slice(0, at) + piece + text.slice(at)
  const rest = text.slice(0, at) + text.slice(at + edit.length)
  const to = Math.floor((edit.to / 1000) * rest.length)
  return edit.kind === 'delete' ? rest : rest.slice(0, to) + piece + rest.slice(to)
}

function wordStart(text: string, at: number): number {
  let start = at
  while (start > 0 && /\w/.test(text[start - 1] ?? '')) start--
  return start
}

function expectInside({ code, span }: Diagnostic, text: string): void {
  if (span === null || span.source !== 'damaged.prune') return
  const isInside = 0 <= span.start && span.start <= span.end && span.end <= text.length
  expect(isInside, `${code} at ${span.start} to ${span.end} of ${text.length}`).toBe(true)
}

/** Milliseconds for one damaged policy, on a busy machine. */
const PATIENCE = 20_000

test('damaged policies are answered with diagnostics', { timeout: 60_000 + runs * 100 }, () => {
  let accepted = 0
  let slowest = 0
  const property = fc.property(fc.constantFrom(...texts), fc.array(edits, { minLength: 1, maxLength: 6 }), (original, list) => {
    const text = list.reduce(apply, original)
    const sink = new DiagnosticSink()
    const start = performance.now()
    const checked = frontEnd({ source: { name: 'damaged.prune', text }, load: loadLibrary, sink })
    const ms = performance.now() - start
    slowest = Math.max(slowest, ms)
    if (sink.errorCount === 0) {
      accepted += 1
      for (const module of checked.modules) lowerModule(module, pipelineFor(wasmBackend.caps), { sink, verify: 'each' })
    }
    for (const one of sink.list()) expectInside(one, text)
    expect(Array.isArray(checked.modules)).toBe(true)
    expect(ms, text).toBeLessThan(PATIENCE)
  })
  fc.assert(property, { seed, numRuns: runs })
  expect(accepted).toBeGreaterThan(0)
  expect(accepted).toBeLessThan(runs)
  expect(slowest).toBeGreaterThan(0)
})
