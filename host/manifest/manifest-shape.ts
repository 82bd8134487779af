/** The manifest as a shape: what `abi/manifest.ts` says in types and `host/manifest.schema.json` in a schema. A test compares them. */
import { dtypeNames } from '../../abi/dtype.ts'
import { ABI_VERSION } from '../../abi/manifest.ts'
import { bool, dictionary, index, list, name, nullable, oneOf, record, tagged, text, value, type Shape } from './shape.ts'

const doc = nullable(text)
const dtype = oneOf(...dtypeNames)
const anything: Shape = () => undefined
const number = value(
  "a number, 'inf', '-inf' or 'nan'",
  (given) => typeof given === 'number' || ['inf', '-inf', 'nan'].includes(given as string),
)
const positive = value('a whole number of 1 or more', (given) => Number.isInteger(given) && (given as number) >= 1)

const declared = record({ name, atoms: list(name, 1) })
const paramFields = { name, doc, type: oneOf('ratio', 'count', 'int', 'real', 'bool', 'choice'), default: doc }
const param = tagged(
  'type',
  { choice: record({ ...paramFields, choices: list(name) }) },
  record(paramFields, { choices: list(name), axis: declared }),
)

const format = tagged('kind', {
  bitmap: record({ width: oneOf(32, 64) }),
  nm: record({ n: positive, m: positive }),
  indices: anything,
  csr: anything,
  block: record({ r: positive, c: positive }),
  compact: anything,
})
const packing = nullable(record({ format, over: list(name), exact: bool }, { inside: list(name, 1) }))

const tensor = record({ name, axes: list(declared), dtypes: list(dtype, 1), packing })

const axis = tagged('kind', {
  bound: record({ name }),
  scalar: record({ name, scalar: index }),
  counted: record({ name, buffer: index }),
})

const scalar = tagged(
  'op',
  {
    literal: record({ type: oneOf('int', 'ratio', 'real', 'bool'), value: text }),
    param: record({ name }),
    size: record({ axis: name }),
    kept: record({ input: name }),
    row_room: record({ input: name, otherwise: index }),
    budget: record(
      {
        mode: oneOf('keep', 'drop'),
        round: oneOf('down', 'up', 'nearest', 'even'),
        amount: index,
        extent: index,
        atLeast: nullable(index),
        multipleOf: nullable(index),
      },
      { amountIs: oneOf('ratio', 'count') },
    ),
  },
  record({ args: list(index) }),
)

const argument = tagged('kind', {
  buffer: record({ buffer: index }, { access: oneOf('read', 'readwrite', 'scratch', 'lane') }),
  extent: record({ axis: name }),
  scalar: record({ scalar: index, as: oneOf('i32', 'u32', 'f32', 'f64') }),
})
const step = tagged('op', {
  launch: record({ kernel: name, args: list(argument) }, { grid: record({ points: index, team: bool, width: nullable(index) }) }),
  fill: record({ buffer: index, value: number }),
})

const bindingFields = { name, packing, parts: dictionary(index) }

const variant = record(
  {
    choices: dictionary(text),
    dtypes: dictionary(dtype),
    axes: list(axis),
    scalars: list(scalar),
    buffers: list(record({ role: oneOf('input', 'output', 'state', 'temp', 'count', 'scratch'), dtype, length: index })),
    steps: list(step),
    inputs: list(record(bindingFields)),
    outputs: list(record({ ...bindingFields, dtype, kept: nullable(index) })),
    states: list(
      record(
        { name, atoms: list(name), from: nullable(index), to: nullable(index) },
        { at: list(record({ axis: name, scalar: index }), 1) },
      ),
    ),
  },
  { sameExtent: list(list(name, 2)), cutAlong: name },
)

const entry = record({
  name,
  doc,
  inputs: list(tensor),
  args: list(param),
  outputs: list(tensor),
  states: list(record({ name, access: oneOf('read', 'write', 'update') })),
  variants: list(variant, 1),
})

export const manifestShape: Shape = record({
  espalier: text,
  abi: oneOf(ABI_VERSION),
  policy: name,
  doc,
  hash: value('64 hexadecimal digits', (given) => typeof given === 'string' && /^[0-9a-f]{64}$/.test(given)),
  target: name,
  artifact: name,
  axes: list(record({ name, factors: list(name), pinned: doc })),
  params: list(param),
  states: list(record({ name, doc, dtype, axes: list(name), initial: number })),
  entries: list(entry),
})
