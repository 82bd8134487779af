/**
 * Module -> `.pir` text. Generic: no op is known by name, and a module that does not verify still prints.
 * `parse.ts` reads the text back; print and parse are inverse, spans aside. By example:
 *
 *   /// Documentation of the module; also before params, states and functions.
 *   module mustafar policy {
 *     axes head = kv * group                          ; factors
 *     axes lane(4)                                    ; pinned, to a number or a count parameter
 *     param k_sparsity: ratio = 7/10                  ; no `=`: the caller must set it
 *     param rule: choice(exact, reference) = exact
 *     state power: f32[in] = 0
 *     entry compress {rule = "exact"} (%0 Q: f16[kv, group, channel] input as [head = kv * group, channel],
 *         %1 k: int param) axes(kv, group, channel, kept: %1, alive: counted %9) {
 *       %2 = abs(%0) : f32[kv, group, channel]
 *       %3 = keep(%2, %1, _, _) {axes = ["channel"], ties = "first"} : bool[kv, group, channel]
 *       %4, %5 = for(%7, %8, %9, %9) {step = 1} : i32, f32 { (%10 i: i32, %11: i32, %12: f32)
 *         yield %11, %12
 *       }
 *       return mask = %3 as [head = kv * group, channel], power = %2 state, mean = %6 state at [layer = %1] as [layer, in]
 *     }
 *   }
 *
 * `;` starts a comment. `_` is an operand not given. Attributes are in alphabetical order, their values JSON plus `inf`,
 * `-inf`, `nan`. A name that is not a plain word is a JSON string. `as […]` is left out where the declared axes are the
 * atomic ones. Kernels leave out a parameter's role where it follows from the type. With `spans`, nodes and functions
 * end in `@ "source" start..end`.
 */
import type {
  Attr,
  Attrs,
  Axis,
  Block,
  BlockParam,
  DeclaredAxis,
  Func,
  FuncOutput,
  FuncParam,
  Module,
  Node,
  PolicyParam,
} from '../node.ts'
import type { Span } from '../../diagnostics/span.ts'
import { NONE } from '../op.ts'
import type { ValueId } from '../node.ts'
import type { Type } from '../types.ts'
import { typesOf } from '../walk.ts'
import { axesText, type FuncRole, typeText } from './type-text.ts'
import { exactText, nameText, numberText, quote } from './lexicon.ts'

export interface PrintOptions {
  /** Print spans of nodes and functions; off by default. */
  readonly spans?: 'shown' | 'hidden'
}

/** Header lines longer than this break their parameters over several lines. */
const headerWidth = 120

export function printModule(module: Module, options: PrintOptions = {}): string {
  const items = [
    ...module.axes.map(axesDeclText),
    ...module.params.flatMap((param) => [...docLines(param.doc), policyParamText(param)]),
    ...module.states.flatMap((state) => [
      ...docLines(state.doc),
      `state ${nameText(state.name)}: ${state.dtype}${axesText(state.axes)} = ${numberText(state.initial)}`,
    ]),
    ...module.funcs.flatMap((func) => funcLines(func, options)),
  ]
  const head = `module ${nameText(module.name)} ${module.level} {`
  return [...docLines(module.doc), head, ...items.map((line) => (line === '' ? '' : `  ${line}`)), '}', ''].join('\n')
}

export const printFunc = (func: Func, options: PrintOptions = {}): string => [...funcLines(func, options), ''].join('\n')

/** One node, its regions indented below it. */
export const printNode = (node: Node, role: FuncRole = 'entry', options: PrintOptions = {}): string =>
  nodeLines(node, role, options).join('\n')

const docLines = (doc: string | null): readonly string[] =>
  doc === null ? [] : doc.split('\n').map((line) => (line === '' ? '///' : `/// ${line}`))

function axesDeclText(axis: Module['axes'][number]): string {
  const pin = axis.pinned === null ? '' : `(${exactText(axis.pinned)})`
  const factors = axis.factors.length === 0 ? '' : ` = ${axis.factors.map(nameText).join(' * ')}`
  return `axes ${nameText(axis.name)}${pin}${factors}`
}

function policyParamText(param: PolicyParam): string {
  const type = param.type.kind === 'choice' ? `choice(${param.type.choices.map(nameText).join(', ')})` : param.type.kind
  const initial = param.default === null ? '' : ` = ${exactText(param.default)}`
  return `param ${nameText(param.name)}: ${type}${initial}`
}

function funcLines(func: Func, options: PrintOptions): readonly string[] {
  const variant = Object.keys(func.variant).length === 0 ? '' : ` ${attrsText(func.variant)}`
  const open = `${func.role} ${nameText(func.name)}${variant} (`
  const params = func.params.map((param) => funcParamText(param, func.role))
  const axes = func.axes.length === 0 ? '' : ` axes(${func.axes.map(axisText).join(', ')})`
  const close = `)${axes}${spanText(func.span, options)} {`
  const flat = open + params.join(', ') + close
  const header =
    flat.length <= headerWidth || params.length === 0
      ? [flat]
      : [open, ...params.map((param, i) => `    ${param}${i < params.length - 1 ? ',' : ''}`), close]
  const types = func.outputs.length === 0 ? null : typesOf(func)
  const outputs = func.outputs.map((output) => outputText(output, types?.get(output.value)))
  return [
    ...docLines(func.doc),
    ...header,
    ...func.body.nodes.flatMap((node) => nodeLines(node, func.role, options)).map(indent),
    ...(outputs.length === 0 ? [] : [`  return ${outputs.join(', ')}`]),
    '}',
  ]
}

function funcParamText(param: FuncParam, role: FuncRole): string {
  const shownRole = role === 'kernel' && param.role === defaultRole(param.type) ? '' : ` ${param.role}`
  return valueParamText(param, role) + shownRole + declaredText(param.axes, param.type)
}

/** The role of a parameter that says none. */
export function defaultRole(type: Type): FuncParam['role'] {
  if (type.kind === 'scalar') return 'param'
  return type.kind === 'machine' ? 'argument' : 'input'
}

const valueParamText = (param: BlockParam, role: FuncRole): string =>
  `%${param.id}${param.name === '' ? '' : ` ${nameText(param.name)}`}: ${typeText(param.type, role)}`

/** The declared axes that need no mention: each atomic axis under its own name. */
export const plainAxes = (type: Type | undefined): readonly DeclaredAxis[] =>
  type?.kind === 'tensor' ? type.axes.map((name) => ({ name, atoms: [name] })) : []

const isPlain = (axis: DeclaredAxis): boolean => axis.atoms.length === 1 && axis.atoms[0] === axis.name

function declaredText(axes: readonly DeclaredAxis[], type: Type | undefined): string {
  const plain = plainAxes(type)
  if (axes.length === plain.length && axes.every((axis, i) => isPlain(axis) && axis.name === plain[i]?.name)) return ''
  return ` as [${axes.map(declaredAxisText).join(', ')}]`
}

function declaredAxisText(axis: DeclaredAxis): string {
  if (isPlain(axis)) return nameText(axis.name)
  return `${nameText(axis.name)} = ${axis.atoms.length === 0 ? '()' : axis.atoms.map(nameText).join(' * ')}`
}

function axisText({ name, extent }: Axis): string {
  if (extent.kind === 'bound') return nameText(name)
  return `${nameText(name)}: ${extent.kind === 'counted' ? 'counted ' : ''}${idText(extent.value)}`
}

const outputText = (output: FuncOutput, type: Type | undefined): string =>
  `${nameText(output.name)} = ${idText(output.value)}${output.role === 'state' ? ' state' : ''}${slicePlaceText(output)}${declaredText(output.axes, type)}`

const slicePlaceText = ({ at }: FuncOutput): string =>
  at === undefined ? '' : ` at [${at.map(({ axis, position }) => `${nameText(axis)} = ${idText(position)}`).join(', ')}]`

const idText = (id: ValueId): string => (id === NONE ? '_' : `%${id}`)

function nodeLines(node: Node, role: FuncRole, options: PrintOptions): readonly string[] {
  const results = node.results.length === 0 ? '' : `${node.results.map((result) => idText(result.id)).join(', ')} = `
  const attrs = Object.keys(node.attrs).length === 0 ? '' : ` ${attrsText(node.attrs)}`
  const types = node.results.length === 0 ? '' : ` : ${node.results.map((result) => typeText(result.type, role)).join(', ')}`
  const operands = node.operands.map(idText).join(', ')
  const head = `${results}${nameText(node.op)}(${operands})${attrs}${types}${spanText(node.span, options)}`
  return joinRegions(head, node.regions, role, options)
}

/** The first region opens on the node's line; each further one on the line that closes the one before. */
function joinRegions(head: string, regions: readonly Block[], role: FuncRole, options: PrintOptions): readonly string[] {
  const lines = [head]
  for (const region of regions) {
    const params = region.params.length === 0 ? '' : ` (${region.params.map((param) => valueParamText(param, role)).join(', ')})`
    lines.push(`${lines.pop() ?? ''} {${params}`)
    lines.push(...region.nodes.flatMap((node) => nodeLines(node, role, options)).map(indent))
    if (region.yields.length > 0) lines.push(`  yield ${region.yields.map(idText).join(', ')}`)
    lines.push('}')
  }
  return lines
}

const indent = (line: string): string => `  ${line}`

const spanText = (span: Span | null, options: PrintOptions): string =>
  options.spans === 'shown' && span !== null ? ` @ ${quote(span.source)} ${span.start}..${span.end}` : ''

export const attrsText = (attrs: Attrs): string =>
  `{${Object.keys(attrs)
    .sort()
    .map((key) => `${nameText(key)} = ${attrText(attrs[key] ?? null)}`)
    .join(', ')}}`

export function attrText(attr: Attr): string {
  if (attr === null || typeof attr === 'boolean') return String(attr)
  if (typeof attr === 'number') return numberText(attr)
  if (typeof attr === 'string') return quote(attr)
  if (Array.isArray(attr)) return `[${(attr as readonly Attr[]).map(attrText).join(', ')}]`
  const record = attr as Attrs
  return `{${Object.keys(record)
    .sort()
    .map((key) => `${quote(key)}: ${attrText(record[key] ?? null)}`)
    .join(', ')}}`
}
