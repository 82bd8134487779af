/** Repeats something until enough of it was seen, and sums up what one repetition took. */
import type { Timed } from '../runner.ts'

export interface MeasureLimits {
  /** Measurements to take. */
  readonly runs: number
  /** No measurement begins after so many seconds; one is always taken. */
  readonly seconds: number
  /** Milliseconds that one measurement should take at least: calls are repeated until it does. */
  readonly least: number
}

/** Milliseconds of one call, in all runs. */
export interface Spread {
  readonly runs: number
  readonly median: number
  /** A quarter of the runs is faster, a quarter slower. */
  readonly low: number
  readonly high: number
  readonly min: number
  readonly max: number
}

/** As the caller sees it. */
export interface Measured extends Spread {
  /** Calls in each run. */
  readonly calls: number
  /** The very first call, with everything that is done once. */
  readonly first: number
  /** On the device alone, from memory; null where that is not known. */
  readonly device: Spread | null
}

const MOST_CALLS = 4096

export async function measure(call: Timed, { runs, seconds, least }: MeasureLimits): Promise<Measured> {
  const first = await call.time(1)
  const isLate = deadline(seconds)
  let calls = 1
  let took = await call.time(calls)
  while (took < least && calls < MOST_CALLS && !isLate()) {
    calls = Math.min(MOST_CALLS, Math.max(2 * calls, Math.ceil((calls * least) / Math.max(took, 1e-3))))
    took = await call.time(calls)
  }
  const times = [took / calls]
  while (times.length < runs && !isLate()) times.push((await call.time(calls)) / calls)
  const device = call.deviceTime === null ? null : await repeated(call.deviceTime, runs, deadline(seconds))
  return { calls, first, ...spread(times), device }
}

function deadline(seconds: number): () => boolean {
  const started = performance.now()
  return () => performance.now() - started > seconds * 1000
}

async function repeated(time: () => Promise<number>, runs: number, isLate: () => boolean): Promise<Spread> {
  const times = [await time()]
  while (times.length < runs && !isLate()) times.push(await time())
  return spread(times)
}

function spread(times: number[]): Spread {
  times.sort((a, b) => a - b)
  const [low, median, high] = [quantile(times, 0.25), quantile(times, 0.5), quantile(times, 0.75)]
  return { runs: times.length, median, low, high, min: times[0]!, max: times.at(-1)! }
}

/** Of ordered numbers, between neighbours in proportion. */
function quantile(ordered: readonly number[], share: number): number {
  const at = share * (ordered.length - 1)
  const below = Math.floor(at)
  const [a, b] = [ordered[below]!, ordered[Math.min(below + 1, ordered.length - 1)]!]
  return a + (b - a) * (at - below)
}
