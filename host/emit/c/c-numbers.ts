/** The function of a variant that checks what a caller said and computes every number of the call, in C. */
import type { BudgetExpr, ParamSpec, ScalarExpr } from '../../../abi/manifest.ts'
import { parseRational, toNumber } from '../../../abi/rational.ts'
import { scalarOps } from '../../../abi/scalar-ops.ts'
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import { lateAxes, type CCall } from './c-call.ts'
import { launchNumbers, valueCount } from './c-launches.ts'
import { cString } from './c-text.ts'
import { countsBehind, valuesOf, type Evaluation, type RowRoomExpr } from './scalar-order.ts'

export const axisNumber = ({ variant }: CCall, name: string): number => variant.axes.findIndex((axis) => axis.name === name)
const axisText = (call: CCall, name: string): string => `plan->axis[${axisNumber(call, name)}]`

export function numbersFunction(call: CCall): string {
  const { name, variant, stages } = call
  const body = [
    `  for (int i = 0; i < ${variant.axes.length}; i++) plan->axis[i] = -1;`,
    ...paramChecks(call),
    ...call.order.flatMap((step) => {
      if (step.kind === 'bind') return bindText(call)
      if (step.kind === 'scalar') return [`  const es_number n${step.scalar} = ${scalarText(call, step.scalar)};`]
      return axisExtent(call, step)
    }),
    ...positionChecks(call),
    ...variant.buffers.map(
      ({ length }, i) => `  ES_TRY(es_extent(n${length}, ${cString(bufferName(call, i))}, &plan->length[${i}]));`,
    ),
    ...hintChecks(call),
    ...launchNumbers(call),
    ...positionsOf(call).map(
      (scalar) => `  ES_TRY(es_i32(n${scalar}, "a position of a state", &plan->value[${positionValue(call, scalar)}].i));`,
    ),
    ...lateChecks(call),
    '  return ESPALIER_OK;',
  ]
  const stage = stages.length > 1 ? ', int stage' : ''
  return `static int ${name}_numbers(const ${name}_args *args${stage}, ${name}_plan *plan) {\n${body.join('\n')}\n}`
}

/** The extent that the policy gives an axis, once the counts that it depends on are known; nothing when they never are. */
function axisExtent(call: CCall, { axis, scalar }: Extract<Evaluation, { readonly kind: 'axis' }>): readonly string[] {
  const text = `ES_TRY(es_axis(n${scalar}, ${cString(`the axis ${axis}`)}, &${axisText(call, axis)}));`
  const counts = [...(countsBehind(call.variant)[scalar] ?? [])]
  const stages = counts.map((count) => call.stages.findIndex(({ needs }) => needs.includes(count)))
  if (stages.includes(-1)) return []
  return [stages.length === 0 ? `  ${text}` : `  if (stage >= ${Math.max(...stages) + 1}) ${text}`]
}

/** Scalars that are positions at which a slice of a state is written. */
export const positionsOf = ({ variant }: CCall): readonly number[] => [
  ...new Set(variant.states.flatMap(({ at = [] }) => at.map(({ scalar }) => scalar))),
]

/** Where in `plan->value` a position is: behind what launches are given. */
export const positionValue = (call: CCall, scalar: number): number => valueCount(call) + positionsOf(call).indexOf(scalar)

const bufferName = (call: CCall, buffer: number): string => {
  const pointer = call.memory.owner.get(buffer)
  const role = call.variant.buffers[buffer]?.role ?? 'temp'
  return pointer === undefined ? `the length of a buffer (${role})` : `the length of ${call.fields.pointer(pointer)}`
}

const checkers: Readonly<Record<ParamSpec['type'], string | null>> = {
  ratio: 'es_ratio_given',
  count: 'es_count_given',
  int: 'es_int_given',
  real: 'es_real_given',
  bool: 'es_bool_given',
  choice: null,
}

function paramChecks({ params, fields, kept }: CCall): readonly string[] {
  const given = params.flatMap((param) => {
    const [check, path] = [checkers[param.type], fields.param(param.name)]
    return check === null ? [] : [`  ES_TRY(${check}(args->${path}, ${cString(path)}));`]
  })
  const rows = kept.map((input) => `  ES_TRY(es_counted_thing(args->${fields.kept(input)}, ${cString(fields.kept(input))}));`)
  return [...given, ...rows]
}

function hintChecks(call: CCall): readonly string[] {
  return call.hinted.flatMap((input) => {
    const [kept, stored] = [call.fields.kept(input), call.fields.stored(input)]
    return [
      `  ES_TRY(es_hinted(args->${kept}, ${cString(kept)}));`,
      `  ES_TRY(es_stored(args->${stored}, plan->length[${valuesOf(call.variant, input)}], ${cString(stored)}));`,
    ]
  })
}

/** Sizes become extents of axes. */
function bindText(call: CCall): readonly string[] {
  const { sizes, fields, variant } = call
  const checks = sizes.given.map(
    ({ axis }) => `  ES_TRY(es_counted_thing(args->${fields.size(axis)}, ${cString(fields.size(axis))}));`,
  )
  const agreed = (variant.sameExtent ?? []).map(
    ([a, b]) => `  ES_TRY(es_agree(&${axisText(call, a)}, &${axisText(call, b)}, ${cString(`${a} and ${b}`)}));`,
  )
  return [...checks, ...(sizes.areSolved ? solverText(call) : assignments(call)), ...agreed, ...countedText(call)]
}

const assignments = (call: CCall): readonly string[] =>
  call.sizes.given.map(({ axis, atoms }) => `  ${axisText(call, atoms[0] ?? axis)} = args->${call.fields.size(axis)};`)

function solverText(call: CCall): readonly string[] {
  const { given, pinned } = call.sizes
  const row = (name: string, extent: string, atoms: readonly string[]): string =>
    `      {${cString(name)}, ${extent}, ${atoms.length}, {${atoms.map((atom) => axisNumber(call, atom)).join(', ')}}},`
  const rows = [
    ...pinned.map(({ axis, atoms, pinned: by }) => row(`the axis ${axis}`, pinText(call, by), atoms)),
    ...given.map(({ axis, atoms }) => row(call.fields.size(axis), `args->${call.fields.size(axis)}`, atoms)),
  ]
  return ['  const es_dim dims[] = {', ...rows, '  };', `  ES_TRY(es_solve(dims, ${rows.length}, plan->axis));`]
}

const pinText = ({ fields }: CCall, pinned: string): string => (/^\d+$/.test(pinned) ? pinned : `args->${fields.param(pinned)}`)

/** Extents that an earlier stage counted. */
function countedText(call: CCall): readonly string[] {
  return call.stages.flatMap(({ needs }, i) =>
    needs.map((axis) => {
      const field = call.fields.size(axis)
      const check = `ES_TRY(es_counted_thing(${axisText(call, axis)} = args->${field}, ${cString(field)}));`
      return `  if (stage >= ${i + 1}) ${check}`
    }),
  )
}

function positionChecks(call: CCall): readonly string[] {
  return call.entry.args.flatMap(({ name, axis }) => {
    if (axis === undefined) return []
    const [field, extent] = [call.fields.param(name), axis.atoms.map((atom) => axisText(call, atom)).join(' * ')]
    return [`  ES_TRY(es_position_given(args->${field}, ${extent}, ${cString(field)}));`]
  })
}

/** No output with a counted axis is longer than there is room for. */
function lateChecks(call: CCall): readonly string[] {
  const late = new Set(lateAxes(call))
  return call.memory.pointers.flatMap((pointer) => {
    if (pointer.group !== 'out' || pointer.part !== null) return []
    const atoms = call.entry.outputs.find(({ name }) => name === pointer.tensor)?.axes.flatMap((axis) => axis.atoms) ?? []
    const needed = atoms.filter((atom) => late.has(atom))
    if (needed.length === 0) return []
    const known = needed.map((atom) => `${axisText(call, atom)} >= 0`).join(' && ')
    const field = call.fields.pointer(pointer)
    const list = atoms.map((atom) => axisText(call, atom)).join(', ')
    return [
      `  if (${known}) {`,
      `    const int64_t extents[] = {${list}};`,
      `    ES_TRY(es_within(extents, ${atoms.length}, plan->length[${pointer.buffer}], ${cString(field)}));`,
      '  }',
    ]
  })
}

function scalarText(call: CCall, index: number): string {
  const expr = call.variant.scalars[index]
  if (expr === undefined) throw new CompilerBug(`scalar ${index} of ${call.name} is not there`)
  if ('args' in expr) return operationText(expr.op, expr.args)
  switch (expr.op) {
    case 'literal':
      return literalText(expr as Extract<ScalarExpr, { readonly op: 'literal' }>)
    case 'param':
      return paramText(call, 'name' in expr ? expr.name : '')
    case 'size':
      return `es_size(${axisText(call, 'axis' in expr ? expr.axis : '')})`
    case 'kept':
      return `es_whole(args->${call.fields.kept('input' in expr ? expr.input : '')})`
    case 'row_room':
      return rowRoomText(call, expr as RowRoomExpr)
    case 'budget':
      return budgetText(expr as BudgetExpr)
  }
  throw new CompilerBug(`the C host has no scalar operation ${String((expr as { readonly op: unknown }).op)}`)
}

function rowRoomText(call: CCall, { input, otherwise }: RowRoomExpr): string {
  const over = call.variant.inputs.find(({ name }) => name === input)?.packing?.over ?? []
  const length = over.map((axis) => `es_size(${axisText(call, axis)})`).reduce((x, y) => `es_mul(${x}, ${y})`)
  const capacity = call.variant.buffers[valuesOf(call.variant, input)]?.length ?? 0
  const hints = `args->${call.fields.kept(input)}, args->${call.fields.stored(input)}`
  return `es_row_room(${hints}, n${capacity}, ${length}, n${otherwise})`
}

function operationText(op: string, args: readonly number[]): string {
  if (op !== 'select' && !Object.hasOwn(scalarOps, op)) throw new CompilerBug(`the C host has no scalar operation ${op}`)
  return `es_${op}(${args.map((ref) => `n${ref}`).join(', ')})`
}

const INT64 = 2n ** 63n

function literalText({ type, value }: Extract<ScalarExpr, { readonly op: 'literal' }>): string {
  if (type === 'bool') return `es_bool(${value === 'true' ? 'true' : 'false'})`
  if (/^-?(inf|nan)$/.test(value))
    return `es_real(${value.startsWith('-') ? '-' : ''}${value.endsWith('nan') ? 'NAN' : 'INFINITY'})`
  const exact = parseRational(value)
  if (exact === null) throw new CompilerBug(`the literal ${value} is not a number`)
  if (type === 'real') {
    const text = String(toNumber(exact))
    return `es_real(${/[.e]/.test(text) ? text : `${text}.0`})`
  }
  if (exact.n >= INT64 || exact.n <= -INT64 || exact.d >= INT64) return 'es_undefined(ES_TOO_LARGE)'
  const [n, d] = [`${exact.n}`, `${exact.d}`].map((text) => (text.length > 9 ? `INT64_C(${text})` : text))
  return type === 'int' ? `es_whole(${n})` : `es_ratio(${n}, ${d})`
}

function paramText({ params, fields }: CCall, name: string): string {
  const type = params.find((param) => param.name === name)?.type
  const value = `args->${fields.param(name)}`
  switch (type) {
    case 'ratio':
      return `es_from_ratio(${value})`
    case 'real':
      return `es_real(${value})`
    case 'bool':
      return `es_bool(${value} != 0)`
    case 'count':
    case 'int':
      return `es_whole(${value})`
  }
  throw new CompilerBug(`the parameter ${name} is no number`)
}

const rounding = { down: 'ES_DOWN', up: 'ES_UP', nearest: 'ES_NEAREST', even: 'ES_EVEN' } as const

function budgetText({ mode, round, amount, amountIs, extent, atLeast, multipleOf }: BudgetExpr): string {
  const is = amountIs === undefined ? 'ES_BY_KIND' : amountIs === 'count' ? 'ES_COUNT' : 'ES_OF_ALL'
  const kept = `es_kept_count(${mode === 'keep'}, ${rounding[round]}, ${is}, n${amount}, n${extent})`
  const bound = (ref: number | null): string => (ref === null ? 'nullptr' : `&n${ref}`)
  return `es_budget(${kept}, n${extent}, ${bound(atLeast)}, ${bound(multipleOf)})`
}
