/**
 * What a team of `TEAM` lanes of a subgroup does together: a power of two of neighbours, at most as many as the smallest subgroup
 * has. The lanes of a team run the same code, those of other teams of the subgroup beside them; every result is the same in all
 * lanes of a team. A host puts its numbers in place of the two constants (`abi/shader-teams.ts`).
 */
import { TEAM_CONSTANTS } from '../../../abi/shader-teams.ts'
import { laneSelectionText } from './lane-selection.ts'
import { combinedText, type TeamDType, type TeamKind } from './team.ts'

/** `lanes_sum_f32`, `lanes_first_bool`. */
export const lanesFunction = (kind: TeamKind | 'first', dtype: TeamDType): string => `lanes_${kind}_${dtype}`
/** Of kernels whose lanes take so many neighbours at a time. */
export const lanesRanges = (name: 'ranks' | 'words' | 'valid', width: 4 | 8): string => `lanes_${name}_${width}`

/** `text` is that of the kernels; functions that it does not call are left out. */
export function lanesText(text: string): string {
  const used = (from: string): ReadonlySet<string> => new Set(from.match(/\blanes_[a-z]+_\w+/g) ?? [])
  const selection = laneSelectionText(text)
  const direct = used([text, ...selection].join('\n'))
  const ranges = ([4, 8] as const).flatMap((width) =>
    (['ranks', 'words', 'valid'] as const).flatMap((name) => (direct.has(lanesRanges(name, width)) ? [RANGES[name](width)] : [])),
  )
  const all = [...used([text, ...selection, ...ranges].join('\n'))].sort()
  const exchanges = all.filter((name) => /^lanes_(?:sum|max|min|and|or|first)_[a-z]/.test(name)).map(exchangeText)
  return [TEAM_CONSTANTS, ...exchanges, ...ranges, ...selection].join('\n\n')
}

const STEPS = [1, 2, 4, 8, 16, 32, 64]

function exchangeText(name: string): string {
  const [, kind, dtype] = name.split('_') as [string, TeamKind | 'first', TeamDType]
  const type = dtype === 'f64' ? 'vec2<u32>' : dtype
  const asBits = (x: string): string => (dtype === 'bool' ? `u32(${x})` : x)
  const fromBits = (x: string): string => (dtype === 'bool' ? `${x} != 0u` : x)
  if (kind === 'first')
    return `fn ${name}(x: ${type}, self_lane: u32) -> ${type} {
  return ${fromBits(`subgroupShuffle(${asBits('x')}, self_lane & ~(TEAM - 1u))`)};
}`
  const steps = STEPS.map((step) => {
    const other = fromBits(`(subgroupShuffleXor(${asBits('total')}, ${step}u))`)
    return `  if (TEAM > ${step}u) { total = ${combinedText(kind, dtype, 'total', `(${other})`)}; }`
  })
  return `fn ${name}(x: ${type}) -> ${type} {
  var total = x;
${steps.join('\n')}
  return total;
}`
}

const RANGES: Readonly<Record<'ranks' | 'words' | 'valid', (width: 4 | 8) => string>> = {
  ranks: (width) => `// Of bits of a lane, chunk by chunk: how many are set in what comes before a chunk, and in all.
struct lanes_ranks_type_${width} {
  before: array<u32, CHUNKS>,
  total: u32,
}

fn lanes_ranks_${width}(holds: u32, lane: u32, self_lane: u32) -> lanes_ranks_type_${width} {
  var ranks: lanes_ranks_type_${width};
  var total = 0u;
  for (var c = 0u; c < CHUNKS; c++) {
    let own = countOneBits((holds >> (c * ${width}u)) & ${2 ** width - 1}u);
    var sum = own;
${STEPS.map((step) => `    if (TEAM > ${step}u) { let other = subgroupShuffleUp(sum, ${step}u); sum += select(0u, other, lane >= ${step}u); }`).join('\n')}
    ranks.before[c] = total + sum - own;
    total += subgroupShuffle(sum, self_lane | (TEAM - 1u));
  }
  ranks.total = total;
  return ranks;
}`,
  words: (
    width,
  ) => `// Words that the bits of a team make: that of the chunks which share one with chunk c, in the lane whose bits are its lowest.
fn lanes_words_${width}(holds: u32, lane: u32, c: u32) -> u32 {
  var word = 0u;
  for (var next = 0u; next < max(1u, 32u / (TEAM * ${width}u)); next++) {
    if (c + next < CHUNKS) {
      let bits = (holds >> ((c + next) * ${width}u)) & ${2 ** width - 1}u;
      word |= bits << ((((c + next) * TEAM + lane) * ${width}u) & 31u);
    }
  }
${STEPS.filter((step) => step * width < 32)
  .map((step) => `  if (TEAM > ${step}u) { word |= subgroupShuffleXor(word, ${step}u); }`)
  .join('\n')}
  return word;
}`,
  valid: (width) => `// The bits of a lane that stand for one of the first n iterations.
fn lanes_valid_${width}(n: u32, lane: u32) -> u32 {
  var valid = 0u;
  for (var c = 0u; c < CHUNKS; c++) {
    let first = (c * TEAM + lane) * ${width}u;
    let count = min(max(n, first) - first, ${width}u);
    valid |= ((1u << count) - 1u) << (c * ${width}u);
  }
  return valid;
}`,
}
