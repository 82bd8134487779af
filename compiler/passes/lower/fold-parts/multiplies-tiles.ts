/** Which numbers of packed rows are multiplied by tiles, on targets that do that. */
import type { DType } from '../../../ir/types.ts'

export const multipliesTiles = (dtype: DType): boolean => dtype === 'f16' || dtype === 'bf16'
