/**
 * A policy compiled by hand: a manifest and WebAssembly text that exercise every feature of the ABI with kernels small enough to
 * read. Tests of the runtime and of the shim generator use it.
 */
import binaryen from 'binaryen'
import type { EntrySpec, Manifest, ParamSpec, ScalarExpr, StateSpec, TensorSpec, VariantSpec } from '../../../abi/manifest.ts'

const TEXT = `(module
  (import "env" "memory" (memory 1 65536))
  (global $abi i32 (i32.const 1))
  (export "espalier_abi" (global $abi))

  ;; y[i] = x[i] * f
  (func (export "scale") (param $x i32) (param $y i32) (param $n i32) (param $f f32)
    (local $i i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (f32.store (i32.add (local.get $y) (i32.shl (local.get $i) (i32.const 2)))
        (f32.mul (f32.load (i32.add (local.get $x) (i32.shl (local.get $i) (i32.const 2)))) (local.get $f)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))

  ;; y[i] = x[i] + x[i] on i32
  (func (export "double_i32") (param $x i32) (param $y i32) (param $n i32)
    (local $i i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (i32.store (i32.add (local.get $y) (i32.shl (local.get $i) (i32.const 2)))
        (i32.shl (i32.load (i32.add (local.get $x) (i32.shl (local.get $i) (i32.const 2)))) (i32.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))

  ;; keeps the elements of each row that are positive, or the first k when k >= 0; bitmap of 32-bit words; offsets unless 0
  (func (export "pack") (param $x i32) (param $words i32) (param $values i32) (param $offsets i32)
      (param $rows i32) (param $n i32) (param $k i32)
    (local $r i32) (local $i i32) (local $v i32) (local $perRow i32) (local $word i32) (local $e f32)
    (local.set $perRow (i32.shr_u (i32.add (local.get $n) (i32.const 31)) (i32.const 5)))
    (if (local.get $offsets) (then (i32.store (local.get $offsets) (i32.const 0))))
    (block $done (loop $row
      (br_if $done (i32.ge_u (local.get $r) (local.get $rows)))
      (local.set $i (i32.const 0))
      (block $wdone (loop $clear
        (br_if $wdone (i32.ge_u (local.get $i) (local.get $perRow)))
        (i32.store (i32.add (local.get $words)
          (i32.shl (i32.add (i32.mul (local.get $r) (local.get $perRow)) (local.get $i)) (i32.const 2))) (i32.const 0))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $clear)))
      (local.set $i (i32.const 0))
      (block $edone (loop $element
        (br_if $edone (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $e (f32.load (i32.add (local.get $x)
          (i32.shl (i32.add (i32.mul (local.get $r) (local.get $n)) (local.get $i)) (i32.const 2)))))
        (if (select (i32.lt_s (local.get $i) (local.get $k)) (f32.gt (local.get $e) (f32.const 0)) (i32.ge_s (local.get $k) (i32.const 0)))
          (then
            (local.set $word (i32.add (local.get $words)
              (i32.shl (i32.add (i32.mul (local.get $r) (local.get $perRow)) (i32.shr_u (local.get $i) (i32.const 5))) (i32.const 2))))
            (i32.store (local.get $word) (i32.or (i32.load (local.get $word)) (i32.shl (i32.const 1) (i32.and (local.get $i) (i32.const 31)))))
            (f32.store (i32.add (local.get $values) (i32.shl (local.get $v) (i32.const 2))) (local.get $e))
            (local.set $v (i32.add (local.get $v) (i32.const 1)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $element)))
      (local.set $r (i32.add (local.get $r) (i32.const 1)))
      (if (local.get $offsets)
        (then (i32.store (i32.add (local.get $offsets) (i32.shl (local.get $r) (i32.const 2))) (local.get $v))))
      (br $row))))

  ;; y[row] = sum of the row's values
  (func (export "row_sums") (param $values i32) (param $offsets i32) (param $y i32) (param $rows i32)
    (local $r i32) (local $i i32) (local $s f32)
    (block $done (loop $row
      (br_if $done (i32.ge_u (local.get $r) (local.get $rows)))
      (local.set $s (f32.const 0))
      (local.set $i (i32.load (i32.add (local.get $offsets) (i32.shl (local.get $r) (i32.const 2)))))
      (block $edone (loop $element
        (br_if $edone (i32.ge_u (local.get $i)
          (i32.load offset=4 (i32.add (local.get $offsets) (i32.shl (local.get $r) (i32.const 2))))))
        (local.set $s (f32.add (local.get $s) (f32.load (i32.add (local.get $values) (i32.shl (local.get $i) (i32.const 2))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $element)))
      (f32.store (i32.add (local.get $y) (i32.shl (local.get $r) (i32.const 2))) (local.get $s))
      (local.set $r (i32.add (local.get $r) (i32.const 1)))
      (br $row))))

  ;; to[i] = from[i] + sum over t of x[t, i]
  (func (export "accumulate") (param $from i32) (param $to i32) (param $x i32) (param $tokens i32) (param $n i32)
    (local $i i32) (local $t i32) (local $s f32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (local.set $s (f32.load (i32.add (local.get $from) (i32.shl (local.get $i) (i32.const 2)))))
      (local.set $t (i32.const 0))
      (block $tdone (loop $token
        (br_if $tdone (i32.ge_u (local.get $t) (local.get $tokens)))
        (local.set $s (f32.add (local.get $s) (f32.load (i32.add (local.get $x)
          (i32.shl (i32.add (i32.mul (local.get $t) (local.get $n)) (local.get $i)) (i32.const 2))))))
        (local.set $t (i32.add (local.get $t) (i32.const 1)))
        (br $token)))
      (f32.store (i32.add (local.get $to) (i32.shl (local.get $i) (i32.const 2))) (local.get $s))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))

  ;; count[0] = number of positive x
  (func (export "count_positive") (param $x i32) (param $count i32) (param $n i32)
    (local $i i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (i32.store (local.get $count) (i32.add (i32.load (local.get $count))
        (f32.gt (f32.load (i32.add (local.get $x) (i32.shl (local.get $i) (i32.const 2)))) (f32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))

  ;; y = the first m positive x, times m
  (func (export "gather_positive") (param $x i32) (param $y i32) (param $m i32)
    (local $i i32) (local $o i32) (local $e f32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $o) (local.get $m)))
      (local.set $e (f32.load (i32.add (local.get $x) (i32.shl (local.get $i) (i32.const 2)))))
      (if (f32.gt (local.get $e) (f32.const 0))
        (then
          (f32.store (i32.add (local.get $y) (i32.shl (local.get $o) (i32.const 2)))
            (f32.mul (local.get $e) (f32.convert_i32_s (local.get $m))))
          (local.set $o (i32.add (local.get $o) (i32.const 1)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))

  (func (export "trap") (param $y i32) unreachable))`

let cached: Uint8Array<ArrayBuffer> | null = null

/** The module's bytes. */
export function sampleWasm(): Uint8Array<ArrayBuffer> {
  if (cached === null) {
    const module = binaryen.parseText(TEXT)
    cached = new Uint8Array(module.emitBinary())
    module.dispose()
  }
  return cached
}

export const dense = (name: string, axes: readonly string[], dtypes: TensorSpec['dtypes'] = ['f32']): TensorSpec => ({
  name,
  axes: axes.map((axis) => ({ name: axis, atoms: axis === 'in' ? ['quad', 'lane'] : [axis] })),
  dtypes,
  packing: null,
})

const size = (axis: string): ScalarExpr => ({ op: 'size', axis })
const int = (value: number): ScalarExpr => ({ op: 'literal', type: 'int', value: String(value) })
const mul = (x: number, y: number): ScalarExpr => ({ op: 'mul', args: [x, y] })
const buffer = (index: number) => ({ kind: 'buffer', buffer: index }) as const
const extent = (axis: string) => ({ kind: 'extent', axis }) as const
const scalar = (index: number, as: 'i32' | 'u32' | 'f32' = 'i32') => ({ kind: 'scalar', scalar: index, as }) as const
const bound = (...names: string[]) => names.map((name) => ({ name, kind: 'bound' }) as const)
const values = (index: number) => ({ values: index })

const base: Omit<VariantSpec, 'scalars' | 'buffers' | 'steps'> = {
  choices: {},
  dtypes: { X: 'f32' },
  axes: [],
  inputs: [],
  outputs: [],
  states: [],
}

const scaleVariant = (choice: 'exact' | 'twice', dtype: 'f32' | 'i32'): VariantSpec => ({
  ...base,
  choices: { rule: choice },
  dtypes: { X: dtype },
  axes: bound('row', 'channel'),
  scalars: [size('row'), size('channel'), mul(0, 1), choice === 'twice' ? int(2) : { op: 'param', name: 'factor' }],
  buffers: [
    { role: 'input', dtype, length: 2 },
    { role: 'output', dtype, length: 2 },
  ],
  steps: [
    dtype === 'f32'
      ? { op: 'launch', kernel: 'scale', args: [buffer(0), buffer(1), scalar(2), scalar(3, 'f32')] }
      : { op: 'launch', kernel: 'double_i32', args: [buffer(0), buffer(1), scalar(2)] },
  ],
  inputs: [{ name: 'X', packing: null, parts: values(0) }],
  outputs: [{ name: 'Y', packing: null, parts: values(1), dtype, kept: null }],
})

const scaleEntry: EntrySpec = {
  name: 'scale',
  doc: 'X times a factor.',
  inputs: [dense('X', ['row', 'channel'], ['f32', 'i32'])],
  args: [],
  outputs: [dense('Y', ['row', 'channel'], ['f32', 'i32'])],
  states: [],
  variants: [scaleVariant('exact', 'f32'), scaleVariant('twice', 'f32'), scaleVariant('twice', 'i32')],
}

const bitmap = (exact: boolean) => ({ format: { kind: 'bitmap', width: 32 }, over: ['channel'], exact }) as const

const packEntry = (name: string, exact: boolean): EntrySpec => ({
  name,
  doc: exact ? 'The first of each row.' : 'What is positive.',
  inputs: [dense('X', ['row', 'channel'])],
  args: [],
  outputs: [{ ...dense('P', ['row', 'channel']), packing: bitmap(exact) }],
  states: [],
  variants: [
    {
      ...base,
      axes: bound('row', 'channel'),
      scalars: [
        size('row'),
        size('channel'),
        mul(0, 1),
        { op: 'param', name: 'sparsity' },
        { op: 'budget', mode: 'drop', round: 'down', amount: 3, amountIs: 'ratio', extent: 1, atLeast: null, multipleOf: null },
        mul(0, 4), // values
        int(31),
        { op: 'add', args: [1, 6] },
        int(32),
        { op: 'floordiv', args: [7, 8] },
        mul(0, 9), // words
        int(1),
        { op: 'add', args: [0, 11] }, // offsets
        int(exact ? 0 : -1),
        int(0),
      ],
      buffers: [
        { role: 'input', dtype: 'f32', length: 2 },
        { role: 'output', dtype: 'u32', length: 10 },
        { role: 'output', dtype: 'f32', length: exact ? 5 : 2 },
        { role: exact ? 'temp' : 'output', dtype: 'u32', length: 12 },
      ],
      steps: [
        {
          op: 'launch',
          kernel: 'pack',
          args: [
            buffer(0),
            buffer(1),
            buffer(2),
            exact ? scalar(14) : buffer(3),
            extent('row'),
            extent('channel'),
            exact ? scalar(4) : scalar(13),
          ],
        },
      ],
      inputs: [{ name: 'X', packing: null, parts: values(0) }],
      outputs: [
        {
          name: 'P',
          packing: bitmap(exact),
          parts: exact ? { words: 1, values: 2 } : { words: 1, values: 2, offsets: 3 },
          dtype: 'f32',
          kept: exact ? 4 : null,
        },
      ],
    },
  ],
})

const rowSumsEntry: EntrySpec = {
  name: 'row_sums',
  doc: null,
  inputs: [{ ...dense('P', ['row', 'channel']), packing: bitmap(false) }],
  args: [],
  outputs: [dense('S', ['row'])],
  states: [],
  variants: [
    {
      ...base,
      dtypes: { P: 'f32' },
      axes: bound('row', 'channel'),
      scalars: [size('row'), size('channel'), mul(0, 1), int(1), { op: 'add', args: [0, 3] }],
      buffers: [
        { role: 'input', dtype: 'f32', length: 2 },
        { role: 'input', dtype: 'u32', length: 4 },
        { role: 'output', dtype: 'f32', length: 0 },
      ],
      steps: [{ op: 'launch', kernel: 'row_sums', args: [buffer(0), buffer(1), buffer(2), extent('row')] }],
      inputs: [{ name: 'P', packing: bitmap(false), parts: { values: 0, offsets: 1 } }],
      outputs: [{ name: 'S', packing: null, parts: values(2), dtype: 'f32', kept: null }],
    },
  ],
}

const observeEntry: EntrySpec = {
  name: 'observe',
  doc: 'Adds the tokens to the running sum.',
  inputs: [dense('X', ['token', 'in'])],
  args: [],
  outputs: [dense('now', ['in'])],
  states: [{ name: 'power', access: 'update' }],
  variants: [
    {
      ...base,
      axes: [...bound('token', 'quad'), { name: 'lane', kind: 'scalar', scalar: 0 }],
      scalars: [int(4), size('quad'), mul(0, 1), size('token'), mul(2, 3)],
      buffers: [
        { role: 'input', dtype: 'f32', length: 4 },
        { role: 'state', dtype: 'f32', length: 2 },
        { role: 'state', dtype: 'f32', length: 2 },
      ],
      steps: [{ op: 'launch', kernel: 'accumulate', args: [buffer(1), buffer(2), buffer(0), extent('token'), scalar(2)] }],
      inputs: [{ name: 'X', packing: null, parts: values(0) }],
      outputs: [{ name: 'now', packing: null, parts: values(2), dtype: 'f32', kept: null }],
      states: [{ name: 'power', atoms: ['quad', 'lane'], from: 1, to: 2 }],
    },
  ],
}

const compactEntry: EntrySpec = {
  name: 'compact',
  doc: null,
  inputs: [dense('X', ['token'])],
  args: [],
  outputs: [dense('C', ['kept'])],
  states: [],
  variants: [
    {
      ...base,
      axes: [...bound('token'), { name: 'kept', kind: 'counted', buffer: 1 }],
      scalars: [size('token'), int(1), size('kept')],
      buffers: [
        { role: 'input', dtype: 'f32', length: 0 },
        { role: 'count', dtype: 'i32', length: 1 },
        { role: 'output', dtype: 'f32', length: 0 },
      ],
      steps: [
        { op: 'fill', buffer: 1, value: 0 },
        { op: 'launch', kernel: 'count_positive', args: [buffer(0), buffer(1), extent('token')] },
        { op: 'launch', kernel: 'gather_positive', args: [buffer(0), buffer(2), scalar(2)] },
      ],
      inputs: [{ name: 'X', packing: null, parts: values(0) }],
      outputs: [{ name: 'C', packing: null, parts: values(2), dtype: 'f32', kept: null }],
    },
  ],
}

const trapEntry: EntrySpec = {
  ...observeEntry,
  name: 'explode',
  variants: observeEntry.variants.map((variant) => ({
    ...variant,
    steps: [...variant.steps, { op: 'launch', kernel: 'trap', args: [buffer(2)] } as const],
  })),
}

const zeroEntry: EntrySpec = {
  name: 'constant',
  doc: 'A number per call, times two.',
  inputs: [dense('x', [])],
  args: [{ name: 'step', doc: 'Of the schedule.', type: 'int', default: null }],
  outputs: [dense('y', [])],
  states: [],
  variants: [
    {
      ...base,
      dtypes: { x: 'f32' },
      scalars: [int(1), { op: 'param', name: 'step' }],
      buffers: [
        { role: 'input', dtype: 'f32', length: 0 },
        { role: 'output', dtype: 'f32', length: 0 },
      ],
      steps: [{ op: 'launch', kernel: 'scale', args: [buffer(0), buffer(1), scalar(0), scalar(1, 'f32')] }],
      inputs: [{ name: 'x', packing: null, parts: values(0) }],
      outputs: [{ name: 'y', packing: null, parts: values(1), dtype: 'f32', kept: null }],
    },
  ],
}

/** Reads nothing but the state: its extents come from elsewhere. */
const readEntry: EntrySpec = {
  name: 'layers',
  doc: null,
  inputs: [],
  args: [],
  outputs: [dense('L', ['layer'])],
  states: [{ name: 'depth', access: 'read' }],
  variants: [
    {
      ...base,
      dtypes: {},
      axes: bound('layer'),
      scalars: [size('layer'), int(2)],
      buffers: [
        { role: 'state', dtype: 'f32', length: 0 },
        { role: 'output', dtype: 'f32', length: 0 },
      ],
      steps: [{ op: 'launch', kernel: 'scale', args: [buffer(0), buffer(1), extent('layer'), scalar(1, 'f32')] }],
      outputs: [{ name: 'L', packing: null, parts: values(1), dtype: 'f32', kept: null }],
      states: [{ name: 'depth', atoms: ['layer'], from: 0, to: null }],
    },
  ],
}

const params: readonly ParamSpec[] = [
  { name: 'factor', doc: 'What X is multiplied by.', type: 'real', default: '3' },
  { name: 'sparsity', doc: null, type: 'ratio', default: '7/10' },
  { name: 'rule', doc: null, type: 'choice', choices: ['exact', 'twice', 'never'], default: 'exact' },
]

const states: readonly StateSpec[] = [
  { name: 'power', doc: 'Running sum.', dtype: 'f32', axes: ['in'], initial: 0 },
  { name: 'depth', doc: null, dtype: 'f32', axes: ['layer'], initial: 1.5 },
]

export const sampleManifest: Manifest = {
  espalier: '0.1.0',
  abi: 1,
  policy: 'sample',
  doc: 'Everything the ABI has.',
  hash: '0'.repeat(64),
  target: 'wasm',
  artifact: 'sample.wasm',
  axes: [
    { name: 'in', factors: ['quad', 'lane'], pinned: null },
    { name: 'lane', factors: [], pinned: '4' },
  ],
  params,
  states,
  entries: [
    scaleEntry,
    packEntry('pack_first', true),
    packEntry('pack_positive', false),
    rowSumsEntry,
    observeEntry,
    compactEntry,
    trapEntry,
    zeroEntry,
    readEntry,
  ],
}
