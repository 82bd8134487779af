/** Diagnostics ESP1xxx: names, axes, types, test blocks, and declarations that nothing uses. */
import { axes } from './types/axes.ts'
import { kinds } from './types/kinds.ts'
import { loops } from './types/loops.ts'
import { names } from './types/names.ts'
import { positions } from './types/positions.ts'
import { quantiles } from './types/quantiles.ts'
import { tests } from './types/tests.ts'
import { values } from './types/values.ts'

export const types = { ...names, ...axes, ...kinds, ...values, ...positions, ...quantiles, ...loops, ...tests }
