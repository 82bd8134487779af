/** The functions that files of the library declare: for completion, and for the `use` that an unknown function is missing. */
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import type { FnDecl, SourceFile } from '../compiler/frontend/ast.ts'
import { parseSource } from '../compiler/frontend/parse.ts'

export interface LibraryModule {
  readonly name: string
  readonly doc: string | null
  readonly functions: readonly FnDecl[]
}

/** Read when it is first asked for. */
export class LibraryFunctions {
  private readonly texts: Readonly<Record<string, string>>
  private read: readonly LibraryModule[] | null = null

  constructor(texts: Readonly<Record<string, string>>) {
    this.texts = texts
  }

  /** Only those that declare functions: `use` brings nothing else. */
  get modules(): readonly LibraryModule[] {
    this.read ??= Object.entries(this.texts)
      .filter(([, text]) => /^fn /m.test(text))
      .map(([name, text]) => moduleOf(name, text, parseSource({ name: `std:${name}`, text }, new DiagnosticSink())))
    return this.read
  }

  modulesOf(fn: string): readonly string[] {
    return this.modules.filter(({ functions }) => functions.some(({ name }) => name.text === fn)).map(({ name }) => name)
  }
}

function moduleOf(name: string, text: string, file: SourceFile): LibraryModule {
  const functions = file.declarations.filter((declaration) => declaration.kind === 'fn')
  return { name, doc: /^\/\/+ ?(.*)/.exec(text)?.[1] ?? null, functions }
}
