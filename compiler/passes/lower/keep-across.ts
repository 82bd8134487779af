/**
 * Selection over one row that is the whole tensor, by many teams: the search over digits of `keep-streamed.ts` with a kernel for
 * each of its steps. Teams count the digits of a window each and add them up in memory; one team then finds the digit, and the
 * next step reads it. What the search leaves is a cut: the key of the last one kept, and the last position at which that key is.
 * Where teams tally, each window keeps its counts of the last digit, so that its ties, and what it keeps in all, are known from them.
 */
import type { ValueId } from '../../ir/node.ts'
import { budgetAt, countCandidates, countProtected, HIGHEST, LOWEST, rowLength, type Selection } from './keep.ts'
import { aboveAt, BUCKETS, countDigits, DIGITS, keyDigits, keptByCut, positionDigits, tiedAt } from './keep-streamed.ts'
import type { HostPlan } from './host-plan.ts'
import type { LoweredKernel } from './lowered-kernel.ts'
import { nest } from './nest.ts'
import { placeEnv } from './place-env.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'
import { teamKernel, widestLoop, windowAt, windowCount, windowKernel } from './team-kernel.ts'

/** The search in memory: numbers that its steps hand on, and the counts of each of its passes. */
interface Search {
  readonly selection: Selection
  readonly state: ValueId
  readonly counts: ValueId
}

/** Words of the state. Keys are unsigned, positions complemented: the best is the largest. */
const STATE = { key: 0, left: 1, candidates: 2, guarded: 3, position: 4, room: 5, tied: 6, cut: 7, limit: 8 } as const
const STATE_WORDS = 9

type StateWord = keyof typeof STATE
type MakeContext = () => RegionContext

export interface AcrossSelection {
  /** They find the cut, in order. */
  readonly kernels: readonly LoweredKernel[]
  /** Tells a later kernel what is kept. */
  readonly settle: (ctx: RegionContext) => void
  /** Null: nobody counted what windows keep. */
  readonly counted: CountedWindows | null
}

/** Windows of a tensor over these axes, in order, of which it is known how many elements those before one keep. */
export interface CountedWindows {
  readonly axes: readonly string[]
  readonly keptBefore: (ctx: RegionContext, window: ValueId) => ValueId
}

/** `isPacked`: how many each window keeps is wanted, too. */
export function selectAcross(plan: HostPlan, selection: Selection, make: MakeContext, isPacked: boolean): AcrossSelection {
  const cutsTies = selection.ties === 'first'
  const first = make()
  const passes = cutsTies && !first.canTally ? 2 * DIGITS.length : DIGITS.length
  const memory = (words: number): ValueId => {
    const made = plan.buffer('temp', 'i32', plan.int(words))
    plan.fill(made, 0)
    return made
  }
  const search = { selection, state: memory(STATE_WORDS), counts: memory(passes * BUCKETS) }
  const counts = first.canTally && (cutsTies || isPacked) ? windowCounts(first, selection, isPacked) : null
  const kernels = Array.from({ length: passes }, (_, pass) => [
    pass === LAST_OF_KEYS && isKept(counts) ? countKept(make(), search, counts) : countKernel(make(), search, pass),
    findKernel(make(), search, pass),
  ]).flat()
  return {
    kernels: [...kernels, ...(counts === null ? [] : cutTies(make, search, counts))],
    settle: (ctx) => settle(ctx, search),
    counted:
      counts === null || !isPacked
        ? null
        : { axes: selection.axes, keptBefore: (ctx, window) => keptBefore(ctx, search, counts, window) },
  }
}

function settle(ctx: RegionContext, { selection, state }: Search): void {
  const words = ctx.buffer(state, 'cut')
  keptByCut(ctx, selection, () => ({
    cut: ctx.b.loadInvariant(words.id, ctx.b.i32(STATE.cut)),
    limit: ctx.b.loadInvariant(words.id, ctx.b.i32(STATE.limit)),
  }))
}

/** Positions are searched after keys, among those that have the key of the cut. */
const isOfPositions = (pass: number): boolean => pass >= DIGITS.length
const LAST_OF_KEYS = DIGITS.length - 1
const digitOf = (pass: number): (typeof DIGITS)[number] => DIGITS[pass % DIGITS.length]!

function countKernel(ctx: RegionContext, search: Search, pass: number): LoweredKernel {
  const { b } = ctx
  // What a window counts is added up in memory at its end: the fewer the better.
  const size = widestLoop(ctx)
  const windows = windowCount(ctx, search.selection.axes, size)
  ctx.written.add(search.counts)
  if (pass === 0) ctx.written.add(search.state)
  return windowKernel(
    ctx,
    windows,
    () => {
      if (pass === 0) countMasks(ctx, search)
      const count = (): readonly ValueId[] => {
        countWindow(ctx, search, pass)
        return []
      }
      if (isOfPositions(pass)) b.if(b.op('ne', [read(ctx, search, 'tied'), b.i32(0)]), count)
      else count()
    },
    { size },
  )
}

/** How many candidates and protected ones there are. */
function countMasks(ctx: RegionContext, search: Search): void {
  const { b } = ctx
  const { selection } = search
  const add = (word: StateWord, count: ValueId): void =>
    void b.lanes(b.i32(0), b.i32(1), [], [], () => {
      b.atomicAdd(ctx.buffer(search.state, 'state').id, b.i32(STATE[word]), count)
      return []
    })
  if (selection.within >= 0) add('candidates', countCandidates(ctx, selection, new Map()))
  const guarded = countProtected(ctx, selection, new Map())
  if (guarded !== null) add('guarded', guarded)
}

/** The last digits of keys, of which each window keeps its own counts, with how many of its keys are above all of those. */
function countKept(ctx: RegionContext, search: Search, { windows, above, digits }: KeptCounts): LoweredKernel {
  const { b } = ctx
  for (const written of [search.counts, digits, ...(above === null ? [] : [above])]) ctx.written.add(written)
  return windowKernel(ctx, windows, (window) => {
    const { own, higher } = countWindow(ctx, search, LAST_OF_KEYS, above !== null)
    const kept = ctx.buffer(digits, 'digits').id
    const start = b.op('mul', [window, b.i32(LAST_BUCKETS)])
    b.lanes(b.i32(0), b.i32(LAST_BUCKETS), [], [], (i) => {
      b.store(kept, b.op('add', [start, i]), b.load(own.id, i))
      return []
    })
    if (above !== null) b.store(ctx.buffer(above, 'higher').id, window, higher!)
  })
}

/** Counts of the window, added to those of all, and how many keys begin with more than the digits so far, if they are to be counted. */
function countWindow(ctx: RegionContext, search: Search, pass: number, countsHigher = false): WindowDigits {
  const { b, plan } = ctx
  const { selection } = search
  const isFirst = pass % DIGITS.length === 0
  const own = ctx.scratchOf('i32', plan.int(BUCKETS))
  const ofPositions = isOfPositions(pass)
  const digits = ofPositions ? positionDigits(ctx, selection, read(ctx, search, 'cut')) : keyDigits(ctx, selection)
  const prefix = isFirst ? null : b.op('bitcast', [read(ctx, search, ofPositions ? 'position' : 'key')], { to: 'u32' })
  const higher = countDigits(ctx, selection, own, digits, digitOf(pass), prefix, new Map(), countsHigher)
  const all = ctx.buffer(search.counts, 'counts')
  b.lanes(b.i32(0), b.i32(BUCKETS), [], [], (i) => {
    const count = b.load(own.id, i)
    b.if(b.op('ne', [count, b.i32(0)]), () => {
      b.atomicAdd(all.id, b.op('add', [i, b.i32(pass * BUCKETS)]), count)
      return []
    })
    return []
  })
  return { own, higher }
}

interface WindowDigits {
  readonly own: KernelBuffer
  readonly higher: ValueId | null
}

function findKernel(ctx: RegionContext, search: Search, pass: number): LoweredKernel {
  const { b, plan } = ctx
  ctx.written.add(search.state)
  b.points([], true, () => {
    const find = (): readonly ValueId[] => {
      if (isOfPositions(pass)) findPosition(ctx, search, pass)
      else findKey(ctx, search, pass)
      return []
    }
    if (isOfPositions(pass)) b.if(b.op('ne', [read(ctx, search, 'tied'), b.i32(0)]), find)
    else find()
  })
  return teamKernel(ctx, plan.int(1), plan.int(BUCKETS))
}

interface Digit {
  readonly found: ValueId // all digits so far, u32
  readonly left: ValueId
  /** How many have the digit. */
  readonly count: ValueId
}

function findDigit(ctx: RegionContext, search: Search, pass: number, before: StateWord, wanted: ValueId): Digit {
  const { b } = ctx
  const { bits } = digitOf(pass)
  const counts = ctx.buffer(search.counts, 'counts')
  const first = b.i32(pass * BUCKETS)
  const [bucket, left] = findBucket(ctx, (i) => b.load(counts.id, b.op('add', [first, i])), 2 ** bits, wanted)
  const digit = b.op('bitcast', [bucket], { to: 'u32' })
  const isFirst = pass % DIGITS.length === 0
  const prefix = b.op('bitcast', [read(ctx, search, before)], { to: 'u32' })
  const found = isFirst ? digit : b.op('or', [b.op('shl', [prefix, b.constant(bits, 'u32')]), digit])
  return { found, left, count: b.load(counts.id, b.op('add', [first, bucket])) }
}

/** Bits of a bucket that a team finds at once: more take more sums, fewer more rounds of waiting for each other. */
const BITS_AT_ONCE = 2

/**
 * The highest bucket such that it and those above hold at least `wanted`, and how many of it are needed. Bits from the top: in each
 * round the last of some buckets such that those from it on reach the wanted number. A kernel has room for one such search: compilers
 * take long for several.
 */
function findBucket(
  { b }: RegionContext,
  countAt: (bucket: ValueId) => ValueId,
  buckets: number,
  wanted: ValueId,
): readonly [ValueId, ValueId] {
  const rounds = Math.ceil(Math.log2(buckets) / BITS_AT_ONCE)
  const largest = 2 ** (BITS_AT_ONCE * (rounds - 1))
  const [bucket, left] = b.for(b.i32(0), b.i32(rounds), [b.i32(0), wanted], (round, [first, rest]) => {
    const size = b.op('shr', [b.i32(largest), b.op('mul', [round, b.i32(BITS_AT_ONCE)])])
    const starts = Array.from({ length: 2 ** BITS_AT_ONCE - 1 }, (_, i) => b.op('mul', [size, b.i32(i + 1)]))
    const open = b.op('min', [b.op('mul', [size, b.i32(2 ** BITS_AT_ONCE)]), b.op('sub', [b.i32(buckets), first!])])
    const zeros = starts.map(() => b.i32(0))
    const sums = starts.map(() => 'sum' as const)
    const reached = b.lanes(b.i32(0), open, zeros, sums, (i, before) => {
      const count = countAt(b.op('add', [first!, i]))
      return starts.map((start, k) => b.op('add', [before[k]!, b.op('select', [b.op('ge', [i, start]), count, b.i32(0)])]))
    })
    const enough = reached.map((sum, k) => b.op('and', [b.op('ge', [sum, rest!]), b.op('lt', [starts[k]!, open])]))
    const steps = enough.map((holds) => b.op('select', [holds, size, b.i32(0)])).reduce((x, y) => b.op('add', [x, y]))
    // Counts fall from start to start: the largest that is too small is that of the buckets above.
    const above = reached.map((sum, k) => b.op('select', [enough[k]!, b.i32(0), sum])).reduce((x, y) => b.op('max', [x, y]))
    return [b.op('add', [first!, steps]), b.op('sub', [rest!, above])]
  })
  return [bucket!, left!]
}

function findKey(ctx: RegionContext, search: Search, pass: number): void {
  const { b } = ctx
  const wanted = pass === 0 ? budget(ctx, search) : read(ctx, search, 'left')
  const digit = findDigit(ctx, search, pass, 'key', wanted)
  write(ctx, search, 'key', b.op('bitcast', [digit.found], { to: 'i32' }))
  write(ctx, search, 'left', digit.left)
  if (pass < DIGITS.length - 1) return
  const threshold = b.op('xor', [b.op('bitcast', [digit.found], { to: 'i32' }), b.i32(LOWEST)])
  const isHighest = b.op('eq', [threshold, b.i32(HIGHEST)])
  const reserved = b.op('select', [isHighest, read(ctx, search, 'guarded'), b.i32(0)])
  const room = b.op('sub', [digit.left, reserved])
  const none = b.op('eq', [budget(ctx, search), b.i32(0)])
  const some = b.op('gt', [room, b.i32(0)])
  const more = b.op('and', [b.op('gt', [b.op('sub', [digit.count, reserved]), room]), b.op('and', [some, b.op('not', [none])])])
  const tied = search.selection.ties === 'first' ? b.convert(more, 'i32') : b.i32(0)
  const all = b.op('and', [some, b.op('not', [none])])
  write(
    ctx,
    search,
    'room',
    b.op('select', [b.op('ne', [tied, b.i32(0)]), room, b.op('select', [all, b.i32(HIGHEST), b.i32(0)])]),
  )
  write(ctx, search, 'tied', tied)
  write(ctx, search, 'cut', b.op('select', [none, b.i32(HIGHEST), threshold]))
  write(ctx, search, 'limit', b.op('select', [all, b.i32(HIGHEST), b.i32(-1)]))
}

function findPosition(ctx: RegionContext, search: Search, pass: number): void {
  const { b } = ctx
  const digit = findDigit(ctx, search, pass, 'position', read(ctx, search, 'room'))
  const found = b.op('bitcast', [digit.found], { to: 'i32' })
  write(ctx, search, 'position', found)
  write(ctx, search, 'room', digit.left)
  if (pass === 2 * DIGITS.length - 1) write(ctx, search, 'limit', b.op('xor', [found, b.i32(-1)]))
}

/** For each window: how many are tied, and how many are kept without having to be, where somebody wants to know. */
interface WindowCounts {
  readonly windows: ValueId
  readonly ties: ValueId
  readonly above: ValueId | null
  /** Counts of the last digit, a word for every sixteen elements. Null: windows are looked at again. */
  readonly digits: ValueId | null
}

type KeptCounts = WindowCounts & { readonly digits: ValueId }

/** Buckets of the last digit of keys. */
const LAST_BUCKETS = 2 ** DIGITS[LAST_OF_KEYS]!.bits

function windowCounts(ctx: RegionContext, { axes, protect }: Selection, isPacked: boolean): WindowCounts {
  const { plan } = ctx
  const windows = windowCount(ctx, axes)
  const counts = (each = 1): ValueId => plan.buffer('temp', 'i32', plan.scalar('mul', [windows, plan.int(each)]))
  // What is protected has the highest key with others, of which it is told apart element by element.
  const digits = protect >= 0 ? null : counts(LAST_BUCKETS)
  return { windows, ties: counts(), above: isPacked ? counts() : null, digits }
}

const isKept = (counts: WindowCounts | null): counts is KeptCounts => counts !== null && counts.digits !== null

/** Where teams tally: they count the ties of a window each, and that of the window in which the last one falls finds it. */
function cutTies(make: MakeContext, search: Search, counts: WindowCounts): readonly LoweredKernel[] {
  const count = countTies(make(), search, counts)
  return search.selection.ties === 'first' ? [count, findTie(make(), search, counts)] : [count]
}

function countTies(ctx: RegionContext, search: Search, counts: WindowCounts): LoweredKernel {
  const { b, plan } = ctx
  const { windows, ties, above } = counts
  for (const written of above === null ? [ties] : [ties, above]) ctx.written.add(written)
  const count = (window: ValueId): void => {
    const { tied, sure } = isKept(counts) ? keptOfDigits(ctx, search, counts, window) : keptOfWindow(ctx, search, counts)
    b.store(ctx.buffer(ties, 'ties').id, window, tied)
    if (above === null) return
    const all = ctx.buffer(above, 'above').id
    b.store(all, window, isKept(counts) ? b.op('add', [b.load(all, window), sure!]) : sure!)
  }
  const countIfWanted = (window: ValueId): void => (above === null ? ifTied(ctx, search, () => count(window)) : count(window))
  if (!isKept(counts)) return windowKernel(ctx, windows, countIfWanted)
  b.points([ctx.scalar(windows, 'i32')], true, ([window]) => countIfWanted(window!))
  return teamKernel(ctx, windows, plan.int(LAST_BUCKETS))
}

const ifTied = (ctx: RegionContext, search: Search, then: () => void): void =>
  void ctx.b.if(ctx.b.op('ne', [read(ctx, search, 'tied'), ctx.b.i32(0)]), () => {
    then()
    return []
  })

/** How many are tied, and how many are kept for sure, where that is wanted. */
interface Kept {
  readonly tied: ValueId
  readonly sure: ValueId | null
}

function keptOfDigits(ctx: RegionContext, search: Search, { digits, above }: KeptCounts, window: ValueId): Kept {
  const { b } = ctx
  const counts = ctx.buffer(digits, 'digits').id
  const digit = b.op('and', [read(ctx, search, 'key'), b.i32(LAST_BUCKETS - 1)])
  const start = b.op('mul', [window, b.i32(LAST_BUCKETS)])
  const countAt = (i: ValueId): ValueId => b.loadInvariant(counts, b.op('add', [start, i]))
  const tied = countAt(digit)
  if (above === null) return { tied, sure: null }
  const [sure] = b.lanes(b.op('add', [digit, b.i32(1)]), b.i32(LAST_BUCKETS), [b.i32(0)], ['sum'], (i, [sum]) => [
    b.op('add', [sum!, countAt(i)]),
  ])
  return { tied, sure: sure! }
}

function keptOfWindow(ctx: RegionContext, search: Search, { above }: WindowCounts): Kept {
  const { b } = ctx
  const { selection } = search
  const cut = read(ctx, search, 'cut')
  const none = { init: b.i32(0), combine: 'sum' as const }
  const [tied, sure] = nest(ctx, selection.axes, new Map(), above === null ? [none] : [none, none], (at, [sum, more]) => {
    const counted = (before: ValueId, holds: ValueId): ValueId => b.op('add', [before, b.convert(holds, 'i32')])
    const ofTies = counted(sum!, tiedAt(ctx, selection, cut, at))
    return above === null ? [ofTies] : [ofTies, counted(more!, aboveAt(ctx, selection, cut, at))]
  })
  return { tied: tied!, sure: sure ?? null }
}

/** Ties are kept from the first on, as many as there is room for. */
function keptBefore(ctx: RegionContext, search: Search, { ties, above }: WindowCounts, window: ValueId): ValueId {
  const { b } = ctx
  const [tied, sure] = [ctx.buffer(ties, 'ties').id, ctx.buffer(above!, 'above').id]
  const counted = (before: ValueId, counts: ValueId, i: ValueId): ValueId => b.op('add', [before, b.loadInvariant(counts, i)])
  const [allTied, allSure] = b.lanes(b.i32(0), window, [b.i32(0), b.i32(0)], ['sum', 'sum'], (i, [x, y]) => [
    counted(x!, tied, i),
    counted(y!, sure, i),
  ])
  return b.op('add', [allSure!, b.op('min', [allTied!, read(ctx, search, 'room')])])
}

/** Windows of a team that looks for a tie: it looks at the counts of all, and into one. */
const WINDOWS_AT_ONCE = 8

/** The position of the last tie that there is room for, by the team that has it. */
function findTie(ctx: RegionContext, search: Search, { windows, ties }: WindowCounts): LoweredKernel {
  const { b, plan } = ctx
  ctx.written.add(search.state)
  const groups = plan.ceilDiv(windows, WINDOWS_AT_ONCE)
  const before = (counts: ValueId, end: ValueId): ValueId =>
    b.lanes(b.i32(0), end, [b.i32(0)], ['sum'], (i, [sum]) => [b.op('add', [sum!, b.loadInvariant(counts, i)])])[0]!
  b.points([ctx.scalar(groups, 'i32')], true, ([group]) =>
    ifTied(ctx, search, () => {
      const counts = ctx.buffer(ties, 'ties').id
      const first = b.op('mul', [group!, b.i32(WINDOWS_AT_ONCE)])
      const last = b.op('min', [b.op('add', [first, b.i32(WINDOWS_AT_ONCE)]), ctx.scalar(windows, 'i32')])
      const room = b.op('sub', [read(ctx, search, 'room'), before(counts, first)])
      b.for(first, last, [room], (window, [wanted]) => {
        const count = b.load(counts, window)
        const isHere = b.op('and', [b.op('gt', [wanted!, b.i32(0)]), b.op('le', [wanted!, count])])
        b.if(isHere, () => {
          findTieIn(ctx, search, window, wanted!)
          return []
        })
        return [b.op('sub', [wanted!, count])]
      })
    }),
  )
  return teamKernel(ctx, groups, plan.int(widestLoop(ctx)))
}

function findTieIn(ctx: RegionContext, search: Search, window: ValueId, wanted: ValueId): void {
  const { b } = ctx
  const { axes } = search.selection
  const cut = read(ctx, search, 'cut')
  ctx.window = windowAt(ctx, window)
  const { lo, hi } = ctx.range(axes)
  const placeAt = (i: ValueId): Env => placeEnv(ctx, axes, i, new Map())
  b.tally(
    lo,
    hi,
    (i) => tiedAt(ctx, search.selection, cut, placeAt(i)),
    (i, holds, place) =>
      b.guardedEffects(b.op('and', [holds, b.op('eq', [b.op('add', [place, b.i32(1)]), wanted])]), () =>
        write(ctx, search, 'limit', i),
      ),
  )
}

function budget(ctx: RegionContext, search: Search): ValueId {
  const { selection } = search
  const candidates = selection.within >= 0 ? read(ctx, search, 'candidates') : rowLength(ctx, selection)
  return budgetAt(ctx, selection, candidates, selection.protect >= 0 ? read(ctx, search, 'guarded') : null, new Map())
}

const read = (ctx: RegionContext, { state }: Search, word: StateWord): ValueId => {
  const words = ctx.buffer(state, 'state')
  const at = ctx.b.i32(STATE[word])
  return words.readOnly ? ctx.b.loadInvariant(words.id, at) : ctx.b.load(words.id, at)
}

const write = (ctx: RegionContext, { state }: Search, word: StateWord, value: ValueId): void =>
  ctx.b.store(ctx.buffer(state, 'state').id, ctx.b.i32(STATE[word]), value)
