/** Completion: what is expected at the place, as items. The client filters by the word that is being written. */
import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver'
import { BUILTIN_FORMS, ELEMENT_TYPES, SCALAR_TYPES } from '../../compiler/frontend/keywords.ts'
import type { EntryDecl, PolicyDecl, TestDecl } from '../../compiler/frontend/ast.ts'
import { formats } from '../../compiler/ir/formats/formats.ts'
import type { Analysis } from '../analysis.ts'
import type { LibraryFunctions } from '../library-functions.ts'
import { placeAt, type Place } from '../place.ts'
import { useEdit } from '../requests/code-actions.ts'
import { expectedAt, type Expected } from './expected.ts'
import { item, word, words } from './items.ts'
import { axisItems, functionItems, symbolsOf, userFunction, valueItems } from './names.ts'

export function complete(analysis: Analysis, offset: number, library: LibraryFunctions): CompletionItem[] {
  const place = placeAt(analysis, offset)
  if (place === null) return []
  const items = expectedAt(place).flatMap((expected) => OFFERS[expected]({ analysis, place, offset, library }))
  const seen = new Set<string>()
  return items.filter(({ label, kind }) => {
    const key = `${label}\0${kind === CompletionItemKind.Keyword ? 'word' : ''}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

interface Request {
  readonly analysis: Analysis
  readonly place: Place
  readonly offset: number
  readonly library: LibraryFunctions
}

const OFFERS: Readonly<Record<Expected, (request: Request) => CompletionItem[]>> = {
  nothing: () => [],
  use: () => [
    item({ label: 'std', kind: CompletionItemKind.Module, rank: 'library', doc: 'the library that comes with Espalier' }),
  ],
  module: modules,
  declaration: () => [
    word(
      'policy',
      'what to keep of some tensors',
      'policy ${1:name}(${2:sparsity: ratio = 50%}) {\n  entry ${3:prune}(${4:W: float[out, in]}) {\n    $0\n  }\n}',
    ),
    word('fn', 'a function for every policy of the file', 'fn ${1:name}(${2:x}) = $0'),
    word('use', 'functions of another file', 'use '),
    word('test', 'an example that is also a test', 'test "${1:title}" {\n  $0\n}'),
  ],
  item: () => [
    word('entry', 'what a caller calls', 'entry ${1:name}(${2:W: float[out, in]}) {\n  $0\n}'),
    word('state', 'a tensor carried from call to call', 'state ${1:name}: ${2:f32[axis]} = ${3:0}'),
    word('axes', 'factors and sizes of axes', 'axes ${1:in} = ${2:quad} * ${3:lane(4)}'),
    word('fn', 'a function of this policy', 'fn ${1:name}(${2:x}) = $0'),
  ],
  statement: ({ analysis, place, offset }) => [
    word('return', 'ends the entry', 'return '),
    ...(place.region === 'entry' ? updates(analysis, offset) : []),
  ],
  step: ({ analysis, offset }) => [...words(['set', 'size', 'expect']), ...testedEntries(analysis, offset)],
  axis: ({ analysis, place, offset }) =>
    place.region === 'test' ? testedAxes(analysis, offset) : axisItems(analysis, place, offset),
  value: values,
  part: parts,
  continuation: ({ place }) => continuations(place),
  'input-type': () => [
    ...dtypes(true),
    ...words([...SCALAR_TYPES]),
    ...formatItems(),
    word('index', 'a position along an axis', 'index of '),
  ],
  'parameter-type': () => words([...SCALAR_TYPES]),
  'state-type': () => dtypes(false),
  format: formatItems,
  default: defaults,
  size: ({ analysis, offset }) =>
    symbolsOf(analysis, offset, ['parameter']).map(({ name, doc }) =>
      item({ label: name, kind: CompletionItemKind.Constant, rank: 'policy', doc }),
    ),
  'test-argument': ({ analysis, place, offset }) => testArguments(analysis, place, offset),
  'test-policy': ({ analysis }) =>
    policiesOf(analysis).map(({ name, doc }) => item({ label: name.text, kind: CompletionItemKind.Class, rank: 'file', doc })),
  'test-parameter': ({ analysis, offset }) =>
    (testedPolicy(analysis, offset)?.params ?? []).map(({ name, doc }) =>
      item({ label: name.text, kind: CompletionItemKind.Constant, rank: 'policy', doc, snippet: `${name.text} = ` }),
    ),
  'test-result': ({ analysis, offset }) => testResults(analysis, offset),
  ties: () => words(['first', 'all']),
  round: () => words(['down', 'up', 'nearest', 'even']),
}

function values(request: Request): CompletionItem[] {
  const { analysis, place, offset } = request
  const forms = BUILTIN_FORMS.filter(({ keyword }) => keyword !== 'where').map(({ keyword, form, summary }) =>
    item({
      label: keyword,
      kind: CompletionItemKind.Snippet,
      rank: 'form',
      detail: form,
      doc: summary,
      snippet: formSnippet(form),
    }),
  )
  const alternatives = symbolsOf(analysis, offset, ['alternative'])
  const comparing = ['==', '!='].includes(place.tokens.at(-1)?.text ?? '')
  return [
    ...valueItems(analysis, place, offset),
    ...(comparing
      ? alternatives.map(({ name }) => item({ label: name, kind: CompletionItemKind.EnumMember, rank: 'local' }))
      : []),
    ...functionItems(analysis, offset),
    ...forms,
    ...words(['not', 'true', 'false', 'inf', 'nan']),
    ...unusedLibrary(request),
  ]
}

/** Words in capitals are for filling in. */
function formSnippet(form: string): string {
  let stop = 0
  return form.replace(/\b[A-Z]+\b/g, (part) => `\${${++stop}:${part.toLowerCase()}}`)
}

/** Functions of library files that are not used yet, with the `use` they need. */
function unusedLibrary({ analysis, library }: Request): CompletionItem[] {
  const { tree, resolved, source, lines } = analysis
  const uses = tree.file.declarations.filter((declaration) => declaration.kind === 'use')
  const used = new Set([...resolved.uses.values()].map(({ name }) => name))
  return library.modules
    .filter(({ name }) => !used.has(`std:${name}`) && source.name !== `std:${name}`)
    .flatMap(({ name, functions }) => {
      const edit = useEdit(source.name, uses.at(-1)?.span ?? null, name)
      return functions
        .filter((fn) => !resolved.fns.has(fn.name.text))
        .map((fn): CompletionItem => ({
          ...userFunction(fn, 'library'),
          labelDetails: { description: `std.${name}` },
          additionalTextEdits: [{ range: lines.range(edit.span), newText: edit.text }],
        }))
    })
}

function modules({ library, place }: Request): CompletionItem[] {
  if (place.tokens.at(-2)?.text !== 'std') return []
  return library.modules.map(({ name, doc, functions }) =>
    item({
      label: name,
      kind: CompletionItemKind.Module,
      rank: 'library',
      detail: functions.map((fn) => fn.name.text).join(', '),
      doc,
    }),
  )
}

function updates(analysis: Analysis, offset: number): CompletionItem[] {
  return symbolsOf(analysis, offset, ['state']).map(({ name, doc }) =>
    item({ label: name, kind: CompletionItemKind.Property, rank: 'policy', detail: 'state', doc, snippet: `${name} := ` }),
  )
}

/** After `value.`: the parts that it has, or the axes that it may be joined of. */
function parts({ analysis, place, offset }: Request): CompletionItem[] {
  const name = place.tokens.at(-2)
  const span = name === undefined ? null : { source: analysis.source.name, start: name.start, end: name.end }
  const declared =
    name === undefined ? null : symbolsOf(analysis, offset, ['variable', 'argument']).find((one) => one.name === name.text)
  const seen = [span, declared?.declared ?? null].map((at) => (at === null ? null : analysis.observed(at)?.value))
  const value = seen.find((one) => one?.kind === 'parts')
  if (value?.kind !== 'parts') return axisItems(analysis, place, offset)
  return [...value.parts.keys()].map((label) => item({ label, kind: CompletionItemKind.Field, rank: 'local' }))
}

/** What goes on with a form that was begun: the word it needs next first. */
function continuations({ tokens }: Place): CompletionItem[] {
  const start = tokens.findLastIndex(({ text }) =>
    ['keep', 'drop', 'pack', 'compact', 'merge', 'if', 'iterate', 'first', 'last', 'every'].includes(text),
  )
  const form = tokens[start]?.text
  const rest = tokens.slice(start + 1).map(({ text }) => text)
  const has = (text: string): boolean => rest.includes(text)
  const operators = words(['where', 'and', 'or'])
  switch (form) {
    case 'keep':
    case 'drop':
      if (!has('of')) return words(['of'])
      if (!has('by')) return words(['by'])
      return [
        ...words(['within', 'protect', 'ties', 'round', 'costing']),
        word('at least', null, 'at least '),
        word('multiple of', null, 'multiple of '),
        ...operators,
      ]
    case 'first':
    case 'last':
    case 'every':
      return has('of') ? operators : words(['of'])
    case 'pack':
    case 'compact':
      if (!has('by')) return words(['by'])
      return has('as') ? operators : [...words(['as']), ...operators]
    case 'merge':
      if (!has('of')) return words(['of'])
      if (!has('into')) return words(['into'])
      return has('by') ? words(['weighted']) : words(['by'])
    case 'if':
      if (!has('then')) return [...words(['then']), ...operators]
      return has('else') ? operators : [...words(['else']), ...operators]
    case 'iterate':
      return has('times') ? words(['as', 'with']) : words(['times'])
    default:
      return operators
  }
}

function dtypes(any: boolean): CompletionItem[] {
  const one = (label: string, doc: string | null): CompletionItem =>
    item({ label, kind: CompletionItemKind.Struct, rank: 'form', doc, snippet: `${label}[\${1:axis}]` })
  return [...(any ? [one('float', 'f32, f16 or bf16, whichever is given')] : []), ...ELEMENT_TYPES.map((name) => one(name, null))]
}

function formatItems(): CompletionItem[] {
  const snippets: Readonly<Record<string, string>> = {
    bitmap: 'bitmap(${1|64,32|})',
    nm: 'nm(${1:2}, ${2:4})',
    block: 'block(${1:4}, ${2:4})',
  }
  const all = Object.values(formats).map(({ kind, form }) =>
    item({ label: kind, kind: CompletionItemKind.Struct, rank: 'form', detail: form, snippet: snippets[kind] ?? kind }),
  )
  return [...all, item({ label: 'dense', kind: CompletionItemKind.Struct, rank: 'form', detail: 'dense' })]
}

/** The alternatives of the parameter, or constants. */
function defaults({ analysis, place, offset }: Request): CompletionItem[] {
  const name = place.tokens.findLast(
    ({ text }, at) =>
      place.tokens[at + 1]?.text === ':' || (place.region === 'test' && place.tokens[at + 1]?.text === '=' && text !== '='),
  )
  const policy = place.region === 'test' ? testedPolicy(analysis, offset) : place.policy
  const type = policy?.params.find((param) => param.name.text === name?.text)?.type
  if (type?.kind === 'choice')
    return type.choices.map(({ text }) => item({ label: text, kind: CompletionItemKind.EnumMember, rank: 'local' }))
  return words(['true', 'false', 'inf', 'nan'])
}

const policiesOf = ({ tree }: Analysis): readonly PolicyDecl[] =>
  tree.file.declarations.filter((declaration) => declaration.kind === 'policy')

function testAt({ tree }: Analysis, offset: number): TestDecl | null {
  const tests = tree.file.declarations.filter((declaration) => declaration.kind === 'test')
  return tests.find(({ span }) => span.start <= offset && offset <= span.end) ?? null
}

function testedPolicy(analysis: Analysis, offset: number): PolicyDecl | null {
  const policies = policiesOf(analysis)
  const place = placeAt(analysis, offset)
  const word = place?.tokens.find((_, at) => place.tokens[at - 1]?.text === 'for')?.text ?? testAt(analysis, offset)?.policy?.text
  return policies.find(({ name }) => name.text === word) ?? (policies.length === 1 ? (policies[0] ?? null) : null)
}

const entriesOf = (policy: PolicyDecl | null): readonly EntryDecl[] =>
  policy?.items.filter((one): one is EntryDecl => one.kind === 'entry') ?? []

function testedEntries(analysis: Analysis, offset: number): CompletionItem[] {
  return entriesOf(testedPolicy(analysis, offset)).map(({ name, inputs, doc }) => {
    const args = inputs.map((input, i) => `${input.name.text} = \${${i + 1}:[]}`).join(', ')
    return item({ label: name.text, kind: CompletionItemKind.Method, rank: 'policy', doc, snippet: `${name.text}(${args})` })
  })
}

function testedAxes(analysis: Analysis, offset: number): CompletionItem[] {
  const policy = testedPolicy(analysis, offset)
  if (policy === null) return []
  return symbolsOf(analysis, policy.span.end, ['axis']).map(({ name }) =>
    item({ label: name, kind: CompletionItemKind.TypeParameter, rank: 'policy', snippet: `${name} = ` }),
  )
}

function testArguments(analysis: Analysis, place: Place, offset: number): CompletionItem[] {
  const policy = testedPolicy(analysis, offset)
  const called = place.bracket === null ? undefined : place.tokens[place.bracket.at - 1]?.text
  const entry = entriesOf(policy).find(({ name }) => name.text === called)
  const names = [...(entry?.inputs ?? []), ...(policy?.params ?? [])]
  return names.map(({ name }) =>
    item({ label: name.text, kind: CompletionItemKind.Field, rank: 'local', snippet: `${name.text} = ` }),
  )
}

function testResults(analysis: Analysis, offset: number): CompletionItem[] {
  const policy = testedPolicy(analysis, offset)
  const states = policy?.items.flatMap((one) => (one.kind === 'state' ? one.names : [])) ?? []
  const outputs = entriesOf(policy).flatMap(({ body }) =>
    body.flatMap((statement) => (statement.kind === 'return' ? statement.outputs : [])),
  )
  const names = outputs.flatMap(({ name, value }) => name?.text ?? (value.kind === 'name' ? value.name : []))
  const all = [...new Set([...names, ...states.map(({ text }) => text)])]
  return [
    ...all.map((name) => item({ label: name, kind: CompletionItemKind.Field, rank: 'local', snippet: `${name} = ` })),
    word('error', null, 'error '),
  ]
}
