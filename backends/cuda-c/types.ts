/** Dtypes in CUDA C: machine values, and elements as they lie in memory. */
import type { DType, MachineDType } from '../../compiler/ir/types.ts'

const MACHINE: Readonly<Record<MachineDType, string>> = {
  f32: 'float',
  f64: 'double',
  i32: 'int',
  u32: 'u32',
  i64: 'i64',
  bool: 'bool',
}
export const cudaType = (dtype: MachineDType): string => MACHINE[dtype]

const STORED: Readonly<Record<DType, string>> = {
  f32: 'float',
  f16: 'u16',
  bf16: 'u16',
  i32: 'int',
  u32: 'u32',
  u8: 'u8',
  i8: 'i8',
  bool: 'u8',
}
export const storedType = (dtype: DType): string => STORED[dtype]
