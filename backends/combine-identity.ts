/** What leaves every value as it is when threads combine theirs: where carried values of a team start from. */
import type { MachineDType } from '../compiler/ir/types.ts'

const LOWEST = { f32: -Infinity, f64: -Infinity, i32: -0x80000000, u32: 0, bool: 0, i64: 0 } as const
const HIGHEST = { f32: Infinity, f64: Infinity, i32: 0x7fffffff, u32: 0xffffffff, bool: 1, i64: 0 } as const

export function combineIdentity(dtype: MachineDType, kind: 'sum' | 'max' | 'min' | 'and' | 'or'): number {
  switch (kind) {
    case 'max':
      return LOWEST[dtype]
    case 'min':
      return HIGHEST[dtype]
    case 'and':
      return dtype === 'bool' ? 1 : -1
    default:
      return 0
  }
}
