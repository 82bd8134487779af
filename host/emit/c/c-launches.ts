/**
 * Launches of a variant in C: the tables of its kernels, the numbers that launches get, their shapes, and the steps themselves. A
 * launch has its place in `plan->launch`, its scalars theirs in `plan->value`.
 */
import { entryPointName } from '../../../abi/grid-bindings.ts'
import {
  blockThreads,
  cudaEntryName,
  teamsPerBlock,
  teamVariants,
  THREAD_BLOCK,
  type CudaBuffer,
} from '../../../abi/cuda-teams.ts'
import type { KernelArg, Step, VariantSpec } from '../../../abi/manifest.ts'
import { countsBehind } from './scalar-order.ts'
import type { CCall } from './c-call.ts'
import { cString } from './c-text.ts'
import { teamChoices, type TeamChoice, type TeamChoices } from './team-choices.ts'

export type LaunchStep = Extract<Step, { readonly op: 'launch' }>
type BufferArg = Extract<KernelArg, { readonly kind: 'buffer' }>

const accessOf = ({ access = 'readwrite' }: BufferArg): CudaBuffer['access'] => access
const isScratch = (arg: BufferArg): boolean => accessOf(arg) === 'scratch' || accessOf(arg) === 'lane'
const buffersOf = ({ args }: LaunchStep): readonly BufferArg[] => args.filter((arg) => arg.kind === 'buffer')
export const scratchOf = (step: LaunchStep): readonly BufferArg[] => buffersOf(step).filter(isScratch)

const cudaBuffers = (variant: VariantSpec, step: LaunchStep): readonly CudaBuffer[] =>
  buffersOf(step).map((arg) => ({ access: accessOf(arg), dtype: variant.buffers[arg.buffer]?.dtype ?? 'f32' }))

export interface PlacedLaunch {
  readonly step: LaunchStep
  /** In `plan->launch`. */
  readonly index: number
  /** From 1. */
  readonly stage: number
  /** In `plan->value`, for each argument: of a scalar, and of the length of a scratch row. */
  readonly values: readonly (number | null)[]
}

export function launchesOf({ stages }: CCall): readonly PlacedLaunch[] {
  let [index, value] = [0, 0]
  return stages.flatMap(({ steps }, stage) =>
    steps.flatMap((step) => {
      if (step.op === 'fill') return []
      const values = step.args.map((arg) => (arg.kind !== 'buffer' || isScratch(arg) ? value++ : null))
      return [{ step, index: index++, stage: stage + 1, values }]
    }),
  )
}

export const valueCount = (call: CCall): number =>
  launchesOf(call).reduce((sum, { values }) => sum + values.filter((value) => value !== null).length, 0)

const kernelName = (kernel: string): string => `es_kernel_${entryPointName(kernel)}`

/** The kernels that the calls launch, each once. */
export function kernelTables(calls: readonly CCall[]): readonly string[] {
  const kernels = new Map<string, string>()
  const known = new Map<string, TeamChoices>()
  for (const call of calls)
    for (const { step } of launchesOf(call))
      if (!kernels.has(step.kernel)) kernels.set(step.kernel, kernelTable(call.variant, step, known))
  return [...kernels.values()]
}

/** @param known choices by buffers: kernels have few different ones */
function kernelTable(variant: VariantSpec, step: LaunchStep, known: Map<string, TeamChoices>): string {
  const buffers = cudaBuffers(variant, step)
  const isTeam = step.grid?.team === true
  const entry = (name: string): string => `(const void *)${name}`
  const rows = isTeam
    ? teamVariants(buffers).map((team) => {
        const numbers = [team.threads, team.chunks, blockThreads(team), teamsPerBlock(team)]
        return `{${[...numbers, entry(cudaEntryName(step.kernel, team))].join(', ')}}`
      })
    : [`{1, 0, ${THREAD_BLOCK}, ${THREAD_BLOCK}, ${entry(cudaEntryName(step.kernel, null))}}`]
  const any: TeamChoice = { most: null, variant: 0 }
  const { many, few } = isTeam ? choicesOf(buffers, known) : { many: [any], few: [any] }
  const name = kernelName(step.kernel)
  const table = (type: string, suffix: string, lines: readonly string[]): string =>
    `static const ${type} ${name}_${suffix}[] = {${lines.map((line) => `\n  ${line},`).join('')}\n};`
  const choiceLines = (choices: readonly TeamChoice[]): readonly string[] =>
    choices.map(({ most, variant: index }) => `{${most ?? 'INT64_MAX'}, ${index}}`)
  return [
    table('es_variant', 'variants', rows),
    table('es_choice', 'many', choiceLines(many)),
    table('es_choice', 'few', choiceLines(few)),
    `static const es_kernel ${name} = {${cString(step.kernel)}, ${isTeam}, ${rows.length}, ${name}_variants, ${name}_many, ${name}_few};`,
  ].join('\n')
}

function choicesOf(buffers: readonly CudaBuffer[], known: Map<string, TeamChoices>): TeamChoices {
  const key = buffers
    .map(({ access, dtype }) => `${access} ${dtype}`)
    .sort()
    .join(', ')
  const choices = known.get(key) ?? teamChoices(buffers)
  known.set(key, choices)
  return choices
}

/** The arguments of launches, their points and their hints. */
export function launchNumbers(call: CCall): readonly string[] {
  const behind = countsBehind(call.variant)
  return launchesOf(call).flatMap(({ step, index, stage, values }) => {
    const launch = `plan->launch[${index}]`
    const known = new Set(call.stages.slice(0, stage).flatMap(({ needs }) => needs))
    const width = step.grid?.width ?? null
    const isHint = width !== null && [...(behind[width] ?? [])].every((axis) => known.has(axis))
    const head = [
      `  ${launch}.kernel = &${kernelName(step.kernel)};`,
      `  ${launch}.points = -1;`,
      `  ${launch}.width = ${isHint ? `es_hint(n${width})` : '-1'};`,
    ]
    const numbers = [
      ...pointsText(step, launch),
      ...step.args.flatMap((arg, i) => valueText(call, step, arg, `plan->value[${values[i] ?? 0}]`)),
    ]
    return stage === 1
      ? [...head, ...numbers]
      : [...head, `  if (stage >= ${stage}) {`, ...numbers.map((line) => `  ${line}`), '  }']
  })
}

function pointsText({ grid, kernel }: LaunchStep, launch: string): readonly string[] {
  if (grid === undefined) return [`  ${launch}.points = 1;`]
  return [`  ES_TRY(es_points(n${grid.points}, ${cString(`the points of \`${kernel}\``)}, &${launch}.points));`]
}

/** Of `es_argument`. */
const members = { i32: 'i', u32: 'u', f32: 'f', f64: 'd' } as const

function valueText(call: CCall, { kernel }: LaunchStep, arg: KernelArg, value: string): readonly string[] {
  if (arg.kind === 'buffer') return isScratch(arg) ? [`  ${value}.i = (int32_t)plan->length[${arg.buffer}];`] : []
  if (arg.kind === 'extent') {
    const axis = call.variant.axes.findIndex(({ name }) => name === arg.axis)
    return [`  ${value}.i = (int32_t)plan->axis[${axis}];`]
  }
  return [`  ES_TRY(es_${arg.as}(n${arg.scalar}, ${cString(kernel)}, &${value}.${members[arg.as]}));`]
}

/** The shapes of launches, and what their scratch takes at most: `plan->scratch`. */
export function launchShapes(call: CCall): readonly string[] {
  return launchesOf(call).flatMap(({ step, index }) => {
    const rows = scratchOf(step)
    const launch = `&plan->launch[${index}]`
    if (rows.length === 0) return [`  es_shape(${launch}, &device, nullptr, 0);`]
    const list = rows.map((arg) => `{plan->length[${arg.buffer}], ${accessOf(arg) === 'lane'}}`).join(', ')
    return [
      `  const es_row rows_${index}[] = {${list}};`,
      `  es_shape(${launch}, &device, rows_${index}, ${rows.length});`,
      `  if (plan->launch[${index}].scratch_bytes > scratch) scratch = plan->launch[${index}].scratch_bytes;`,
    ]
  })
}

/** Puts one launch on the stream; `b` are the buffers, `base` the start of scratch. */
export function launchText({ step, index, values }: PlacedLaunch): readonly string[] {
  const launch = `plan.launch[${index}]`
  let scratch = 0
  const rows = scratchOf(step).map((_, i) => `base + ${launch}.scratch[${i}]`)
  const args = step.args.flatMap((arg, i) => {
    const value = `&plan.value[${values[i] ?? 0}]`
    if (arg.kind !== 'buffer') return [value]
    return isScratch(arg) ? [`&rows_${index}[${scratch++}]`, value] : [`&b[${arg.buffer}]`]
  })
  const last = [`&${launch}.points`, ...(step.grid?.team === true ? [`&${launch}.shared_words`] : [])]
  return [
    ...(rows.length === 0 ? [] : [`  void *rows_${index}[] = {${rows.join(', ')}};`]),
    `  void *args_${index}[] = {${[...args, ...last].join(', ')}};`,
    `  ES_TRY(es_start(&${launch}, args_${index}, stream));`,
  ]
}
