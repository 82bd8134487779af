/** Machine dtypes in WGSL; a double is its two words. */
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { MachineDType } from '../../compiler/ir/types.ts'

const TYPES: Readonly<Partial<Record<MachineDType, string>>> = { f32: 'f32', i32: 'i32', u32: 'u32', bool: 'bool', f64: 'double' }

export function wgslType(dtype: MachineDType): string {
  const type = TYPES[dtype]
  if (type === undefined) throw new CompilerBug(`WGSL has no ${dtype}`, { pass: 'emit wgsl' })
  return type
}
