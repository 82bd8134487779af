/**
 * The plan of a policy: for every entry its kernels, the buffers they touch, what passes fused and what they did not, with
 * reasons; and, when extents are given, the bytes moved against the bytes that must move.
 */
import { dtypeBytes } from '../abi/dtype.ts'
import type { BufferSpec, EntrySpec, Manifest, VariantSpec } from '../abi/manifest.ts'
import { EspalierError } from '../abi/espalier-error.ts'
import { countOf, defaultParams, parseParams, requireParam } from '../abi/params.ts'
import { bindShapes } from '../abi/extents.ts'
import { evaluateScalars, scalarValue } from '../abi/scalar-expr.ts'
import { toDouble } from '../abi/scalar-ops.ts'
import { wasmCaps } from '../backends/wasm/caps.ts'
import type { CompiledPolicy, Target } from '../compiler/driver.ts'
import type { Trait } from '../compiler/ir/op.ts'
import { ops } from '../compiler/ir/ops/index.ts'
import { funcNodes } from '../compiler/ir/walk.ts'
import { pairs, type Arguments } from './arguments.ts'
import { parseDTypes } from './float-dtypes.ts'
import { programOf, readUnit } from './program.ts'
import { exitStatus, refuse, type ExitStatus } from './refusal.ts'
import { scalarText } from './scalar-text.ts'
import { byteText, jsonLine, showDiagnostics, table, type Terminal } from './terminal.ts'

/** Plans need no assembler. */
const planOnly: Target = { name: 'wasm', extension: 'wasm', caps: wasmCaps, emit: async () => [] }

export async function explainPolicy(path: string, args: Arguments, terminal: Terminal): Promise<ExitStatus> {
  const unit = await readUnit(path)
  showDiagnostics(terminal, unit.warnings, unit.sources)
  const wanted = args.value('policy')
  const names = wanted === null ? unit.checked.signatures.map(({ name }) => name) : [wanted]
  if (names.length === 0) refuse('ESP5308', { path })
  const programs = names.map((name) => programOf(unit, name))
  const dtypes = parseDTypes(
    args.list('dtype'),
    programs.map(({ signature }) => signature),
  )
  const plans: PolicyPlan[] = []
  for (const program of programs) plans.push(planOf(await program.compile(dtypes, planOnly), args))
  if (args.flag('json')) terminal.out(jsonLine(plans))
  else terminal.out(plans.map(planText).join('\n'))
  return exitStatus.ok
}

interface BufferPlan {
  readonly name: string
  readonly dtype: string
  readonly length: string
  readonly bytes: number | null
}

interface KernelPlan {
  readonly kernel: string
  readonly reads: readonly BufferPlan[]
  readonly writes: readonly BufferPlan[]
}

interface EntryPlan {
  readonly entry: string
  readonly variant: Readonly<Record<string, string>>
  readonly kernels: readonly KernelPlan[]
  readonly temporaries: readonly BufferPlan[]
  /** Bytes that the kernels read and write, each buffer of each launch once; null without extents. */
  readonly bytesMoved: number | null
  /** Bytes of inputs, outputs and states: what any implementation must move. */
  readonly bytesLeast: number | null
  readonly remarks: readonly { readonly pass: string; readonly kind: string; readonly rule: string; readonly reason: string }[]
}

interface PolicyPlan {
  readonly policy: string
  readonly entries: readonly EntryPlan[]
}

function planOf(compiled: CompiledPolicy, args: Arguments): PolicyPlan {
  const { manifest } = compiled
  const only = args.value('entry')
  const entries = manifest.entries.filter((entry) => only === null || entry.name === only)
  if (entries.length === 0) refuse('ESP5303', { policy: manifest.policy, entry: only ?? '', suggestion: null })
  return {
    policy: manifest.policy,
    entries: entries.flatMap((entry) => entry.variants.map((variant) => entryPlan(compiled, entry, variant, args))),
  }
}

function entryPlan(compiled: CompiledPolicy, entry: EntrySpec, variant: VariantSpec, args: Arguments): EntryPlan {
  const lengths = bufferLengths(compiled.manifest, entry, variant, args)
  const buffer = (index: number): BufferPlan => {
    const spec = variant.buffers[index]!
    const length = lengths?.[index] ?? null
    const bytes = length === null ? null : length * dtypeBytes(spec.dtype)
    return { name: bufferName(variant, index, spec), dtype: spec.dtype, length: scalarText(variant.scalars, spec.length), bytes }
  }
  const kernels = variant.steps.flatMap((step): KernelPlan[] => {
    if (step.op !== 'launch') return []
    const access = accessOf(compiled, step.kernel)
    const buffers = step.args.flatMap((arg) => (arg.kind === 'buffer' ? [arg.buffer] : []))
    const touched = (way: 'read' | 'write') => buffers.filter((_, i) => access[i]?.[way] === true).map(buffer)
    return [{ kernel: step.kernel, reads: touched('read'), writes: touched('write') }]
  })
  const visible = variant.buffers.flatMap((spec, index) => (spec.role === 'temp' || spec.role === 'count' ? [] : [buffer(index)]))
  const temporaries = variant.buffers.flatMap((spec, index) => (spec.role === 'temp' ? [buffer(index)] : []))
  return {
    ...{ entry: entry.name, variant: variant.choices, kernels, temporaries },
    bytesMoved: total(kernels.flatMap(({ reads, writes }) => [...reads, ...writes])),
    bytesLeast: total(visible),
    remarks: remarksOn(compiled, entry.name),
  }
}

/** Remarks do not say which variant they are about, so each is shown once. */
function remarksOn({ remarks }: CompiledPolicy, entry: string): EntryPlan['remarks'] {
  const found = remarks.filter(({ func }) => func === null || func === entry)
  return [
    ...new Map(
      found.map(({ pass, kind, rule, reason }) => [`${pass}/${rule}: ${kind} ${reason}`, { pass, kind, rule, reason }]),
    ).values(),
  ]
}

const total = (buffers: readonly BufferPlan[]): number | null =>
  buffers.reduce<number | null>((sum, { bytes }) => (sum === null || bytes === null ? null : sum + bytes), 0)

/** For each buffer of a kernel, whether its operations read it and write it. */
function accessOf(
  { kernelModule }: CompiledPolicy,
  kernel: string,
): readonly { readonly read: boolean; readonly write: boolean }[] {
  const func = kernelModule.funcs.find((candidate) => candidate.role === 'kernel' && candidate.name === kernel)
  if (func === undefined) return []
  const touched: Readonly<Record<'reads' | 'writes', Set<number>>> = { reads: new Set(), writes: new Set() }
  for (const node of funcNodes(func)) {
    const traits: readonly Trait[] = ops[node.op as keyof typeof ops]?.traits ?? []
    for (const way of ['reads', 'writes'] as const) if (traits.includes(way)) for (const id of node.operands) touched[way].add(id)
  }
  const buffers = func.params.filter(({ type }) => type.kind === 'buffer')
  return buffers.map(({ id }) => ({ read: touched.reads.has(id), write: touched.writes.has(id) }))
}

function bufferName(variant: VariantSpec, index: number, { role }: BufferSpec): string {
  const part = (binding: { readonly name: string; readonly parts: Readonly<Record<string, number>> }): string[] =>
    Object.entries(binding.parts).flatMap(([name, at]) =>
      at === index ? [name === 'values' ? binding.name : `${binding.name}.${name}`] : [],
    )
  const [name] = [...variant.outputs.flatMap(part), ...variant.inputs.flatMap(part)]
  const state = variant.states.find(({ from, to }) => from === index || to === index)?.name
  return name ?? (state === undefined ? `${role}${index}` : `state ${state}`)
}

/** Elements of every buffer for the extents of `--sizes`; null when they do not determine all. */
function bufferLengths(
  manifest: Manifest,
  entry: EntrySpec,
  variant: VariantSpec,
  args: Arguments,
): readonly (number | null)[] | null {
  const words = args.list('sizes')
  if (words.length === 0) return null
  const sizes = new Map(pairs('--sizes', words, 'AXIS=EXTENT').map(([axis, text]) => [axis, extent(axis, text)]))
  const set = Object.fromEntries(pairs('--set', args.list('set'), 'NAME=VALUE'))
  const params = new Map([
    ...defaultParams(manifest.params),
    ...parseParams([...manifest.params, ...entry.args], set, manifest.policy),
  ])
  const types = new Map([...manifest.params, ...entry.args].map((spec) => [spec.name, spec.type]))
  const param = (name: string) => ({
    type: types.get(name) ?? ('real' as const),
    value: requireParam(params, name, manifest.policy),
  })
  try {
    const { extents } = bindShapes({
      entry: entry.name,
      axes: manifest.axes,
      atoms: variant.axes.map((axis) => axis.name),
      needed: variant.axes.filter((axis) => axis.kind === 'bound').map((axis) => axis.name),
      inputs: [],
      states: [],
      unmappable: null,
      known: new Map(),
      sizes,
      count: (name) => countOf(requireParam(params, name, manifest.policy)),
    })
    const slots = evaluateScalars(variant.scalars, { param, extent: (axis) => extents.get(axis), kept: () => undefined })
    return variant.buffers.map(({ length }) => (slots[length] === undefined ? null : toDouble(scalarValue(slots, length))))
  } catch (error) {
    // This entry has an axis that `--sizes` leaves open, or an argument that `--set` does.
    if (error instanceof EspalierError) return null
    throw error
  }
}

function extent(axis: string, text: string): number {
  const option = '--sizes'
  return /^\d{1,15}$/.test(text)
    ? Number(text)
    : refuse('ESP5006', { option, value: `${axis}=${text}`, expected: 'AXIS=EXTENT with a whole number' })
}

function planText({ policy, entries }: PolicyPlan): string {
  return entries.map((entry) => entryText(policy, entry)).join('\n')
}

function entryText(policy: string, { entry, variant, kernels, temporaries, bytesMoved, bytesLeast, remarks }: EntryPlan): string {
  const choice = Object.entries(variant).map(([name, value]) => `${name} = ${value}`)
  const count = `${kernels.length} kernel${kernels.length === 1 ? '' : 's'}, ${temporaries.length} temporary buffer${temporaries.length === 1 ? '' : 's'}`
  const lines = [`${policy}.${entry}${choice.length === 0 ? '' : ` (${choice.join(', ')})`}: ${count}\n`]
  for (const { kernel, reads, writes } of kernels) {
    lines.push(`\n  ${kernel}\n`)
    lines.push(
      table([...reads.map((buffer) => bufferRow('reads', buffer)), ...writes.map((buffer) => bufferRow('writes', buffer))]),
    )
  }
  if (bytesMoved !== null && bytesLeast !== null) {
    const ratio = bytesLeast === 0 ? '' : `, ${(bytesMoved / bytesLeast).toFixed(2)} times that`
    lines.push(`\n  moves ${byteText(bytesMoved)}; inputs, outputs and states are ${byteText(bytesLeast)}${ratio}\n`)
  }
  const rows = remarks.map(({ pass, kind, rule, reason }) => [
    `  ${kind === 'fired' ? 'did' : 'did not'}`,
    `${pass}/${rule}`,
    reason,
  ])
  if (rows.length > 0) lines.push('\n', table(rows))
  return lines.join('')
}

const bufferRow = (way: string, { name, dtype, length, bytes }: BufferPlan): string[] => [
  `    ${way}`,
  name,
  dtype,
  bytes === null ? length : `${length} = ${byteText(bytes)}`,
]
