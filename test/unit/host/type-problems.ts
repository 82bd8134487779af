/** The TypeScript compiler over texts: what a user of generated code would see, without writing files. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const LIB = dirname(createRequire(import.meta.url).resolve('typescript'))

const libraries = new Map<string, ts.SourceFile>()

function library(path: string, version: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile {
  const known = libraries.get(path) ?? ts.createSourceFile(path, ts.sys.readFile(path) ?? '', version)
  libraries.set(path, known)
  return known
}

/** What the compiler says about files given as text; only these files and the standard library exist. */
export function typeProblems(files: Readonly<Record<string, string>>, roots: readonly string[]): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  }
  const read = (path: string): string | undefined =>
    files[path.replace(/^\/shim\//, '')] ?? (path.startsWith(LIB) ? ts.sys.readFile(path) : undefined)
  const host: ts.CompilerHost = {
    fileExists: (path) => read(path) !== undefined,
    readFile: read,
    getSourceFile: (path, version) => {
      if (path.startsWith(LIB)) return library(path, version)
      const text = read(path)
      return text === undefined ? undefined : ts.createSourceFile(path, text, version)
    },
    getDefaultLibFileName: (given) => join(LIB, ts.getDefaultLibFileName(given)),
    getDefaultLibLocation: () => LIB,
    writeFile: () => undefined,
    getCurrentDirectory: () => '/shim',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
  }
  const program = ts.createProgram(
    roots.map((name) => `/shim/${name}`),
    options,
    host,
  )
  return ts.getPreEmitDiagnostics(program).map(({ code, file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1
    return `${file?.fileName.replace('/shim/', '') ?? ''}:${line} TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}
