/**
 * The sizes and parameters an account is computed for. Without sizes every open axis is taken to be SAMPLE_EXTENT long: that
 * decides what counts as a row and what as a tensor, and no number made of it is shown.
 */
import { EspalierError } from '../../abi/espalier-error.ts'
import { bindShapes } from '../../abi/extents.ts'
import type { EntrySpec, Manifest, ParamSpec, VariantSpec } from '../../abi/manifest.ts'
import { countOf, defaultParams, requireParam, type ParamValue } from '../../abi/params.ts'
import { rational } from '../../abi/rational.ts'
import { evaluateScalars, type ScalarScope } from '../../abi/scalar-expr.ts'
import { toDouble } from '../../abi/scalar-ops.ts'

const SAMPLE_EXTENT = 4096

export interface Assumptions {
  /** Extents by axis, declared or atomic; null: formulas only. */
  readonly sizes: ReadonlyMap<string, number> | null
  /** Parameters that are not at their defaults, and arguments of the call. */
  readonly params: ReadonlyMap<string, ParamValue>
  /** Share of the elements that a packed tensor holds, by input or output, where that depends on data. */
  readonly densities: ReadonlyMap<string, number>
}

/** Every host scalar as a number, NaN where it is not known. Null when the sizes do not determine the axes of this entry. */
export function assumedScalars(
  manifest: Manifest,
  entry: EntrySpec,
  variant: VariantSpec,
  assumptions: Assumptions,
): readonly number[] | null {
  const params = paramsOf(manifest, entry, assumptions)
  const extents = extentsOf(manifest, entry, variant, { ...assumptions, params })
  if (extents === null) return null
  const types = new Map([...manifest.params, ...entry.args].map((spec) => [spec.name, spec.type]))
  const scope = (known: ReadonlyMap<string, number>): ScalarScope => ({
    param: (name) => ({ type: types.get(name) ?? 'real', value: requireParam(params, name, manifest.policy) }),
    extent: (axis) => known.get(axis),
    kept: (input) => keptOf(variant, input, known, assumptions.densities),
  })
  return settled(variant, extents, scope)
}

/** Extents that are scalars themselves (what a selection keeps) are known once those are, and others may follow from them. */
function settled(
  variant: VariantSpec,
  extents: ReadonlyMap<string, number>,
  scope: (known: ReadonlyMap<string, number>) => ScalarScope,
): readonly number[] {
  const known = new Map(extents)
  for (;;) {
    const values = evaluateScalars(variant.scalars, scope(known)).map((slot) =>
      slot === undefined || 'failure' in slot ? NaN : toDouble(slot.value),
    )
    const found = variant.axes.filter(
      (axis) => axis.kind === 'scalar' && !known.has(axis.name) && !Number.isNaN(values[axis.scalar]),
    )
    if (found.length === 0) return values
    for (const axis of found) if (axis.kind === 'scalar') known.set(axis.name, values[axis.scalar]!)
  }
}

/** Arguments that are not given stand at something ordinary where no number is shown. */
function paramsOf(manifest: Manifest, entry: EntrySpec, { sizes, params }: Assumptions): Map<string, ParamValue> {
  const all = new Map([...defaultParams(manifest.params), ...params])
  for (const { name, type } of sizes === null ? [...manifest.params, ...entry.args] : [])
    if (!all.has(name)) all.set(name, SAMPLE_VALUES[type])
  return all
}

const SAMPLE_VALUES: Readonly<Record<ParamSpec['type'], ParamValue>> = {
  ratio: rational(1, 2),
  count: rational(32),
  int: rational(1),
  real: 1,
  bool: false,
  choice: '',
}

function extentsOf(
  manifest: Manifest,
  entry: EntrySpec,
  variant: VariantSpec,
  { sizes, params }: Assumptions,
): ReadonlyMap<string, number> | null {
  const bound = variant.axes.filter((axis) => axis.kind === 'bound').map((axis) => axis.name)
  try {
    const { extents } = bindShapes({
      entry: entry.name,
      axes: manifest.axes,
      atoms: variant.axes.map((axis) => axis.name),
      needed: bound,
      inputs: [],
      states: [],
      unmappable: null,
      known: new Map(),
      sizes: sizes ?? new Map(bound.map((axis) => [axis, SAMPLE_EXTENT])),
      count: (name) => countOf(requireParam(params, name, manifest.policy)),
    })
    const open = (sizes === null ? variant.axes : []).flatMap(({ name, kind }) =>
      extents.has(name) || kind === 'scalar' ? [] : [[name, SAMPLE_EXTENT] as const],
    )
    return new Map([...extents, ...open])
  } catch (error) {
    if (error instanceof EspalierError) return null
    throw error
  }
}

/** Rows of an exactly packed input hold a whole number of elements. */
function keptOf(
  variant: VariantSpec,
  input: string,
  extents: ReadonlyMap<string, number>,
  densities: ReadonlyMap<string, number>,
): number | undefined {
  const packing = variant.inputs.find(({ name }) => name === input)?.packing
  const density = densities.get(input)
  if (packing == null || density === undefined) return undefined
  const row = packing.over.reduce((product, axis) => product * (extents.get(axis) ?? NaN), 1)
  return Number.isNaN(row) ? undefined : Math.round(row * density)
}
