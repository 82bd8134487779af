/**
 * Writes editors/vscode/generated/prune.tmLanguage.json: what an editor colours before the language server answers, and what
 * colours fences in Markdown. The words are the compiler's own tables, so a new keyword is coloured as soon as it exists.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadTypeScript, root } from './load-typescript.mjs'

const { CONTEXTUAL, ELEMENT_TYPES, RESERVED, SCALAR_TYPES } = await loadTypeScript('compiler/frontend/keywords.ts')
const { builtinSignatures } = await loadTypeScript('compiler/frontend/builtins.ts')
const { formats } = await loadTypeScript('compiler/ir/formats/formats.ts')

const NAME = '[A-Za-z_][A-Za-z_0-9]*'
/** Longest first: an alternation takes what it finds first. */
const oneOf = (words) => [...words].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).join('|')
const word = (words) => `(?<![\\w.])(?:${oneOf(words)})(?!\\w)`

/** Reserved words by what they do; those in no group are `keyword.other`. */
const GROUPS = {
  'storage.type': ['policy', 'entry', 'fn', 'test', 'state', 'axes'],
  'keyword.control.import': ['use'],
  'keyword.control': ['return', 'if', 'then', 'else'],
  'keyword.operator.logical': ['and', 'or', 'not'],
  'constant.language': ['true', 'false'],
}
const grouped = Object.values(GROUPS).flat()
for (const one of grouped) if (!RESERVED.includes(one)) throw new Error(`${one} is not a reserved word`)

const named = (name) => ({ name: `${name}.prune` })
const match = (name, pattern) => ({ ...named(name), match: pattern })
/** A word and the name that it declares. */
const declaration = (keyword, scope) => ({
  match: `(?<![\\w.])(${keyword})\\s+(${NAME})`,
  captures: { 1: named('storage.type'), 2: named(scope) },
})
const axisNames = { patterns: [match('entity.name.type.parameter.axis', NAME), match('keyword.operator', '->|\\|')] }

/** What follows `axes`: names of axes but for what is in parentheses. */
const axisDefinitions = {
  patterns: [
    { begin: '\\(', end: '\\)', patterns: [{ include: '$self' }] },
    match('entity.name.type.parameter.axis', NAME),
    match('keyword.operator', '[=*]'),
  ],
}

const repository = {
  comments: {
    patterns: [match('comment.line.documentation', '///.*$'), match('comment.line.double-slash', '//.*$')],
  },
  strings: { patterns: [match('string.quoted.double', '"[^"\\n]*"')] },
  declarations: {
    patterns: [
      declaration('policy', 'entity.name.type.policy'),
      declaration('entry', 'entity.name.function.entry'),
      declaration('fn', 'entity.name.function'),
      {
        match: '(?<![\\w.])(axes)\\s+([^/{}\\n]*)',
        captures: { 1: named('storage.type'), 2: axisDefinitions },
      },
      {
        match: `(?<![\\w.])(of)\\s+(${NAME})(?!\\w)`,
        captures: { 1: named('keyword.other'), 2: named('entity.name.type.parameter.axis') },
      },
      {
        match: `(?<![\\w.])(use)\\s+(${NAME}(?:\\.${NAME})*)`,
        captures: { 1: named('keyword.control.import'), 2: named('entity.name.namespace') },
      },
      {
        match: `("[^"\\n]*")\\s+(for)\\s+(${NAME})(?=\\s*\\{)`,
        captures: { 1: named('string.quoted.double'), 2: named('keyword.other'), 3: named('entity.name.type.policy') },
      },
    ],
  },
  numbers: { patterns: [match('constant.numeric', '(?<![\\w.])\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?%?(?!\\w)')] },
  types: {
    patterns: [
      {
        match: `(?<![\\w.])(${oneOf([...ELEMENT_TYPES, 'float'])})(\\[)([A-Za-z_][\\w\\s,]*)(\\])`,
        captures: {
          1: named('support.type'),
          2: named('punctuation.section.brackets'),
          3: axisNames,
          4: named('punctuation.section.brackets'),
        },
      },
      match('support.type', `${word([...ELEMENT_TYPES, 'float'])}(?!\\s*=)`),
      match('support.type', `(?<=:|: )(?:${oneOf(SCALAR_TYPES)})(?!\\w)`),
      match('support.type.format', `(?<=: |as )(?:${oneOf(Object.keys(formats))})(?![\\w.])(?!\\s*:)`),
    ],
  },
  functions: {
    patterns: [
      {
        match: `(?<![\\w.])(${oneOf(builtinSignatures.keys())})\\s*(\\[)([^\\]\\n=]*)(\\])(?=\\s*\\()`,
        captures: {
          1: named('support.function'),
          2: named('punctuation.section.brackets'),
          3: axisNames,
          4: named('punctuation.section.brackets'),
        },
      },
      match('support.function', `${word(builtinSignatures.keys())}(?=\\s*\\()`),
      {
        match: `(?<!\\w)(${NAME})(\\[)([^\\]\\n=]*)(\\])(?=\\s*\\()`,
        captures: {
          1: named('entity.name.function'),
          2: named('punctuation.section.brackets'),
          3: axisNames,
          4: named('punctuation.section.brackets'),
        },
      },
      match('entity.name.function', `(?<!\\w)(?!(?:${oneOf([...RESERVED, ...CONTEXTUAL])})(?!\\w))${NAME}(?=\\()`),
    ],
  },
  keywords: {
    patterns: [
      ...Object.entries(GROUPS).map(([scope, words]) => match(scope, word(words))),
      match('keyword.other', word(RESERVED.filter((one) => !grouped.includes(one)))),
      match('keyword.other.contextual', `${word(CONTEXTUAL)}(?!\\s*(?::=|[=:,.)\\]]))`),
      match('constant.language', '(?<=[-,\\[=]|[-,\\[=] )(?:inf|nan)(?!\\w)'),
    ],
  },
  operators: {
    patterns: [
      match('keyword.operator.assignment', ':='),
      match('keyword.operator.arrow', '->'),
      match('keyword.operator.comparison', '==|!=|<=|>=|<|>'),
      match('keyword.operator.assignment', '='),
      match('keyword.operator.arithmetic', '[-+*/%^]'),
      match('keyword.operator.alternative', '\\|'),
    ],
  },
  punctuation: { patterns: [match('punctuation.separator', '[,:]'), match('punctuation.accessor', '\\.')] },
}

const grammar = {
  information_for_contributors: ['Generated by tools/gen-vscode.mjs: do not edit; `npm run gen` writes it anew.'],
  name: 'Espalier policy',
  scopeName: 'source.prune',
  patterns: ['comments', 'declarations', 'strings', 'numbers', 'types', 'functions', 'keywords', 'operators', 'punctuation'].map(
    (name) => ({ include: `#${name}` }),
  ),
  repository,
}

const folder = join(root, 'editors/vscode/generated')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'prune.tmLanguage.json'), `${JSON.stringify(grammar, null, 2)}\n`)
