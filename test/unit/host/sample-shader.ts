/**
 * The sample policy for a target of many threads: the same manifest with grids, and its kernels as WGSL. And kernels that need what
 * the sample does not: teams, scratch, more buffers than a stage may have.
 */
import { entryPointName, gridBindings, GROUP_SIZE_NAME, type GridParam } from '../../../abi/grid-bindings.ts'
import type { EntrySpec, KernelArg, Manifest, Step, VariantSpec } from '../../../abi/manifest.ts'
import { dense, sampleManifest } from './sample-policy.ts'

export interface ShaderParam {
  readonly name: string
  readonly kind: GridParam
  /** What its binding is an array of; u32 unless given. */
  readonly element?: 'f32' | 'i32' | 'u32'
}

/** A kernel whose body runs for each `point`. Buffers are `NAME[NAME_start + i]`, scalars their names. */
export function shaderKernel(name: string, params: readonly ShaderParam[], body: string, team = false): string {
  const { storage, slots, uniformWords } = gridBindings(params.map(({ kind }) => kind))
  const entry = entryPointName(name)
  const word = (index: number): string => `${entry}_words[${index >> 2}].${'xyzw'[index & 3]}`
  const variable = (binding: number): string => `${entry}_binding${binding}`
  const bindings = storage.map(({ binding, access, params: inside }) => {
    const element = inside.length === 1 ? (params[inside[0] ?? 0]?.element ?? 'u32') : 'u32'
    return `@group(0) @binding(${binding}) var<storage, ${access === 'read' ? 'read' : 'read_write'}> ${variable(binding)}: array<${element}>;`
  })
  const named = params.map(({ name: param, kind }, i) => {
    const { word: at, binding } = slots[i]!
    if (binding !== null && kind === 'scratch') return `let ${param}_start = ${word(at)}; let ${param}_length = ${word(at + 1)};`
    if (binding !== null) return `let ${param}_start = ${word(at)};`
    return `let ${param} = ${kind === 'f32' ? `bitcast<f32>(${word(at)})` : kind === 'i32' ? `i32(${word(at)})` : word(at)};`
  })
  const text = params.reduce(
    (all, { name: param }, i) => all.replaceAll(new RegExp(`\\b${param}\\[`, 'g'), `${variable(slots[i]?.binding ?? 0)}[`),
    body,
  )
  return `@group(0) @binding(0) var<uniform> ${entry}_words: array<vec4<u32>, ${uniformWords / 4}>;
${bindings.join('\n')}
@compute @workgroup_size(${GROUP_SIZE_NAME})
fn ${entry}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let workers = ${word(0)};
  let team = group.x + group.y * groups.x;
  let worker = ${team ? 'team' : `team * ${GROUP_SIZE_NAME} + thread`};
  ${named.join('\n  ')}
  for (var point = worker; point < ${word(1)}; point += workers) {
${text}
  }
}`
}

export const moduleHead = `override ${GROUP_SIZE_NAME}: u32 = 64u;`

const buffer = (name: string, kind: 'read' | 'readwrite' | 'scratch', element: 'f32' | 'i32' | 'u32' = 'f32'): ShaderParam => ({
  name,
  kind,
  element,
})
const number = (name: string, kind: GridParam = 'i32'): ShaderParam => ({ name, kind })

export const sampleShader = [
  moduleHead,
  shaderKernel(
    'scale',
    [buffer('x', 'read'), buffer('y', 'readwrite'), number('n'), number('f', 'f32')],
    'y[y_start + point] = x[x_start + point] * f;',
  ),
  shaderKernel(
    'double_i32',
    [buffer('x', 'read', 'i32'), buffer('y', 'readwrite', 'i32'), number('n')],
    'y[y_start + point] = x[x_start + point] * 2;',
  ),
  shaderKernel(
    'pack',
    [
      ...[buffer('x', 'read'), buffer('mask', 'readwrite', 'u32'), buffer('v', 'readwrite'), buffer('o', 'readwrite', 'u32')],
      ...[number('rows'), number('n'), number('k')],
    ],
    `    var kept = 0u;
    o[o_start] = 0u;
    let per_row = u32((n + 31) / 32);
    for (var r = 0u; r < u32(rows); r++) {
      for (var w = 0u; w < per_row; w++) { mask[mask_start + r * per_row + w] = 0u; }
      for (var i = 0u; i < u32(n); i++) {
        let e = x[x_start + r * u32(n) + i];
        if (select(e > 0.0, i32(i) < k, k >= 0)) {
          mask[mask_start + r * per_row + i / 32u] |= 1u << (i % 32u);
          v[v_start + kept] = e;
          kept++;
        }
      }
      o[o_start + r + 1u] = kept;
    }`,
  ),
  shaderKernel(
    'row_sums',
    [buffer('v', 'read'), buffer('o', 'read', 'u32'), buffer('y', 'readwrite'), number('rows')],
    `    var sum = 0.0;
    for (var i = o[o_start + point]; i < o[o_start + point + 1u]; i++) { sum += v[v_start + i]; }
    y[y_start + point] = sum;`,
  ),
  shaderKernel(
    'accumulate',
    [buffer('before', 'read'), buffer('after', 'readwrite'), buffer('x', 'read'), number('tokens'), number('n')],
    `    var sum = before[before_start + point];
    for (var t = 0u; t < u32(tokens); t++) { sum += x[x_start + t * u32(n) + point]; }
    after[after_start + point] = sum;`,
  ),
  shaderKernel(
    'count_positive',
    [buffer('x', 'read'), buffer('count', 'readwrite', 'i32'), number('n')],
    '    for (var i = 0u; i < u32(n); i++) { if (x[x_start + i] > 0.0) { count[count_start]++; } }',
  ),
  shaderKernel(
    'gather_positive',
    [buffer('x', 'read'), buffer('y', 'readwrite'), number('m')],
    `    var at = 0u;
    for (var i = 0u; at < u32(m); i++) {
      if (x[x_start + i] > 0.0) { y[y_start + at] = x[x_start + i] * f32(m); at++; }
    }`,
  ),
].join('\n\n')

/** How the kernels of the sample access their buffers, in order. */
const ACCESS: Readonly<Record<string, readonly ('read' | 'readwrite')[]>> = {
  scale: ['read', 'readwrite'],
  double_i32: ['read', 'readwrite'],
  pack: ['read', 'readwrite', 'readwrite', 'readwrite'],
  row_sums: ['read', 'read', 'readwrite'],
  accumulate: ['read', 'readwrite', 'read'],
  count_positive: ['read', 'readwrite'],
  gather_positive: ['read', 'readwrite'],
}

/** The scalar that is the number of points, by entry and kernel. */
const POINTS: Readonly<Record<string, number>> = {
  ...{ 'scale scale': 2, 'scale double_i32': 2, 'constant scale': 0, 'layers scale': 0 },
  ...{ 'pack_first pack': 11, 'pack_positive pack': 11, 'row_sums row_sums': 0, 'observe accumulate': 2 },
  ...{ 'compact count_positive': 1, 'compact gather_positive': 1 },
}

function gridStep(entry: string, step: Step): Step {
  if (step.op === 'fill') return step
  const access = [...(ACCESS[step.kernel] ?? [])]
  const args = step.args.map((arg, i): KernelArg => {
    // The place for offsets that an exact pack does not have.
    const filled = step.kernel === 'pack' && i === 3 ? ({ kind: 'buffer', buffer: 3 } as const) : arg
    const [next] = filled.kind === 'buffer' ? access.splice(0, 1) : []
    return filled.kind === 'buffer' && next !== undefined ? { ...filled, access: next } : filled
  })
  return { ...step, args, grid: { points: POINTS[`${entry} ${step.kernel}`] ?? 0, team: false, width: null } }
}

export const sampleGridManifest: Manifest = {
  ...sampleManifest,
  target: 'wgsl',
  artifact: 'sample.wgsl',
  entries: sampleManifest.entries
    .filter(({ name }) => name !== 'explode')
    .map((entry) => ({
      ...entry,
      variants: entry.variants.map((variant) => ({ ...variant, steps: variant.steps.map((step) => gridStep(entry.name, step)) })),
    })),
}

const base: Pick<VariantSpec, 'choices' | 'states'> = { choices: {}, states: [] }

/** total[row] = sum over scratch of X[row, i] + i % 4, through memory of a team. */
const totalsEntry: EntrySpec = {
  name: 'totals',
  doc: null,
  inputs: [dense('X', ['row', 'channel'])],
  args: [],
  outputs: [dense('T', ['row'])],
  states: [],
  variants: [
    {
      ...base,
      dtypes: { X: 'f32' },
      axes: ['row', 'channel'].map((name) => ({ name, kind: 'bound' })),
      scalars: [
        { op: 'size', axis: 'row' },
        { op: 'size', axis: 'channel' },
        { op: 'mul', args: [0, 1] },
        { op: 'literal', type: 'int', value: '2' },
      ],
      buffers: [
        { role: 'input', dtype: 'f32', length: 2 },
        { role: 'scratch', dtype: 'i32', length: 3 },
        { role: 'scratch', dtype: 'f32', length: 1 },
        { role: 'output', dtype: 'f32', length: 0 },
      ],
      steps: [
        {
          op: 'launch',
          kernel: 'totals',
          args: [
            { kind: 'buffer', buffer: 0, access: 'read' },
            { kind: 'buffer', buffer: 1, access: 'scratch' },
            { kind: 'buffer', buffer: 2, access: 'scratch' },
            { kind: 'buffer', buffer: 3, access: 'readwrite' },
            { kind: 'extent', axis: 'channel' },
          ],
          grid: { points: 0, team: true, width: 1 },
        },
      ],
      inputs: [{ name: 'X', packing: null, parts: { values: 0 } }],
      outputs: [{ name: 'T', packing: null, parts: { values: 3 }, dtype: 'f32', kept: null }],
    },
  ],
}

/** Y[i] = the sum of ten inputs at i, through ten buffers and two more that are written. */
const MANY = Array.from({ length: 10 }, (_, i) => `X${i}`)
const manyEntry: EntrySpec = {
  name: 'many',
  doc: null,
  inputs: MANY.map((name) => dense(name, ['token'])),
  args: [],
  outputs: [dense('Y', ['token']), dense('Z', ['token'])],
  states: [],
  variants: [
    {
      ...base,
      dtypes: Object.fromEntries(MANY.map((name) => [name, 'f32'] as const)),
      axes: [{ name: 'token', kind: 'bound' }],
      scalars: [{ op: 'size', axis: 'token' }],
      buffers: [
        ...MANY.map(() => ({ role: 'input', dtype: 'f32', length: 0 }) as const),
        { role: 'output', dtype: 'f32', length: 0 },
        { role: 'output', dtype: 'f32', length: 0 },
      ],
      steps: [
        {
          op: 'launch',
          kernel: 'many',
          args: [...MANY, 'Y', 'Z'].map((_, i) => ({
            kind: 'buffer',
            buffer: i,
            access: i < MANY.length ? 'read' : 'readwrite',
          })),
          grid: { points: 0, team: false, width: null },
        },
      ],
      inputs: MANY.map((name, i) => ({ name, packing: null, parts: { values: i } })),
      outputs: ['Y', 'Z'].map((name, i) => ({
        name,
        packing: null,
        parts: { values: MANY.length + i },
        dtype: 'f32',
        kept: null,
      })),
    },
  ],
}

/** H[i] = 2 X[i] on bits of halves that are whole numbers of the exponent: one more. */
const halvesEntry: EntrySpec = {
  name: 'halves',
  doc: null,
  inputs: [dense('X', ['token'], ['f16'])],
  args: [],
  outputs: [dense('H', ['token'], ['f16'])],
  states: [],
  variants: [
    {
      ...base,
      dtypes: { X: 'f16' },
      axes: [{ name: 'token', kind: 'bound' }],
      scalars: [{ op: 'size', axis: 'token' }],
      buffers: [
        { role: 'input', dtype: 'f16', length: 0 },
        { role: 'output', dtype: 'f16', length: 0 },
      ],
      steps: [
        { op: 'fill', buffer: 1, value: 1 },
        {
          op: 'launch',
          kernel: 'halves',
          args: [
            { kind: 'buffer', buffer: 0, access: 'read' },
            { kind: 'buffer', buffer: 1, access: 'readwrite' },
            { kind: 'extent', axis: 'token' },
          ],
          grid: { points: 0, team: false, width: null },
        },
      ],
      inputs: [{ name: 'X', packing: null, parts: { values: 0 } }],
      outputs: [{ name: 'H', packing: null, parts: { values: 1 }, dtype: 'f16', kept: null }],
    },
  ],
}

export const teamManifest: Manifest = {
  ...sampleGridManifest,
  policy: 'teams',
  params: [],
  states: [],
  entries: [totalsEntry, manyEntry, halvesEntry],
}

const teamKernel = shaderKernel(
  'totals',
  [buffer('x', 'read'), buffer('a', 'scratch', 'u32'), buffer('b', 'scratch', 'u32'), buffer('t', 'readwrite'), number('n')],
  `    let own = select(b_start + worker * b_length, a_length, totals_local_words > 1u);
    let first = select(a_start + worker * a_length, 0u, totals_local_words > 1u);
    if (thread == 0u) { store_totals(first + 1u, 7u); }
    for (var i = thread; i < u32(n); i += GROUP_SIZE) {
      store_totals(own + i, bitcast<u32>(x[x_start + point * u32(n) + i]) );
    }
    workgroupBarrier();
    storageBarrier();
    if (thread == 0u) {
      var total = f32(load_totals(first + 1u)) - 7.0;
      for (var i = 0u; i < u32(n); i++) { total += bitcast<f32>(load_totals(own + i)) + f32(i % 4u); }
      t[t_start + point] = total;
    }
    workgroupBarrier();
    storageBarrier();`,
  true,
)

export const teamShader = [
  moduleHead,
  'override totals_local_words: u32 = 1u;',
  'var<workgroup> totals_local: array<u32, totals_local_words>;',
  `fn store_totals(at: u32, bits: u32) {
  if (totals_local_words > 1u) { totals_local[at] = bits; } else { totals_binding3[at] = bits; }
}
fn load_totals(at: u32) -> u32 {
  if (totals_local_words > 1u) { return totals_local[at]; }
  return totals_binding3[at];
}`,
  teamKernel,
  shaderKernel(
    'many',
    [...MANY.map((name) => buffer(name, 'read')), buffer('y', 'readwrite'), buffer('z', 'readwrite')],
    `    var sum = 0.0;
${MANY.map((name, i) => `    sum += ${i < 5 ? `${name}[${name}_start + point]` : `bitcast<f32>(${name}[${name}_start + point])`};`).join('\n')}
    y[y_start + point] = sum;
    z[z_start + point] = -sum;`,
  ),
  shaderKernel(
    'halves',
    [buffer('x', 'read', 'u32'), buffer('h', 'readwrite', 'u32'), number('n')],
    `    if (point % 2u == 0u) {
      let both = x[x_start + point / 2u] + 0x04000400u;
      let last = i32(point) + 1 == n;
      h[h_start + point / 2u] = select(both, (both & 0xffffu) | (h[h_start + point / 2u] & 0xffff0000u), last);
    }`,
  ),
].join('\n\n')
