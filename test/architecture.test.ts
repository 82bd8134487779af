/**
 * The layering of the repository, as a literal allow-list with no exceptions: a folder may import itself, what is listed
 * for it, and nothing else. A file belongs to the longest matching folder.
 */
import { describe, expect, test } from 'vitest'
import { filesBelow, readSource } from './support/source-tree.ts'
import { importsOf, type Import } from './support/imports-of.ts'

const EVERYTHING = ['abi', 'compiler', 'backends', 'host', 'formatter', 'cli', 'grammar', 'stdlib', 'lsp']

/** `x: [y]`: x may import y and what is below y. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  abi: [],
  grammar: [],
  stdlib: [],
  'compiler/diagnostics': ['abi'],
  'compiler/frontend': ['compiler/diagnostics', 'compiler/ir', 'abi', 'grammar'],
  'compiler/ir': ['compiler/diagnostics', 'abi', 'compiler/ir/ops/'],
  // Only the table knows single ops; what is generic over ops knows the table.
  'compiler/ir/ops': ['compiler/diagnostics', 'abi', 'compiler/ir'],
  // The levels know of each other only through passes: an op of one level never imports an op of another.
  'compiler/ir/ops/scalar': ['compiler/diagnostics', 'abi', 'compiler/ir/', 'compiler/ir/eval', 'compiler/ir/ops/'],
  'compiler/ir/ops/policy': [
    'compiler/diagnostics',
    'abi',
    'compiler/ir/',
    'compiler/ir/eval',
    'compiler/ir/formats',
    'compiler/ir/ops/',
    'compiler/ir/ops/scalar',
  ],
  'compiler/ir/ops/sparse': [
    'compiler/diagnostics',
    'abi',
    'compiler/ir/',
    'compiler/ir/eval',
    'compiler/ir/ops/',
    'compiler/ir/ops/scalar',
  ],
  'compiler/ir/ops/kernel': [
    'compiler/diagnostics',
    'abi',
    'compiler/ir/',
    'compiler/ir/eval',
    'compiler/ir/ops/',
    'compiler/ir/ops/scalar',
  ],
  'compiler/passes': ['compiler/ir', 'compiler/diagnostics', 'abi'],
  compiler: ['compiler', 'abi'],
  backends: ['compiler/ir', 'compiler/diagnostics', 'abi'],
  host: ['abi', 'compiler/diagnostics'],
  // Shipped to browsers inside every shim: it must not drag the compiler along.
  'host/runtime': ['abi'],
  // Known by what policies are made of, never by the runtime of one: each shim carries its own.
  'host/tfjs': ['abi'],
  formatter: ['compiler/frontend', 'compiler/diagnostics'],
  // Files and whole compilations are handed to it; the texts of the library are data.
  lsp: ['compiler', 'abi', 'formatter', 'backends/wasm', 'cli/generated'],
  cli: EVERYTHING,
  // It speaks to the server by the protocol; of the compiler it knows the shape of some answers.
  'editors/vscode/client': ['lsp/'],
  editors: [],
  tools: EVERYTHING,
  bench: [...EVERYTHING, 'tools'],
  examples: EVERYTHING,
  test: [...EVERYTHING, 'tools', 'bench', 'examples'],
}

/** Packages, and the only files or folders that may import them. `node:` stands for every built-in module. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'node:': ['cli', 'tools', 'bench', 'examples', 'test', 'editors/vscode/client/command.ts'],
  binaryen: ['backends/wasm/module.ts', 'test'],
  'ohm-js': ['compiler/frontend/parse', 'grammar', 'tools', 'test'],
  vscode: ['editors/vscode/client'],
  'vscode-languageclient': ['editors/vscode/client'],
  '@vscode/vsce': ['tools/vsix.mjs'],
  esbuild: ['cli', 'tools', 'bench/gpu/pack.mjs', 'test'],
  prettier: ['formatter', 'cli', 'tools', 'test'],
  'vscode-languageserver': ['lsp', 'cli/language-server'],
  'vscode-languageserver-textdocument': ['lsp'],
  'vscode-languageserver-protocol': ['bench', 'test'],
  typescript: ['tools', 'test'],
  vitest: ['test'],
  'fast-check': ['test'],
  ajv: ['test'],
  webgpu: ['cli/gpu-findings.ts', 'bench', 'test'],
  koffi: ['host/runtime/cuda/open-library.ts', 'bench', 'test/support/cuda-on-cpu'],
  'playwright-core': ['test'],
  'naga-wasm': ['test/naga.test.ts'],
  // An optional peer: the adapter takes its types alone, and is handed the package.
  '@tensorflow/tfjs-core': ['host/tfjs', 'bench', 'examples', 'test'],
  '@tensorflow/tfjs-backend-cpu': ['examples', 'test'],
  '@tensorflow/tfjs-backend-wasm': ['bench', 'examples', 'test'],
  '@tensorflow/tfjs-backend-webgpu': ['test'],
  // By its own name, as users import it.
  espalier: ['examples', 'test'],
}

const SOURCES = Object.keys(ALLOWED)
  .filter((folder) => !folder.includes('/'))
  .flatMap((folder) => filesBelow(folder, ['.ts', '.mjs', '.js']))

const layerOf = (path: string): string | undefined =>
  Object.keys(ALLOWED)
    .filter((layer) => path.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0]

/** `a/b` covers everything below it; `a/b/` only files directly in it. */
function covers(pattern: string, path: string): boolean {
  if (pattern.endsWith('/')) return path.startsWith(pattern) && !path.slice(pattern.length).includes('/')
  return path.startsWith(`${pattern}/`)
}

function importProblem(file: string, imported: Import): string | null {
  const layer = layerOf(file)
  if (layer === undefined) return 'belongs to no layer'
  if (imported.kind === 'package') {
    const name = imported.name.startsWith('node:')
      ? 'node:'
      : imported.name
          .split('/')
          .slice(0, imported.name.startsWith('@') ? 2 : 1)
          .join('/')
    const users = PACKAGES[name] ?? []
    return users.some((user) => file === user || file.startsWith(user)) ? null : `may not import package ${imported.name}`
  }
  if (layerOf(imported.path) === layer) return null
  return (ALLOWED[layer] ?? []).some((pattern) => covers(pattern, imported.path)) ? null : `may not import ${imported.path}`
}

describe('layering', () => {
  test('the rules see the sources', () => {
    expect(SOURCES.length).toBeGreaterThan(20)
    expect(SOURCES).toContain('compiler/ir/node.ts')
    expect(importProblem('abi/manifest.ts', { kind: 'path', path: 'compiler/ir/node.ts' })).not.toBeNull()
    expect(importProblem('compiler/ir/node.ts', { kind: 'package', name: 'node:fs' })).not.toBeNull()
    expect(importProblem('backends/wasm/emit.ts', { kind: 'package', name: 'binaryen' })).not.toBeNull()
    expect(
      importProblem('compiler/ir/ops/policy/keep.ts', { kind: 'path', path: 'compiler/ir/ops/kernel/load.ts' }),
    ).not.toBeNull()
    expect(importProblem('compiler/ir/ops/policy/keep.ts', { kind: 'path', path: 'compiler/ir/op.ts' })).toBeNull()
  })

  test('every import is allowed', () => {
    const problems = SOURCES.flatMap((file) =>
      importsOf(file).flatMap((imported) => {
        const problem = importProblem(file, imported)
        return problem === null ? [] : [`${file} ${problem}`]
      }),
    )
    expect(problems).toEqual([])
  })

  test('no file imports itself through others', () => {
    expect(cycles(SOURCES)).toEqual([])
  })
})

describe('names', () => {
  test('files say what is in them', () => {
    const vague = /(^|[/.-])(utils?|helpers?|misc|common)([/.-]|$)/
    expect(SOURCES.filter((file) => vague.test(file))).toEqual([])
  })

  test('files are named in kebab case', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/
    expect(SOURCES.filter((file) => !file.split('/').every((part) => kebab.test(part)))).toEqual([])
  })

  test('every source file opens with a comment', () => {
    const opens = (file: string) => /^(#!.*\n)?\s*(\/\*\*|\/\/|\/\*)/.test(readSource(file))
    expect(SOURCES.filter((file) => !opens(file))).toEqual([])
  })
})

/** Import cycles, each once, as `a -> b -> a`. Type-only imports count: they tie files together just the same. */
function cycles(files: readonly string[]): readonly string[] {
  const edges = new Map(
    files.map((file) => [file, importsOf(file).flatMap((entry) => (entry.kind === 'path' ? [entry.path] : []))]),
  )
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === 'done' || !edges.has(file)) return
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      return
    }
    state.set(file, 'open')
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  return found
}
