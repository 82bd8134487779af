/**
 * What the server needs of the place it runs in. Everything else it does is pure: a host that has no files, or no whole
 * compiler, gives null, and the features that need them say so or stay away.
 */
import type { Source } from '../compiler/frontend/source.ts'

/** Names of sources are URIs as people read them: without escapes. */
export type SourceName = string

export interface TestOutcome {
  readonly title: string
  readonly policy: string
  readonly target: string
  readonly passed: boolean
  /** What was not as expected, and where: `file:line:column`. */
  readonly message: string | null
}

/** Compiling and running, which need more than the front end. Refusals are thrown as errors with a message for people. */
export interface Workbench {
  /** Targets that kernels can be shown for. */
  readonly targets: readonly string[]
  kernel(
    source: Source,
    load: LoadText,
    options: { readonly target: string; readonly policy: string | null; readonly entry: string | null },
  ): Promise<string>
  explain(source: Source, load: LoadText, entry: string | null): Promise<string>
  runTests(source: Source, load: LoadText, title: string | null): Promise<readonly TestOutcome[]>
}

/** The text of a used file, as it is in the editor or else on disk. */
export type LoadText = (path: string, from: string) => Source | null

export interface Host {
  /** Texts of the library, by name. */
  readonly library: Readonly<Record<string, string>>
  /** The text of a file; null when there is none. Called seldom: texts are remembered until files change. */
  read(name: SourceName): string | null
  /** Policy files below a folder, a few thousand at most. */
  list(folder: SourceName): readonly SourceName[]
  readonly workbench: Workbench | null
}
