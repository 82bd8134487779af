/** Where the name under the cursor is declared. */
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { Analysis } from '../analysis.ts'
import { symbolAt } from './symbol-at.ts'

export const definition = (analysis: Analysis, offset: number): Span | null => symbolAt(analysis, offset)?.symbol.declared ?? null
