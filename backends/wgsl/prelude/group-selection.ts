/**
 * Selection from rows in registers of a workgroup, bit by bit as teams of lanes do it (`lane-selection.ts`). A thread holds neighbouring
 * keys. A count takes what subgroups add up and one word of workgroup memory, of which there is one for each step.
 */
import {
  arrangedPlanes,
  HALF_FRACTION,
  HALF_WORDS,
  LOW_OF_LANES,
  TRANSPOSED,
  TRANSPOSED_WORDS,
  type HalfKeys,
} from './lane-selection.ts'

/** `group_best_size_f16_8`, or of keys that are integers `group_best_words_4`, of kernels whose threads take so many neighbours at a time. */
export const groupBestFunction = (keys: HalfKeys | null, width: 4 | 8): string =>
  keys === null ? `group_best_words_${width}` : `group_best_${keys.order}_${keys.dtype}_${width}`

/** Of integers where threads have more than 16. */
export const groupManyFunction = (width: 4 | 8): string => `group_best_many_${width}`

export const groupThresholdFunction = (width: 4 | 8): string => `group_threshold_${width}`

/** Words of a bitmap, from the bits of neighbouring threads; the first of them has it. */
export const groupWordsFunction = (width: 4 | 8): string => `group_words_${width}`

/** The functions that `text` calls, and what they call. */
export function groupText(text: string): readonly string[] {
  const names = [...new Set(text.match(/\bgroup_(?:best|threshold|words)_\w+/g))].sort()
  const searches = names.filter((name) => !name.startsWith('group_words'))
  const widths = ([4, 8] as const).filter((width) => names.some((name) => name.endsWith(`_${width}`)))
  const parts = names.map((name) => {
    const width = name.endsWith('8') ? 8 : 4
    const [, kind, order, dtype] = name.split('_') as [string, string, HalfKeys['order'] | 'words' | 'many', HalfKeys['dtype']]
    if (kind === 'words') return wordsOfBits(name, width)
    if (kind === 'threshold') return thresholdText(name, width)
    if (order === 'many') return manyText(name, width)
    return order === 'words' ? integersText(name, width) : halvesText(name, { order, dtype })
  })
  if (searches.length === 0) return parts
  const settled = widths.filter((width) => searches.some((name) => name.startsWith('group_best') && name.endsWith(`_${width}`)))
  return [
    COUNTS,
    TRANSPOSED.replaceAll('lanes_', 'group_'),
    ...(searches.some((name) => name.includes('_many_')) ? [TRANSPOSED_WORDS] : []),
    ...widths.map(validText),
    ...settled.map(settledText),
    ...parts,
  ]
}

/** Steps of a search: bits of a key and of an index, and what is not a number. */
const STEPS = 64

const COUNTS = `var<workgroup> group_counts: array<atomic<u32>, ${STEPS}>;

fn group_start(thread: u32) {
  workgroupBarrier();
  for (var i = thread; i < ${STEPS}u; i += GROUP_SIZE) { atomicStore(&group_counts[i], 0u); }
  workgroupBarrier();
}

fn group_count(step: u32, bits: u32) -> u32 {
  let part = subgroupAdd(countOneBits(bits));
  if (subgroupElect()) { atomicAdd(&group_counts[step], part); }
  return workgroupUniformLoad(&group_counts[step]);
}`

/**
 * Of the keys that still may be among the k largest, those that have the bit come before those that have not. `inside` and `open` are
 * bits of a thread, `count` is how many are open in all threads, known to be the same in them.
 */
const narrowed = (step: string, plane: string, enough = ''): string => `let reaching = inside | (open & ${plane});
      let found = group_count(${step}, reaching);
      if (found >= k) {
        open = reaching;
        count = found;${enough}
      } else {
        inside = reaching;
      }`

const validText = (width: 4 | 8): string => `// The bits of a thread that stand for one of the first n iterations.
fn group_valid_${width}(n: u32, thread: u32) -> u32 {
  let first = thread * (CHUNKS * ${width}u);
  let count = min(max(n, first) - first, CHUNKS * ${width}u);
  return select((1u << (count & 31u)) - 1u, 0xffffffffu, count == 32u);
}`

const settledText = (width: 4 | 8): string => `// Of equal keys the first in the row, by the bits of their indices.
fn group_settled_${width}(inside_before: u32, open_before: u32, count_before: u32, thread: u32, k: u32, all_equal: bool) -> u32 {
  var inside = inside_before;
  var open = open_before;
  var count = count_before;
  if (!all_equal && count > k) {
    var step = 40u;
    for (var bit = GROUP_SIZE >> 1u; bit > 0u; bit >>= 1u) {
      ${narrowed('step', 'select(0xffffffffu, 0u, (thread & bit) != 0u)')}
      step++;
    }
${LOW_OF_LANES.map(
  ([bit, zeros]) => `    if (CHUNKS * ${width}u > ${bit}u) {
      ${narrowed(`${59 + Math.log2(bit)}u`, zeros)}
    }`,
).join('\n')}
  }
  return select(open, 0u, k == 0u);
}`

function halvesText(name: string, { order, dtype }: HalfKeys): string {
  const fraction = HALF_FRACTION[dtype]
  const bits = order === 'size' ? 15 : 16
  return `fn ${name}(keys: ptr<function, array<vec4<u32>, CHUNKS>>, thread: u32, n: u32, wanted: i32, all_equal: bool) -> u32 {
  let k = u32(max(wanted, 0i));
  group_start(thread);
${HALF_WORDS}  group_transpose(&planes);
  let valid = group_valid_8(n, thread);
  var nans = valid;
  for (var p = ${fraction}u; p < 15u; p++) { nans &= planes[p]; }
  var fraction = 0u;
  for (var p = 0u; p < ${fraction}u; p++) { fraction |= planes[p]; }
  nans &= fraction;
${arrangedPlanes(order)}  var inside = 0u;
  var open = valid;
  var count = n;
  if (count != k) {
      ${narrowed('32u', '~nans')}
  }
  for (var p = 0u; p < 16u; p++) { planes[p] &= ~nans; }
  for (var p = 0u; p < ${bits}u; p++) {
    if (count != k) {
      ${narrowed('p', `planes[${bits - 1}u - p]`)}
    }
  }
  return group_settled_8(inside, open, count, thread, k, all_equal);
}`
}

interface Search {
  readonly width: 4 | 8
  /** What a key becomes, without a sign. */
  readonly key: string
  /** Says of a bit whether it is looked at, and what is done where enough keys have it. */
  readonly isOpen: (bit: string) => string
  readonly enough?: (bit: string) => string
}

/** The high half of all bits, then the low one. */
function searchText({ width, key, isOpen, enough }: Search): string {
  const half = (high: number): string => `  for (var p = 0u; p < 16u; p++) {
    if (${isOpen(`(${high - 1}u - p)`)}) {
      ${narrowed(`(${32 - high}u + p)`, 'planes[15u - p]', enough?.(`(${high - 1}u - p)`) ?? '')}
    }
  }`
  return `  group_start(thread);
  var planes: array<u32, 16>;
  for (var w = 0u; w < 16u; w++) { planes[w] = 0u; }
  for (var w = 0u; w < CHUNKS * ${width}u; w++) { planes[w] = ${key}; }
  group_transpose(&planes);
  var inside = 0u;
  var open = group_valid_${width}(n, thread) << 16u;
  var count = n;
${half(32)}
  open >>= 16u;
  inside >>= 16u;
${half(16)}`
}

const integersText = (
  name: string,
  width: 4 | 8,
): string => `fn ${name}(keys: ptr<function, array<u32, CHUNKS * ${width}u>>, thread: u32, n: u32, wanted: i32, all_equal: bool) -> u32 {
  let k = u32(max(wanted, 0i));
${searchText({ width, key: '(*keys)[w] ^ 0x80000000u', isOpen: () => 'count != k' })}
  return group_settled_${width}(inside, open, count, thread, k, all_equal);
}`

/** The same where threads have more than 16 keys. */
const manyText = (
  name: string,
  width: 4 | 8,
): string => `fn ${name}(keys: ptr<function, array<u32, CHUNKS * ${width}u>>, thread: u32, n: u32, wanted: i32, all_equal: bool) -> u32 {
  let k = u32(max(wanted, 0i));
  group_start(thread);
  var planes: array<u32, 32>;
  for (var w = 0u; w < 32u; w++) { planes[w] = 0u; }
  for (var w = 0u; w < CHUNKS * ${width}u; w++) { planes[w] = (*keys)[w] ^ 0x80000000u; }
  group_transpose_words(&planes);
  var inside = 0u;
  var open = group_valid_${width}(n, thread);
  var count = n;
  for (var p = 0u; p < 32u; p++) {
    if (count != k) {
      ${narrowed('p', 'planes[31u - p]')}
    }
  }
  return group_settled_${width}(inside, open, count, thread, k, all_equal);
}`

/** Bits that all keys have alike are not counted; ends when those that are left are as many as are wanted. */
const thresholdText = (
  name: string,
  width: 4 | 8,
): string => `// A number that at least \`wanted\` of the first n keys reach and fewer exceed, and how many reach it.
fn ${name}(keys: ptr<function, array<u32, CHUNKS * ${width}u>>, thread: u32, n: u32, wanted: i32, low: i32, high: i32) -> vec2<i32> {
  let k = u32(max(wanted, 0i));
  let bits = 32u - countLeadingZeros(u32(high) - u32(low));
  var prefix = 0u;
${searchText({
  width,
  key: '(*keys)[w] - u32(low)',
  isOpen: (bit) => `bits > ${bit} && count != k`,
  enough: (bit) => `\n        prefix |= 1u << ${bit};`,
})}
  return vec2<i32>(select(low + i32(prefix), high, wanted <= 0i), i32(count));
}`

const wordsOfBits = (name: string, width: 4 | 8): string => `// The bits of all threads that share a word, in each of them.
fn ${name}(bits: u32, thread: u32) -> u32 {
  var word = bits << ((thread * (CHUNKS * ${width}u)) & 31u);
${[1, 2, 4].map((step) => `  if (CHUNKS * ${width * step * 2}u <= 32u) { word |= subgroupShuffleXor(word, ${step}u); }`).join('\n')}
  return word;
}`
