/** The sink: collects in reading order, once each, within its limits. */
import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../../compiler/diagnostics/diagnostic.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'

const at = (start: number, parts: Partial<Diagnostic> = {}): Diagnostic => ({
  code: 'ESP1000',
  severity: 'error',
  message: `at ${start}`,
  span: { source: 'a', start, end: start + 1 },
  related: [],
  help: null,
  ...parts,
})

describe('DiagnosticSink', () => {
  test('lists by source as first mentioned, then by position, spanless last', () => {
    const sink = new DiagnosticSink()
    sink.add(at(0, { span: null, message: 'no place' }))
    sink.add(at(9))
    sink.add(at(1, { span: { source: 'b', start: 1, end: 2 }, message: 'in b' }))
    sink.add(at(3))
    expect(sink.list().map((entry) => entry.message)).toEqual(['at 3', 'at 9', 'in b', 'no place'])
  })

  test('keeps an identical report once', () => {
    const sink = new DiagnosticSink()
    sink.add(at(1))
    sink.add(at(1))
    sink.add(at(1, { message: 'another' }))
    expect(sink.list()).toHaveLength(2)
    expect(sink.errorCount).toBe(2)
  })

  test('keeps a hundred of each severity and counts the rest', () => {
    const sink = new DiagnosticSink()
    for (let i = 0; i < 150; i++) sink.add(at(i, { severity: 'warning' }))
    expect(sink.hasErrors).toBe(false)
    sink.add(at(200))
    expect(sink.hasErrors).toBe(true)
    expect(sink.list()).toHaveLength(101)
    expect(sink.dropped).toBe(50)
    expect(sink.warningCount).toBe(150)
  })
})
