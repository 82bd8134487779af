/**
 * What an expression elaborates to. A tensor may carry a *domain* (from `where`): a mask outside of which entries are
 * absent. A mask may carry a *selection*: what is known about how many entries it keeps. An error value silences
 * everything that is built on it.
 */
import type { Rational } from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { ValueId } from '../../ir/node.ts'
import { formatText } from '../../ir/formats/formats.ts'
import type { ScalarKind, TensorType } from '../../ir/types.ts'

/** Along which axes a mask decides. How many it keeps is proven from its definition (`ir/facts.ts`). */
export interface Selection {
  /** Atomic axes, flattened row-major. */
  readonly axes: readonly string[]
  /** The number kept of every combination of the other axes, when the source says it; null when it depends on anything. */
  readonly count: Rational | null
  readonly span: Span
}

export interface TensorElab {
  readonly kind: 'tensor'
  readonly id: ValueId
  readonly type: TensorType
  readonly domain: ValueId | null
  readonly selection: Selection | null
  readonly span: Span
}

export interface ScalarElab {
  readonly kind: 'scalar'
  readonly id: ValueId
  readonly scalar: ScalarKind
  /** The value, when it does not depend on parameters or inputs. */
  readonly known: Rational | boolean | null
  readonly span: Span
}

/** A parameter with named alternatives: fixed per variant, only ever compared. */
export interface ChoiceElab {
  readonly kind: 'choice'
  readonly name: string
  readonly value: string
  readonly choices: readonly string[]
  readonly span: Span
}

export interface ErrorElab {
  readonly kind: 'error'
  readonly span: Span
}

/** Several values under one name: of joined axes, a joint selection, or what an iteration carries. `.name` takes one of them. */
export interface PartsElab {
  readonly kind: 'parts'
  /** `joined`: parts along axes that functions over joined axes treat as one. */
  readonly form: 'joined' | 'record'
  readonly parts: ReadonlyMap<string, Elab>
  readonly span: Span
}

export type Elab = TensorElab | ScalarElab | ChoiceElab | PartsElab | ErrorElab
/** What arithmetic works on. */
export type Operand = TensorElab | ScalarElab

export const isMask = (value: Elab): boolean =>
  value.kind === 'tensor' ? value.type.dtype === 'bool' : value.kind === 'scalar' && value.scalar === 'bool'

export const isPacked = (value: Elab): boolean => value.kind === 'tensor' && value.type.packing !== undefined

/** How a value is called in messages: `f32[kv, token]`, `a count`, `a choice`. `group` turns atomic axes into declared ones. */
export function describe(value: Elab, group: (atoms: readonly string[]) => readonly string[] = (atoms) => atoms): string {
  switch (value.kind) {
    case 'tensor': {
      const packing = value.type.packing === undefined ? '' : `${formatText(value.type.packing.format)} `
      const axes = group(value.type.axes)
      return `${packing}${value.type.dtype}${axes.length === 0 ? '' : `[${axes.join(', ')}]`}`
    }
    case 'scalar':
      return { int: 'an integer', ratio: 'a ratio', real: 'a number', bool: 'true or false' }[value.scalar]
    case 'choice':
      return `one of ${value.choices.join(' | ')}`
    case 'parts':
      return `a value of parts ${[...value.parts.keys()].map((part) => `\`.${part}\``).join(', ')}`
    case 'error':
      return 'an error'
  }
}

export const errorOf = (span: Span): ErrorElab => ({ kind: 'error', span })
