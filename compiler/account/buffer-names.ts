/** What the buffers of a plan are called in an account: tensors by their own names, temporaries by what they hold. */
import type { VariantSpec } from '../../abi/manifest.ts'
import type { Func, Node } from '../ir/node.ts'
import { wordOf } from './fused.ts'

export function bufferNames(spec: VariantSpec, sparse: Func): readonly string[] {
  const names = new Map<number, string>()
  const name = (index: number | null | undefined, text: string): void => {
    if (index != null && !names.has(index)) names.set(index, text)
  }
  for (const { name: tensor, parts } of [...spec.outputs, ...spec.inputs])
    for (const [part, index] of Object.entries(parts)) name(index, part === 'values' ? tensor : `${tensor}.${part}`)
  for (const { name: state, from, to } of spec.states) for (const index of [from, to]) name(index, state)
  nameTemporaries(spec, sparse, name)
  return spec.buffers.map(({ role }, index) => names.get(index) ?? role)
}

/** A kernel allocates what its region yields first, then its scratch. */
function nameTemporaries(spec: VariantSpec, sparse: Func, name: (index: number, text: string) => void): void {
  const regions = sparse.body.nodes.filter(({ op }) => op === 'region')
  const seen = new Set<number>()
  let launch = 0
  for (const step of spec.steps) {
    if (step.op !== 'launch') continue
    const region = regions[launch++]
    const touched = step.args.flatMap((arg) => (arg.kind === 'buffer' ? [arg.buffer] : []))
    const fresh = touched.filter((index) => spec.buffers[index]?.role === 'temp' && !seen.has(index)).sort((x, y) => x - y)
    const held = heldBetween(region, sparse)
    fresh.forEach((index, i) => name(index, held[i] ?? 'scratch'))
    for (const index of touched) seen.add(index)
  }
}

/** Of the results of a region those that are no result of the entry. */
function heldBetween(region: Node | undefined, { outputs }: Func): readonly string[] {
  const block = region?.regions[0]
  if (region === undefined || block === undefined) return []
  return region.results.flatMap(({ id }, i) => {
    if (outputs.some(({ value }) => value === id)) return []
    const node = block.nodes.find(({ results }) => results.some((result) => result.id === block.yields[i]))
    return [node === undefined ? 'copy' : wordOf(node)]
  })
}
