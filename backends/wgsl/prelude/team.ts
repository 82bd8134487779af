/**
 * What the threads of a workgroup do together: reductions, and making a value that is the same in all of them known to be so.
 * Every thread of the group calls them, with its number in the group first; every result is uniform to a validator.
 */
import { asComment } from '../../../abi/shader-variants.ts'

export type TeamKind = 'sum' | 'max' | 'min' | 'and' | 'or'
export type TeamDType = 'f32' | 'i32' | 'u32' | 'bool' | 'f64'

/** `team_sum_f32`, `team_uniform_bool`. */
export const teamFunction = (kind: TeamKind | 'uniform' | 'before', dtype: TeamDType): string => `team_${kind}_${dtype}`

/**
 * The section with these functions: as portable WGSL, and in a comment as a host takes them for a device that has subgroups.
 * Subgroups have the same size when the group size is a power of two.
 */
export function teamSection(names: readonly string[]): string {
  const [portable, subgroups] = [formOf(names, false), formOf(names, true)]
  const better = portable === subgroups ? [] : ['// --- team operations: subgroups', asComment(subgroups)]
  return ['// --- team operations: portable', portable, ...better, '// --- end'].join('\n')
}

function formOf(names: readonly string[], subgroups: boolean): string {
  const functions = names.map((name) => operationText(name, subgroups))
  const memory = [
    'team_words: array<u32, GROUP_SIZE>',
    'team_doubles: array<vec2<u32>, GROUP_SIZE>',
    'team_word: u32',
    'team_double: vec2<u32>',
  ].filter((variable) => functions.some((text) => text.split(/\W+/).includes(variable.slice(0, variable.indexOf(':')))))
  const variables = memory.map((variable) => `var<workgroup> ${variable};`).join('\n')
  return [variables, ...functions].join('\n\n')
}

function operationText(name: string, subgroups: boolean): string {
  const [, kind, dtype] = name.split('_') as [string, TeamKind | 'uniform', TeamDType]
  if (kind === 'uniform') return uniformText(name, dtype)
  if (name === 'team_before_u32') return beforeText(subgroups)
  if (name === TEAM_ALL) return ALL
  return subgroups && dtype !== 'f64' ? subgroupText(name, kind, dtype) : treeText(name, kind, dtype)
}

const typeOf = (dtype: TeamDType): string => (dtype === 'f64' ? 'vec2<u32>' : dtype)

/** A value as it lies in workgroup memory, and back. */
function asWord(dtype: TeamDType, value: string): string {
  if (dtype === 'bool') return `u32(${value})`
  return dtype === 'u32' || dtype === 'f64' ? value : `bitcast<u32>(${value})`
}
function fromWord(dtype: TeamDType, word: string): string {
  if (dtype === 'bool') return `${word} != 0u`
  return dtype === 'u32' || dtype === 'f64' ? word : `bitcast<${dtype}>(${word})`
}

/** What `team_before_u32` added up over all threads, known to be uniform. */
export const TEAM_ALL = 'team_all_u32'

const ALL = `fn ${TEAM_ALL}() -> u32 {
  return workgroupUniformLoad(&team_words[GROUP_SIZE - 1u]);
}`

/** The sum over the threads before each one; sums up to and with each stay in workgroup memory. */
function beforeText(subgroups: boolean): string {
  const head = 'fn team_before_u32(thread: u32, x: u32) -> u32 {'
  if (!subgroups)
    return `${head}
  var total = x;
  team_words[thread] = x;
  for (var n = 1u; n < GROUP_SIZE; n += n) {
    workgroupBarrier();
    let other = select(0u, team_words[max(thread, n) - n], thread >= n);
    workgroupBarrier();
    total += other;
    team_words[thread] = total;
  }
  return total - x;
}`
  return `${head}
  let size = subgroupAdd(1u);
  let own = subgroupInclusiveAdd(x);
  team_words[thread] = own;
  workgroupBarrier();
  var total = own;
  for (var i = size - 1u; i < thread / size * size; i += size) { total += team_words[i]; }
  workgroupBarrier();
  team_words[thread] = total;
  return total - x;
}`
}

function uniformText(name: string, dtype: TeamDType): string {
  const memory = dtype === 'f64' ? 'team_double' : 'team_word'
  return `fn ${name}(thread: u32, x: ${typeOf(dtype)}) -> ${typeOf(dtype)} {
  if (thread == 0u) { ${memory} = ${asWord(dtype, 'x')}; }
  return ${fromWord(dtype, `workgroupUniformLoad(&${memory})`)};
}`
}

/** Two values into one, as a kernel combines them. */
export function combinedText(kind: TeamKind, dtype: TeamDType, x: string, y: string): string {
  if (dtype === 'f64') return `double_${kind === 'sum' ? 'add' : kind}(${x}, ${y})`
  if (kind === 'max' || kind === 'min') return `${kind}_${dtype}(${x}, ${y})`
  return `${x} ${{ sum: '+', and: '&', or: '|' }[kind]} ${y}`
}

/** In halves: as many barriers as the group size has bits. */
function treeText(name: string, kind: TeamKind, dtype: TeamDType): string {
  const memory = dtype === 'f64' ? 'team_doubles' : 'team_words'
  return `fn ${name}(thread: u32, x: ${typeOf(dtype)}) -> ${typeOf(dtype)} {
  var total = x;
  ${memory}[thread] = ${asWord(dtype, 'x')};
  for (var n = GROUP_SIZE; n > 1u; n = (n + 1u) / 2u) {
    workgroupBarrier();
    if (thread < n / 2u) {
      let other = ${fromWord(dtype, `${memory}[thread + (n + 1u) / 2u]`)};
      total = ${combinedText(kind, dtype, 'total', 'other')};
      ${memory}[thread] = ${asWord(dtype, 'total')};
    }
  }
  return ${fromWord(dtype, `workgroupUniformLoad(&${memory}[0])`)};
}`
}

/** All subgroups of a group have the same size, because both are powers of two; they hold the threads in order. */
function subgroupText(name: string, kind: TeamKind, dtype: TeamDType): string {
  return `fn ${name}(thread: u32, x: ${dtype}) -> ${dtype} {
  let part = ${subgroupPart(kind, dtype)};
  let size = subgroupAdd(1u);
  if (subgroupElect()) { team_words[thread / size] = ${asWord(dtype, 'part')}; }
  workgroupBarrier();
  if (thread == 0u) {
    var total = part;
    for (var i = 1u; i < GROUP_SIZE / size; i++) {
      let other = ${fromWord(dtype, 'team_words[i]')};
      total = ${combinedText(kind, dtype, 'total', 'other')};
    }
    team_word = ${asWord(dtype, 'total')};
  }
  return ${fromWord(dtype, 'workgroupUniformLoad(&team_word)')};
}`
}

function subgroupPart(kind: TeamKind, dtype: TeamDType): string {
  if (dtype === 'bool') return `subgroup${kind === 'and' || kind === 'min' ? 'All' : 'Any'}(x)`
  const part = `subgroup${{ sum: 'Add', max: 'Max', min: 'Min', and: 'And', or: 'Or' }[kind]}(x)`
  // What WGSL makes of NaN is open.
  const ordered = dtype === 'f32' && (kind === 'max' || kind === 'min')
  return ordered ? `select(${part}, f32_of_bits(0x7fc00000u), subgroupAny(is_nan(x)))` : part
}
