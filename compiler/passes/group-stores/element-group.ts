/** Elements of a word, for buffers other threads may be storing to at the same time. */
import type { DType, Type } from '../../ir/types.ts'

const PER_WORD: Readonly<Record<DType, number>> = { f32: 1, i32: 1, u32: 1, f16: 2, bf16: 2, u8: 4, i8: 4, bool: 4 }

/** How many elements of a buffer share a word; 1 for scratch, where every element has one. */
export const elementsPerWord = (type: Type): number =>
  type.kind === 'buffer' && type.access === 'readwrite' ? PER_WORD[type.dtype] : 1
