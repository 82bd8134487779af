/** The description of a command, from which parsing and help are made. */

export interface OptionSpec {
  /** A flag takes no value, `value` one, `list` all words up to the next option (and may be repeated). */
  readonly kind: 'flag' | 'value' | 'list'
  /** What stands for the value in help: `DIR`, `NAME=FILE`. */
  readonly value?: string
  readonly doc: string
}

export interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** Shown first in help; the first is the most common use. */
  readonly examples: readonly { readonly line: string; readonly does: string }[]
  readonly options: Readonly<Record<string, OptionSpec>>
  /** The words that are not options: `FILE…`. */
  readonly positional: { readonly name: string; readonly doc: string; readonly min: number; readonly max: number }
}

export const jsonOption: OptionSpec = { kind: 'flag', doc: 'Print JSON on stdout, for programs.' }
export const timeOption: OptionSpec = { kind: 'flag', doc: 'Print where the time went, on stderr.' }
