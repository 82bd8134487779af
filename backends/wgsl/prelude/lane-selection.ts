/**
 * The k largest keys of a row that a team of lanes holds in registers, found bit by bit: a lane turns its keys into planes, a word for
 * a bit of all of them, so that a step is one population count for each lane. NaN, signs, ties and ends of rows are words of bits, too.
 */
export interface HalfKeys {
  readonly dtype: 'f16' | 'bf16'
  readonly order: 'value' | 'negative' | 'size'
}

/** `lanes_best_size_f16_8`, or of keys that are integers `lanes_best_words_4`, of kernels whose lanes take so many neighbours at a time. */
export const bestFunction = (keys: HalfKeys | null, width: 4 | 8): string =>
  keys === null ? `lanes_best_words_${width}` : `lanes_best_${keys.order}_${keys.dtype}_${width}`

/** Of kernels that ask for a number that so many keys reach. */
export const thresholdFunction = (width: 4 | 8): string => `lanes_threshold_${width}`

/** The functions that `text` calls, and what they call. */
export function laneSelectionText(text: string): readonly string[] {
  const searches = ([4, 8] as const).filter((width) => text.includes(`${thresholdFunction(width)}(`)).map(thresholdText)
  const names = [...new Set(text.match(/\blanes_best_\w+/g))].sort()
  const parts = names.map((name) => {
    const [, , order, dtype] = name.split('_') as [string, string, HalfKeys['order'] | 'words', HalfKeys['dtype']]
    const width = name.endsWith('8') ? 8 : 4
    return order === 'words' ? wordsText(name, width) : halvesText(name, { order, dtype })
  })
  const widths = ([4, 8] as const).filter((width) => names.some((name) => name.endsWith(`_${width}`)))
  if (parts.length + searches.length === 0) return []
  return [...(parts.length > 0 ? [NARROW] : []), TRANSPOSED, ...widths.map(settledText), ...parts, ...searches]
}

const NARROW = `// A choice of the k largest keys: a bit for each key of a lane that is in, and for each that still may be. Of these, keys that
// have the bit come before those that have not.
fn lanes_narrowed(choice: vec2<u32>, k: u32, plane: u32) -> vec2<u32> {
  let reaching = choice.x | (choice.y & plane);
  return select(vec2<u32>(reaching, choice.y), vec2<u32>(choice.x, reaching), lanes_sum_u32(countOneBits(reaching)) >= k);
}`

const swap = (distance: number, mask: string, pairs = 8): string => `  for (var i = 0u; i < ${pairs}u; i++) {
    let w = (i & ${distance - 1}u) | ((i & ~${distance - 1}u) << 1u);
    let low = (*planes)[w];
    let high = (*planes)[w + ${distance}u];
    (*planes)[w] = (low & ${mask}) | ((high << ${distance}u) & ~${mask});
    (*planes)[w + ${distance}u] = ((low >> ${distance}u) & ${mask}) | (high & ~${mask});
  }`

export const TRANSPOSED = `// Bit j of word i becomes bit i of word j, in both halves of all words. Loops that compilers unroll.
fn lanes_transpose(planes: ptr<function, array<u32, 16>>) {
${swap(8, '0x00ff00ffu')}
${swap(4, '0x0f0f0f0fu')}
${swap(2, '0x33333333u')}
${swap(1, '0x55555555u')}
}`

/** The same of 32 words as a whole. */
export const TRANSPOSED_WORDS = `fn group_transpose_words(planes: ptr<function, array<u32, 32>>) {
${swap(16, '0x0000ffffu', 16)}
${swap(8, '0x00ff00ffu', 16)}
${swap(4, '0x0f0f0f0fu', 16)}
${swap(2, '0x33333333u', 16)}
${swap(1, '0x55555555u', 16)}
}`

/** Bits of slots whose index among those of a lane has no such bit. */
export const LOW_OF_LANES: readonly (readonly [number, string])[] = [
  [16, '0x0000ffffu'],
  [8, '0x00ff00ffu'],
  [4, '0x0f0f0f0fu'],
  [2, '0x33333333u'],
  [1, '0x55555555u'],
]

function settledText(width: 4 | 8): string {
  const narrow = (plane: string): string => `choice = lanes_narrowed(choice, k, ${plane});`
  const chunks = LOW_OF_LANES.filter(([bit]) => bit >= width).map(
    ([bit, zeros]) => `    if (CHUNKS > ${bit / width}u) { ${narrow(zeros)} }`,
  )
  const lanes = [16, 8, 4, 2, 1].map(
    (bit) => `    if (TEAM > ${bit}u) { ${narrow(`select(0xffffffffu, 0u, (lane & ${bit}u) != 0u)`)} }`,
  )
  const neighbours = LOW_OF_LANES.filter(([bit]) => bit < width).map(([, zeros]) => `    ${narrow(zeros)}`)
  return `// What a choice comes to when keys have no more bits: of equal ones the first in the row, by the bits of their indices.
fn lanes_settled_${width}(given: vec2<u32>, lane: u32, k: u32, all_equal: bool) -> u32 {
  var choice = given;
  if (!all_equal && subgroupAny(lanes_sum_u32(countOneBits(choice.y)) > k)) {
${[...chunks, ...lanes, ...neighbours].join('\n')}
  }
  return select(choice.y, 0u, k == 0u);
}`
}

export const HALF_FRACTION = { f16: 10, bf16: 7 } as const
/** The bits of infinity: what is above it is NaN. */
export const HALF_INFINITY = { f16: '0x7c00u', bf16: '0x7f80u' } as const

/** Orders planes as numbers are: negative ones reflected, but -0. */
const BY_VALUE = `  var any = 0u;
  for (var p = 0u; p < 15u; p++) { any |= planes[p]; }
  let negative = planes[15] & any;
  planes[15] = ~negative;
  for (var p = 0u; p < 15u; p++) { planes[p] ^= negative; }
`

/** Planes of 16-bit floats that are not NaN as those of numbers without signs that order as the floats do. */
export const arrangedPlanes = (order: HalfKeys['order']): string =>
  ({ size: '', value: BY_VALUE, negative: `  planes[15] = ~planes[15];\n${BY_VALUE}` })[order]

/** The halves of a thread, the low ones of all pairs in even words and the high ones in odd words, to be transposed. */
export const HALF_WORDS = `  var pairs: array<u32, 16>;
  for (var w = 0u; w < 16u; w++) { pairs[w] = 0u; }
  for (var c = 0u; c < CHUNKS; c++) {
    for (var w = 0u; w < 4u; w++) { pairs[c * 4u + w] = (*keys)[c][w]; }
  }
  var planes: array<u32, 16>;
  for (var w = 0u; w < 8u; w++) {
    planes[2u * w] = (pairs[w] & 0xffffu) | (pairs[w + 8u] << 16u);
    planes[2u * w + 1u] = (pairs[w] >> 16u) | (pairs[w + 8u] & 0xffff0000u);
  }
`

function halvesText(name: string, { order, dtype }: HalfKeys): string {
  const fraction = HALF_FRACTION[dtype]
  const bits = order === 'size' ? 15 : 16
  return `fn ${name}(keys: ptr<function, array<vec4<u32>, CHUNKS>>, lane: u32, n: u32, wanted: i32, all_equal: bool) -> u32 {
  let k = u32(max(wanted, 0i));
${HALF_WORDS}  lanes_transpose(&planes);
  var choice = vec2<u32>(0u, lanes_valid_8(n, lane));
  var nans = choice.y;
  for (var p = ${fraction}u; p < 15u; p++) { nans &= planes[p]; }
  var fraction = 0u;
  for (var p = 0u; p < ${fraction}u; p++) { fraction |= planes[p]; }
  nans &= fraction;
${arrangedPlanes(order)}  if (subgroupAny(nans != 0u)) {
    choice = lanes_narrowed(choice, k, ~nans);
    for (var p = 0u; p < 16u; p++) { planes[p] &= ~nans; }
  }
  for (var p = 0u; p < ${bits}u; p++) { choice = lanes_narrowed(choice, k, planes[${bits - 1}u - p]); }
  return lanes_settled_8(choice, lane, k, all_equal);
}`
}

/** The high half of the bits of integers tells most of them apart; of the low half as many are looked at as it takes. */
function wordsText(name: string, width: 4 | 8): string {
  return `fn ${name}(keys: ptr<function, array<u32, CHUNKS * ${width}u>>, lane: u32, n: u32, wanted: i32, all_equal: bool) -> u32 {
  let k = u32(max(wanted, 0i));
  var planes: array<u32, 16>;
  for (var w = 0u; w < 16u; w++) { planes[w] = 0u; }
  for (var w = 0u; w < CHUNKS * ${width}u; w++) { planes[w] = (*keys)[w] ^ 0x80000000u; }
  lanes_transpose(&planes);
  let valid = lanes_valid_${width}(n, lane);
  var choice = vec2<u32>(0u, valid << 16u);
  for (var p = 0u; p < 16u; p++) { choice = lanes_narrowed(choice, k, planes[15u - p]); }
  choice = choice >> vec2<u32>(16u);
  for (var p = 0u; p < 16u; p += 4u) {
    if (subgroupAny(lanes_sum_u32(countOneBits(choice.y)) > k)) {
      for (var q = p; q < p + 4u; q++) { choice = lanes_narrowed(choice, k, planes[15u - q]); }
    }
  }
  return lanes_settled_${width}(choice, lane, k, all_equal);
}`
}

/** Ends when those that are left are as many as are wanted. */
function thresholdText(width: 4 | 8): string {
  const step = (bit: string, plane: string): string => `let reaching = inside | (open & ${plane});
      let enough = lanes_sum_u32(countOneBits(reaching)) >= k;
      inside = select(reaching, inside, enough);
      open = select(open, reaching, enough);
      prefix |= select(0u, 1u << ${bit}, enough);`
  return `// A number that at least \`wanted\` of the first n keys reach and fewer exceed, and how many reach it.
fn lanes_threshold_${width}(keys: ptr<function, array<u32, CHUNKS * ${width}u>>, lane: u32, n: u32, wanted: i32, low: i32, high: i32) -> vec2<i32> {
  let k = u32(max(wanted, 0i));
  let bits = subgroupMax(32u - countLeadingZeros(u32(high) - u32(low)));
  var planes: array<u32, 16>;
  for (var w = 0u; w < 16u; w++) { planes[w] = 0u; }
  for (var w = 0u; w < CHUNKS * ${width}u; w++) { planes[w] = (*keys)[w] - u32(low); }
  lanes_transpose(&planes);
  var open = lanes_valid_${width}(n, lane) << 16u;
  var inside = 0u;
  var prefix = 0u;
  for (var p = 0u; p < 16u; p++) {
    if (bits > 31u - p) {
      ${step('(31u - p)', 'planes[15u - p]')}
    }
  }
  open >>= 16u;
  inside >>= 16u;
  for (var p = 0u; p < 16u; p++) {
    if (bits > 15u - p && subgroupAny(lanes_sum_u32(countOneBits(open)) != k)) {
      ${step('(15u - p)', 'planes[15u - p]')}
    }
  }
  return vec2<i32>(select(low + i32(prefix), high, wanted <= 0i), i32(lanes_sum_u32(countOneBits(open))));
}`
}
