/**
 * What a manifest of the right shape may still have wrong: names and indices that refer to nothing, names given twice, parts that do
 * not belong to their format, parameters whose default is none of theirs.
 */
import { atomsOf } from '../../abi/axes.ts'
import { EspalierError } from '../../abi/espalier-error.ts'
import type { EntrySpec, Manifest, ParamSpec, ScalarExpr, TensorBinding, TensorSpec, VariantSpec } from '../../abi/manifest.ts'
import { partNames } from '../../abi/packed.ts'
import { parseParam } from '../../abi/params.ts'
import { scalarOps } from '../../abi/scalar-ops.ts'
import type { ShapeProblem } from './shape.ts'

export function referenceProblems(manifest: Manifest): readonly ShapeProblem[] {
  const found: ShapeProblem[] = []
  distinct(manifest.axes, 'axes', found)
  distinct(manifest.params, 'params', found)
  distinct(manifest.states, 'states', found)
  distinct(manifest.entries, 'entries', found)
  found.push(...axisProblems(manifest))
  if (found.length > 0) return found
  for (const [i, spec] of manifest.params.entries()) checkDefault(spec, `params[${i}].default`, found)
  for (const [i, axis] of manifest.axes.entries()) {
    const counts = manifest.params.filter((spec) => spec.type === 'count').map((spec) => spec.name)
    if (axis.pinned !== null && !/^\d+$/.test(axis.pinned))
      known(axis.pinned, counts, `axes[${i}].pinned`, 'a number or a count parameter', found)
  }
  for (const [i, entry] of manifest.entries.entries()) checkEntry(manifest, entry, `entries[${i}]`, found)
  return found
}

function checkEntry(manifest: Manifest, entry: EntrySpec, path: string, found: ShapeProblem[]): void {
  distinct([...entry.inputs, ...entry.args], `${path}.inputs`, found)
  distinct(entry.outputs, `${path}.outputs`, found)
  for (const [i, state] of entry.states.entries())
    known(state.name, namesOf(manifest.states), `${path}.states[${i}].name`, 'a state', found)
  for (const [i, variant] of entry.variants.entries()) checkVariant(manifest, entry, variant, `${path}.variants[${i}]`, found)
}

function checkVariant(manifest: Manifest, entry: EntrySpec, variant: VariantSpec, path: string, found: ShapeProblem[]): void {
  const axes = namesOf(variant.axes)
  distinct(variant.axes, `${path}.axes`, found)
  for (const param of Object.keys(variant.choices)) {
    const choices = manifest.params.find((spec) => spec.name === param)?.choices ?? []
    known(variant.choices[param] ?? '', choices, `${path}.choices.${param}`, `an alternative of \`${param}\``, found)
  }
  for (const [i, axis] of variant.axes.entries()) {
    if (axis.kind === 'scalar') within(axis.scalar, variant.scalars.length, `${path}.axes[${i}].scalar`, 'scalars', found)
    if (axis.kind === 'counted') within(axis.buffer, variant.buffers.length, `${path}.axes[${i}].buffer`, 'buffers', found)
  }
  for (const [i, expr] of variant.scalars.entries()) checkScalar(manifest, entry, axes, expr, i, `${path}.scalars[${i}]`, found)
  for (const [i, buffer] of variant.buffers.entries())
    within(buffer.length, variant.scalars.length, `${path}.buffers[${i}].length`, 'scalars', found)
  checkSteps(variant, axes, path, found)
  checkBindings(entry.inputs, variant.inputs, variant, `${path}.inputs`, found)
  checkBindings(entry.outputs, variant.outputs, variant, `${path}.outputs`, found)
  for (const [i, output] of variant.outputs.entries())
    if (output.kept !== null) within(output.kept, variant.scalars.length, `${path}.outputs[${i}].kept`, 'scalars', found)
  for (const [i, state] of variant.states.entries()) {
    known(state.name, namesOf(manifest.states), `${path}.states[${i}].name`, 'a state', found)
    for (const [place, { axis, scalar: position }] of (state.at ?? []).entries()) {
      known(axis, state.atoms, `${path}.states[${i}].at[${place}].axis`, 'an axis of the state', found)
      within(position, variant.scalars.length, `${path}.states[${i}].at[${place}].scalar`, 'scalars', found)
    }
    for (const side of ['from', 'to'] as const)
      if (state[side] !== null) within(state[side], variant.buffers.length, `${path}.states[${i}].${side}`, 'buffers', found)
  }
  if (variant.cutAlong !== undefined) known(variant.cutAlong, axes, `${path}.cutAlong`, 'an axis of the variant', found)
  checkTensorAxes(manifest, entry, new Set(axes), path, found)
}

function checkScalar(
  manifest: Manifest,
  entry: EntrySpec,
  axes: readonly string[],
  expr: ScalarExpr,
  own: number,
  path: string,
  found: ShapeProblem[],
): void {
  const earlier = (ref: number | null, key: string): void => {
    if (ref !== null && ref >= own) found.push({ path: `${path}.${key}`, expected: 'an earlier scalar', got: String(ref) })
  }
  if ('args' in expr) {
    const arity = expr.op === 'select' ? 3 : Object.hasOwn(scalarOps, expr.op) ? scalarOps[expr.op]?.arity : undefined
    if (arity === undefined) found.push({ path: `${path}.op`, expected: 'an operation of this ABI', got: `'${expr.op}'` })
    else if (expr.args.length !== arity)
      found.push({ path: `${path}.args`, expected: `${arity} arguments`, got: String(expr.args.length) })
    for (const [i, ref] of expr.args.entries()) earlier(ref, `args[${i}]`)
  } else if (expr.op === 'param')
    known(expr.name, namesOf([...manifest.params, ...entry.args]), `${path}.name`, 'a parameter', found)
  else if (expr.op === 'size') known(expr.axis, axes, `${path}.axis`, 'an axis of the variant', found)
  else if (expr.op === 'kept' || expr.op === 'row_room') {
    known(expr.input, namesOf(entry.inputs), `${path}.input`, 'an input', found)
    if (expr.op === 'row_room') earlier(expr.otherwise, 'otherwise')
  } else if (expr.op === 'budget')
    for (const key of ['amount', 'extent', 'atLeast', 'multipleOf'] as const) earlier(expr[key], key)
}

function checkSteps(variant: VariantSpec, axes: readonly string[], path: string, found: ShapeProblem[]): void {
  for (const [i, step] of variant.steps.entries()) {
    const at = `${path}.steps[${i}]`
    if (step.op === 'fill') {
      within(step.buffer, variant.buffers.length, `${at}.buffer`, 'buffers', found)
      continue
    }
    for (const [part, scalar] of Object.entries(step.grid ?? {}))
      if (typeof scalar === 'number') within(scalar, variant.scalars.length, `${at}.grid.${part}`, 'scalars', found)
    for (const [j, arg] of step.args.entries()) {
      if (arg.kind === 'buffer') within(arg.buffer, variant.buffers.length, `${at}.args[${j}].buffer`, 'buffers', found)
      else if (arg.kind === 'scalar') within(arg.scalar, variant.scalars.length, `${at}.args[${j}].scalar`, 'scalars', found)
      else known(arg.axis, axes, `${at}.args[${j}].axis`, 'an axis of the variant', found)
    }
  }
}

/** Outputs must all be bound; an input may be left out by a variant that does not read it. */
function checkBindings(
  tensors: readonly TensorSpec[],
  bindings: readonly TensorBinding[],
  variant: VariantSpec,
  path: string,
  found: ShapeProblem[],
): void {
  distinct(bindings, path, found)
  for (const [i, binding] of bindings.entries()) {
    known(binding.name, namesOf(tensors), `${path}[${i}].name`, 'a tensor of the entry', found)
    for (const [part, buffer] of Object.entries(binding.parts)) {
      known(part, partNames(binding.packing), `${path}[${i}].parts`, 'a part of its format', found)
      within(buffer, variant.buffers.length, `${path}[${i}].parts.${part}`, 'buffers', found)
    }
  }
}

function checkTensorAxes(
  manifest: Manifest,
  entry: EntrySpec,
  atoms: ReadonlySet<string>,
  path: string,
  found: ShapeProblem[],
): void {
  for (const tensor of [...entry.inputs, ...entry.outputs])
    for (const axis of tensor.axes)
      for (const atom of axis.atoms)
        if (!atoms.has(atom))
          found.push({ path: `${path}.axes`, expected: `axis \`${atom}\` of \`${tensor.name}\``, got: 'missing' })
  for (const { name, axis } of entry.args)
    for (const atom of axis?.atoms ?? [])
      if (!atoms.has(atom)) found.push({ path: `${path}.axes`, expected: `axis \`${atom}\` of \`${name}\``, got: 'missing' })
  for (const { name } of entry.states)
    for (const axis of manifest.states.find((state) => state.name === name)?.axes ?? [])
      if (atomsOf(manifest.axes, axis, atoms) === null)
        found.push({ path: `${path}.axes`, expected: `axis \`${axis}\` of state \`${name}\``, got: 'missing' })
}

/** Expanding an axis must end, and meet every axis once. */
function axisProblems(manifest: Manifest): readonly ShapeProblem[] {
  const factors = new Map(manifest.axes.map((axis) => [axis.name, axis.factors]))
  return manifest.axes.flatMap((axis, i) => {
    const reached = new Set([axis.name])
    const open = [...axis.factors]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) return [{ path: `axes[${i}].factors`, expected: 'distinct axes', got: `\`${next}\` twice` }]
      reached.add(next)
      open.push(...(factors.get(next) ?? []))
    }
    return []
  })
}

function checkDefault(spec: ParamSpec, path: string, found: ShapeProblem[]): void {
  if (spec.default === null) return
  try {
    parseParam(spec, spec.default)
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error
    found.push({ path, expected: `a value of type ${spec.type}`, got: `'${spec.default}'` })
  }
}

const namesOf = (items: readonly { readonly name: string }[]): readonly string[] => items.map((item) => item.name)

function distinct(items: readonly { readonly name: string }[], path: string, found: ShapeProblem[]): void {
  const seen = new Set<string>()
  for (const { name } of items) {
    if (seen.has(name)) found.push({ path, expected: 'distinct names', got: `\`${name}\` twice` })
    seen.add(name)
  }
}

function known(name: string, names: readonly string[], path: string, expected: string, found: ShapeProblem[]): void {
  if (!names.includes(name)) found.push({ path, expected, got: `'${name}'` })
}

function within(index: number, length: number, path: string, of: string, found: ShapeProblem[]): void {
  if (index >= length) found.push({ path, expected: `one of ${length} ${of}`, got: String(index) })
}
