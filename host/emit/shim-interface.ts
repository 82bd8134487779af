/** The typed face of a policy: its parameters, the inputs and outputs of each entry, and the instance. */
import type { DTypeName, EntrySpec, Manifest, PackingSpec, ParamSpec, TensorSpec } from '../../abi/manifest.ts'
import { formatText } from '../../abi/formats/host-formats.ts'
import type { EntryNames, ShimNames } from './shim-names.ts'
import { docComment, propertyName, union } from './text.ts'

/** @param isAsync whether entries promise their results */
export function shimInterface(manifest: Manifest, names: ShimNames, isAsync: boolean): string {
  const parts = [paramsInterface(names.params, manifest.params, '', `Parameters of \`${manifest.policy}\`.`)]
  for (const [i, entry] of manifest.entries.entries()) {
    const entryNames = names.entries[i]
    if (entryNames !== undefined) parts.push(...entryInterfaces(entry, entryNames, names.params))
  }
  parts.push(policyInterface(manifest, names, isAsync))
  return parts.join('\n\n')
}

function entryInterfaces(entry: EntrySpec, names: EntryNames, policyParams: string): string[] {
  const parts: string[] = []
  if (names.inputs !== null) {
    const fields = entry.inputs.map((input) => field(input.name, inputType(input), [tensorDoc(input, [input.packing])], true))
    parts.push(block(`Inputs of \`${entry.name}\`.`, `export interface ${names.inputs}`, fields))
  }
  const outputs = entry.outputs.map((output) => {
    const packings = packingsOf(entry, output)
    return field(output.name, outputType(output, packings), [tensorDoc(output, packings)], true)
  })
  parts.push(block(`Results of \`${entry.name}\`.`, `export interface ${names.outputs}`, outputs))
  if (entry.args.length > 0)
    parts.push(
      paramsInterface(
        names.params,
        entry.args,
        ` extends ${policyParams}`,
        `Scalars of \`${entry.name}\`, and parameters for one call.`,
      ),
    )
  return parts
}

const block = (doc: string, head: string, fields: readonly string[]): string =>
  fields.length === 0 ? `${docComment([doc])}\n${head} {}` : `${docComment([doc])}\n${head} {\n${fields.join('\n')}\n}`

function field(name: string, type: string, doc: readonly string[], required: boolean): string {
  const declared = `  readonly ${propertyName(name)}${required ? '' : '?'}: ${type}`
  return doc.length === 0 ? declared : `${docComment(doc, '  ')}\n${declared}`
}

function paramsInterface(name: string, specs: readonly ParamSpec[], heritage: string, doc: string): string {
  const fields = specs.map((spec) => {
    const position = spec.axis === undefined ? [] : [`A position along \`${spec.axis.name}\`, from 0.`]
    const text = [
      ...(spec.doc === null ? [] : [spec.doc]),
      ...position,
      ...(spec.default === null ? [] : [`Default: ${spec.default}.`]),
    ]
    const perCall = heritage !== ''
    return field(spec.name, perCall ? paramType(spec) : `${paramType(spec)} | undefined`, text, perCall)
  })
  return block(doc, `export interface ${name}${heritage}`, fields)
}

function paramType(spec: ParamSpec): string {
  switch (spec.type) {
    case 'ratio':
      return 'Ratio'
    case 'count':
    case 'int':
      return 'number | bigint'
    case 'real':
      return 'number'
    case 'bool':
      return 'boolean'
    case 'choice':
      return union(spec.choices ?? [])
  }
}

function inputType(input: TensorSpec): string {
  const dtypes = dtypeUnion(input.dtypes)
  if (input.packing !== null) return `PackedTensor<${dtypes}>`
  return input.axes.length === 0 ? `ScalarInput<${dtypes}>` : `TensorInput<${dtypes}>`
}

function outputType(output: TensorSpec, packings: readonly (PackingSpec | null)[]): string {
  const dtypes = dtypeUnion(output.dtypes)
  const kinds = new Set(packings.map((packing) => (packing === null ? 'Tensor' : 'PackedTensor')))
  return [...kinds].map((kind) => `${kind}<${dtypes}>`).join(' | ')
}

const dtypeUnion = (dtypes: readonly DTypeName[]): string => union(dtypes)

/** The packings an output has in the variants of its entry. */
function packingsOf(entry: EntrySpec, output: TensorSpec): readonly (PackingSpec | null)[] {
  const found = entry.variants.flatMap((variant) =>
    variant.outputs.filter((binding) => binding.name === output.name).map((binding) => binding.packing),
  )
  return found.length === 0 ? [output.packing] : found
}

/** `f16 [kv, token, channel], packed as bitmap(64) over channel`. */
function tensorDoc(spec: TensorSpec, packings: readonly (PackingSpec | null)[]): string {
  const axes = spec.axes.length === 0 ? 'a number' : `[${spec.axes.map((axis) => axis.name).join(', ')}]`
  const forms = packings.map((packing) =>
    packing === null ? 'dense' : `packed as ${formatText(packing.format)} over ${packing.over.join(', ')}`,
  )
  const unique = [...new Set(forms)]
  return `${spec.dtypes.join(' or ')} ${axes}${unique.length === 1 && unique[0] === 'dense' ? '' : `, ${unique.join(' or ')}`}`
}

function policyInterface(manifest: Manifest, names: ShimNames, isAsync: boolean): string {
  const result = (type: string): string => (isAsync ? `Promise<${type}>` : type)
  const methods = manifest.entries.map((entry, i) => {
    const own = names.entries[i]
    if (own === undefined) return ''
    const [given, params] = callParameters(entry, own)
    const doc = [...(entry.doc === null ? [] : [entry.doc]), ...statesDoc(entry)]
    const declared = `  ${own.method}(${given}, ${params}, state?: State): ${result(own.outputs)}`
    return doc.length === 0 ? declared : `${docComment(doc, '  ')}\n${declared}`
  })
  const set = `  /** Sets parameters for the calls that follow. */\n  set(params: ${names.params}): void`
  const states = union(manifest.states.map((state) => state.name))
  const read =
    manifest.states.length === 0
      ? []
      : [`  /** A copy of a state variable. */\n  readState(name: ${states}): ${result('HostTensor')}`]
  return block(
    `An instance of \`${manifest.policy}\`.`,
    `export interface ${names.policy} extends Omit<Policy, ${states === 'never' ? '' : "'readState' | "}'set'>`,
    [...methods, set, ...read],
  )
}

/** Declarations of the first two parameters of an entry: optional when nothing in them has to be given. */
export function callParameters(entry: EntrySpec, names: EntryNames): readonly [inputs: string, params: string] {
  const optional = entry.args.length === 0 ? '?' : ''
  const inputs = names.inputs === null ? `inputs${optional}: Record<string, never>` : `inputs: ${names.inputs}`
  return [inputs, `params${optional}: ${names.params}`]
}

function statesDoc(entry: EntrySpec): string[] {
  if (entry.states.length === 0) return []
  const verbs = { read: 'reads', write: 'sets', update: 'updates' }
  return [`State: ${entry.states.map(({ name, access }) => `${verbs[access]} \`${name}\``).join(', ')}.`]
}
