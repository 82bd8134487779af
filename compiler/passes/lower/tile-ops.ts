/**
 * Ops on tiles of packed rows: copies to memory that is near, products of the rows with factors that several heads have,
 * weights of their scores, and weighted sums of the rows.
 */
import type { ValueId } from '../../ir/node.ts'
import { computeDType, machine, type DType } from '../../ir/types.ts'
import type { KernelBuilder } from './kernel-builder.ts'

/** Elements lo..hi of a buffer. */
export interface FetchedPart {
  readonly buffer: ValueId
  readonly lo: ValueId
  readonly hi: ValueId
}

/** A row that was fetched, of `hi` elements. */
export interface FetchedRow {
  readonly scratch: ValueId
  readonly dtype: DType
  readonly word: ValueId
  readonly hi: ValueId
}

/** Products of packed rows with what several heads have. */
export interface ProductForm {
  readonly dtype: DType
  readonly heads: number
}

/** Starts to copy bitmap rows of at most `whole` words to scratch; gives whether they will be there. */
export function fetchRows(b: KernelBuilder, scratch: ValueId, words: FetchedPart, values: FetchedPart, whole: ValueId): ValueId {
  const [from, to] = [words, values].map(({ buffer, lo, hi }) => [buffer, lo, hi])
  return b.effect('fetch', [scratch, ...from!, ...to!, whole])[0]!
}

/** Whether such a copy would have room. */
export function rowsFit(b: KernelBuilder, scratch: ValueId, words: FetchedPart, values: FetchedPart, whole: ValueId): ValueId {
  const [from, to] = [words, values].map(({ lo, hi }) => [lo, hi])
  return b.effect('fits', [scratch, ...from!, ...to!, whole])[0]!
}

/** Visits what a fetched row keeps. */
export function eachFetched(
  b: KernelBuilder,
  { scratch, dtype, word, hi }: FetchedRow,
  init: readonly ValueId[],
  body: (index: ValueId, value: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
): readonly ValueId[] {
  const types = [machine(computeDType(dtype)), ...init.map((id) => b.typeOf(id))]
  const block = b.spreadBlock(types, (index, [value, ...carried]) => body(index, value!, carried))
  return b.effect('each_fetched', [scratch, word, hi, ...init], { dtype }, [block])
}

/** Makes factors ready for products with rows of a tile; gives whether they may be used. */
export function packFactors(
  b: KernelBuilder,
  to: ValueId,
  { words, hi }: { readonly words: ValueId; readonly hi: ValueId },
  form: ProductForm,
  factor: (index: ValueId, head: ValueId) => ValueId,
): ValueId {
  const block = b.spreadBlock([machine('i32')], (index, [head]) => [factor(index, head!)])
  return b.effect('pack_factors', [to, words, hi], { ...form }, [block])[0]!
}

/** Products of the fetched rows of a tile with packed factors. */
export function rowProducts(
  b: KernelBuilder,
  to: ValueId,
  rows: ValueId,
  factors: ValueId,
  words: ValueId,
  form: ProductForm,
): void {
  b.effect('row_products', [to, rows, factors, words], { ...form })
}

export function clearSums(b: KernelBuilder, sums: ValueId, words: ValueId): void {
  b.effect('clear_sums', [sums, words])
}

/** `scale`: in each lane that of its head. */
export function scaleSums(b: KernelBuilder, sums: ValueId, words: ValueId, scale: ValueId): void {
  b.effect('scale_sums', [sums, words, scale])
}

/** Weights of a tile of which a region gives the scores; largest score, total, scale, and whether a scale is not 1. */
export function weighScores(
  b: KernelBuilder,
  weights: ValueId,
  size: ValueId,
  { peak, total }: { readonly peak: ValueId; readonly total: ValueId },
  form: ProductForm,
  score: (row: ValueId, head: ValueId) => ValueId,
): readonly ValueId[] {
  const block = b.spreadBlock([machine('i32')], (row, [head]) => [score(row, head!)])
  return b.effect('weigh_scores', [weights, size, peak, total], { ...form }, [block])
}

/** What lanes of a head have. */
export function storeHeads(
  b: KernelBuilder,
  to: ValueId,
  value: ValueId,
  heads: number,
  place: (head: ValueId) => ValueId,
): void {
  const block = b.spreadBlock([], (head) => [place(head)])
  b.effect('store_heads', [to, value], { heads }, [block])
}

/** Adds weighted rows of a tile that were fetched. */
export function addProducts(
  b: KernelBuilder,
  sums: ValueId,
  rows: ValueId,
  weights: ValueId,
  words: ValueId,
  form: ProductForm,
): void {
  b.effect('add_products', [sums, rows, weights, words], { ...form })
}

/** The same for rows of which a region gives the elements. */
export function addElements(
  b: KernelBuilder,
  sums: ValueId,
  weights: ValueId,
  { words, size, hi }: { readonly words: ValueId; readonly size: ValueId; readonly hi: ValueId },
  form: ProductForm,
  element: (row: ValueId, index: ValueId) => ValueId,
): void {
  const block = b.spreadBlock([machine('i32')], (row, [index]) => [element(row, index!)])
  b.effect('add_elements', [sums, weights, words, size, hi], { ...form }, [block])
}

export function storeSums(
  b: KernelBuilder,
  to: ValueId,
  sums: ValueId,
  { words, hi }: { readonly words: ValueId; readonly hi: ValueId },
  form: ProductForm,
  place: (head: ValueId) => ValueId,
): void {
  const block = b.spreadBlock([], (head) => [place(head)])
  b.effect('store_sums', [to, sums, words, hi], { ...form }, [block])
}
