/**
 * The C host of policies against the TypeScript one: for random calls of the library and of policies made for tests, both refuse the
 * same, and otherwise launch the same kernels in the same shapes with the same arguments, over memory that does not overlap.
 */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchShape } from '../../../abi/cuda-launch.ts'
import { cudaEntryName } from '../../../abi/cuda-teams.ts'
import { compile } from '../../../compiler/driver.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import type { Manifest } from '../../../abi/manifest.ts'
import { cudaCaps } from '../../../backends/cuda-c/caps.ts'
import type { CCall } from '../../../host/emit/c/c-call.ts'
import { outputs } from '../../../host/emit/c/c-header.ts'
import { argumentNames, compileHosts, describeC, kernelBuffers, type CompiledHosts } from '../../support/c-host.ts'
import {
  bufferBytes,
  expectedCall,
  extentsOf,
  storedOf,
  randomCall,
  type ExpectedCall,
  type RandomCall,
} from '../../support/expected-call.ts'
import { loadLibrary } from '../../support/library-source.ts'
import { filesBelow, readSource } from '../../support/source-tree.ts'

async function manifestsOf(path: string): Promise<readonly Manifest[]> {
  const sink = new DiagnosticSink()
  const emit = () => Promise.resolve([])
  const target = { name: 'cuda', extension: 'cu', caps: cudaCaps, emit }
  const source = { name: path, text: readSource(path) }
  const compiled = await compile({ source, load: loadLibrary, sink, version: '0', target })
  // Policies of tests share names, which functions in C cannot.
  const file = path.replace(/.*\/|\.prune$/g, '').replaceAll('-', '_')
  return compiled.map(({ manifest }) => ({ ...manifest, policy: path.startsWith('stdlib') ? manifest.policy : file }))
}

let hosts: CompiledHosts
beforeAll(async () => {
  const paths = [...filesBelow('stdlib', ['.prune']), ...filesBelow('test/policies', ['.prune'])]
  const manifests: Manifest[] = []
  for (const path of paths) manifests.push(...(await manifestsOf(path)))
  hosts = compileHosts(manifests)
}, 600_000)
afterAll(() => hosts?.close())

const seed = Number(process.env['ESPALIER_SEED'] ?? Date.now() % 1_000_000)

/** Whole numbers from a linear congruential sequence: the same for the same seed. */
function randomFrom(start: number): (below: number) => number {
  let state = BigInt(start)
  return (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
    return Number((state >> 33n) % BigInt(below))
  }
}

const devices = [
  { multiprocessors: 132, sharedBytes: 232448 },
  { multiprocessors: 3, sharedBytes: 49152 },
]
const deviceWords = ({ multiprocessors, sharedBytes }: (typeof devices)[number]): string => `${multiprocessors} ${sharedBytes}`

const WORKSPACE = 2n ** 46n
const address = (i: number): bigint => BigInt(i + 1) * 2n ** 40n

interface Case {
  readonly index: number
  readonly call: CCall
  readonly given: RandomCall
  readonly device: (typeof devices)[number]
  readonly expected: ExpectedCall | null
}

/** The words that a call reads. */
function inputWords({ index, call, given, device, expected }: Case): string {
  const extents = expected?.plan.extents ?? extentsOf2(call, given)
  const values = new Map<string, string>()
  call.memory.pointers.forEach((pointer, i) => values.set(call.fields.pointer(pointer), String(address(i))))
  for (const { axis, atoms } of call.sizes.given)
    values.set(call.fields.size(axis), String(atoms.reduce((product, atom) => product * (extents.get(atom) ?? 0), 1)))
  for (const { name, type } of call.params) {
    const value = given.params[name]
    const text = value === undefined ? '-' : type === 'ratio' ? String(value).replace('/', ' ') : String(Number(value))
    values.set(call.fields.param(name), text)
  }
  const stored = expected === null ? [] : storedOf(call, expected, given)
  for (const [name, count] of stored) values.set(call.fields.stored(name), String(count))
  for (const name of given.thousandths === null ? [...call.kept, ...call.hinted] : call.kept)
    values.set(call.fields.kept(name), String(given.kept.get(name) ?? 0))
  const args = argumentNames(call).map((name) => values.get(name) ?? '-')
  const counts = call.stages.flatMap(({ needs }) => needs.map((axis) => String(given.counts.get(axis) ?? 0)))
  return [index, deviceWords(device), ...args, '-', WORKSPACE, ...counts].join(' ')
}

const extentsOf2 = (call: CCall, given: RandomCall): ReadonlyMap<string, number> => {
  try {
    return extentsOf(call, given).extents
  } catch {
    return given.extents
  }
}

interface Reported {
  readonly codes: readonly number[]
  readonly texts: readonly string[]
  readonly bytes: number
  readonly sizes: readonly number[]
  readonly launches: readonly (readonly string[])[]
  readonly copies: readonly (readonly string[])[]
  /** The last thing that was put on the stream. */
  readonly last: string | undefined
}

function readReport(text: string): Reported {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
  const of = (word: string): readonly (readonly string[])[] => lines.filter(([first]) => first === word)
  const reports = lines.filter(([first]) => ['workspace', 'sizes', 'run'].includes(first ?? ''))
  return {
    codes: reports.map(([, code]) => Number(code)),
    texts: reports.map((words) => words.slice(2).join(' ')),
    bytes: Number(of('bytes')[0]?.[1]),
    sizes: of('size').map(([, size]) => Number(size)),
    launches: of('launch'),
    copies: of('copy'),
    last: lines.map(([word]) => word).findLast((word) => word === 'launch' || word === 'copy'),
  }
}

/** Where a pointer of a launch has to be, or null: anywhere in the workspace. */
function requireSame(one: Case, expected: ExpectedCall, reported: Reported): void {
  const { call, device } = one
  expect(reported.launches.map(([, name]) => name?.replace(/__t.*/, ''))).toEqual(
    expected.launches.map(({ step }) => cudaEntryName(step.kernel, null)),
  )
  expect(reported.sizes).toEqual(outputs(call).map(({ buffer }) => expected.plan.buffers[buffer]?.length))
  for (const [i, { step, args, grid }] of expected.launches.entries()) {
    const words = reported.launches[i] ?? []
    const lengths = step.specs.flatMap((arg) => (arg.kind === 'buffer' ? [expected.plan.buffers[arg.buffer]?.length ?? 0] : []))
    const buffers = kernelBuffers(call.variant, step.specs)
    const { team = false, points = 1, width = null } = grid ?? {}
    const shape = launchShape(device, { buffers, lengths, team, points, width })
    const entry = cudaEntryName(step.kernel, shape.team)
    const isInMemory = shape.sharedWords === 0
    const scratch = buffers.map(({ access }, k) =>
      isInMemory && (access === 'scratch' || (access === 'lane' && (shape.team?.chunks ?? 0) === 0))
        ? (lengths[k] ?? 0) * shape.workers
        : 0,
    )
    expect(words.slice(1, 5)).toEqual([entry, ...[shape.blocks, shape.threads, shape.sharedBytes].map(String)])
    const numbers = argumentsOf(one, expected, step.specs, args, words.slice(5), reported.bytes, scratch)
    const last = [grid?.points ?? 1, ...(grid?.team === true ? [shape.sharedWords] : [])]
    expect(numbers).toEqual(last.map(String))
  }
}

/** Compares the arguments of a kernel; gives the words behind them. */
function argumentsOf(
  { call }: Case,
  { plan }: ExpectedCall,
  specs: ExpectedCall['launches'][number]['step']['specs'],
  args: readonly number[],
  given: readonly string[],
  bytes: number,
  scratch: readonly number[],
): readonly string[] {
  let buffer = 0
  const words = [...given]
  const regions: [start: number, end: number][] = []
  const seen = new Set<number>()
  for (const [i, spec] of specs.entries()) {
    const word = words.shift() ?? ''
    if (spec.kind !== 'buffer') {
      expect(sameNumber(numberOf(word), args[i] ?? NaN, spec.kind === 'scalar' ? spec.as : 'i32'), `${word} is ${args[i]}`).toBe(
        true,
      )
      continue
    }
    const scratchBytes = 4 * (scratch[buffer++] ?? 0)
    const owner = call.memory.owner.get(spec.buffer)
    if (owner !== undefined) expect(BigInt(word)).toBe(address(call.memory.pointers.indexOf(owner)))
    else {
      const start = Number(BigInt(word) - WORKSPACE)
      const isScratch = spec.access === 'scratch' || spec.access === 'lane'
      const end = start + (isScratch ? scratchBytes : bufferBytes(call, plan, spec.buffer))
      expect(start).toBeGreaterThanOrEqual(0)
      expect(end).toBeLessThanOrEqual(bytes)
      if (!seen.has(spec.buffer) && end > start) regions.push([start, end])
      seen.add(spec.buffer)
      if (isScratch) expect(Number(words.shift())).toBe(plan.buffers[spec.buffer]?.length)
    }
  }
  regions.sort(([a], [b]) => a - b)
  for (const [i, [, end]] of regions.entries()) expect(regions[i + 1]?.[0] ?? Infinity).toBeGreaterThanOrEqual(end)
  return words
}

/** A number as C prints it. */
const numberOf = (word: string): number =>
  word.endsWith('nan') ? NaN : word.endsWith('inf') ? (word.startsWith('-') ? -Infinity : Infinity) : Number(word)

/** Real functions of C and JavaScript may differ in the last place. */
function sameNumber(got: number, expected: number, as: string): boolean {
  if (Object.is(got, expected) || got === expected) return true
  if (as === 'i32' || as === 'u32') return false
  return Math.abs(got - expected) <= Math.abs(expected) * (as === 'f32' ? 2 ** -23 : 2 ** -51)
}

describeC('the C host', () => {
  test(`launches what the TypeScript host launches (ESPALIER_SEED=${seed})`, () => {
    const random = randomFrom(seed)
    const cases = hosts.calls.flatMap((call, index) =>
      Array.from({ length: 25 }, (): Case => {
        const given = randomCall(call, random)
        return { index, call, given, device: devices[random(devices.length)] ?? devices[0]!, expected: expectedCall(call, given) }
      }),
    )
    const reports = hosts.run(cases.map(inputWords)).map(readReport)
    expect(reports.length).toBe(cases.length)
    let accepted = 0
    for (const [i, one] of cases.entries()) {
      const reported = reports[i]!
      const what = `${one.call.name} ${JSON.stringify(one.given.params)} ${JSON.stringify([...one.given.extents])} ${reported.texts.join('; ')}`
      if (one.expected === null) {
        expect(
          reported.codes.some((code) => code !== 0),
          what,
        ).toBe(true)
        continue
      }
      // Numbers of the TypeScript host have any length.
      if (reported.texts.some((text) => text.includes('does not fit in 128 bits'))) continue
      accepted++
      expect(
        reported.codes.every((code) => code === 0),
        what,
      ).toBe(true)
      try {
        requireSame(one, one.expected, reported)
      } catch (error) {
        throw new Error(what, { cause: error })
      }
    }
    expect(accepted).toBeGreaterThan(cases.length / 3)
  })

  /** A call by name, with these fields and the rest as `_init` leaves it; pointers are somewhere unless given. */
  const callOf = (
    name: string,
    fields: Readonly<Record<string, string>>,
    bytes = '-',
    counts: readonly number[] = [],
  ): Reported => {
    const index = hosts.calls.findIndex((call) => call.name === name)
    const call = hosts.calls[index]
    if (call === undefined) throw new Error(`there is no ${name}`)
    const words = argumentNames(call).map(
      (field, i) => fields[field] ?? (/^(size|param|kept|stored)/.test(field) ? '-' : String(address(i))),
    )
    const [report] = hosts.run([[index, deviceWords(devices[0]!), ...words, bytes, WORKSPACE, ...counts].join(' ')])
    return readReport(report ?? '')
  }
  const code = { ok: 0, null: 1, misaligned: 2, workspace: 3, extent: 4, large: 5, parameter: 6 } as const
  const wanda = { 'size.out': '8', 'size.in': '64' }

  test.each([
    ['a null pointer', { 'in.W': '0' }, '-', code.null, '`in.W` is null'],
    [
      'a misaligned pointer',
      { 'state.power': String(2n ** 41n + 2n) },
      '-',
      code.misaligned,
      '`state.power` is not at a multiple of 4 bytes',
    ],
    ['no workspace', {}, '0', code.workspace, 'the workspace has 0 bytes: expected 256'],
    ['a size that is not set', { 'size.out': '-' }, '-', code.extent, 'size.out is -1: expected 0 or more'],
    ['a size that no axis fits', { 'size.in': '66' }, '-', code.extent, 'size.in is 66: expected a multiple of 4'],
    ['a size above 2^31 - 1', { 'size.out': '2147483648' }, '-', code.large, 'size.out is 2147483648'],
    ['a product above 2^31 - 1', { 'size.out': '1073741824' }, '-', code.large, 'is 68719476736'],
  ])('refuses %s before anything is launched', (_, fields, bytes, expected, text) => {
    const { codes, texts, launches } = callOf('wanda_prune_nm_f32', { ...wanda, ...fields }, bytes)
    expect(codes.at(-1)).toBe(expected)
    expect(texts.at(-1)).toContain(text)
    expect(launches).toEqual([])
  })

  test('parameters are checked; defaults are those of the policy', () => {
    expect(callOf('wanda_prune_f32', wanda).codes).toEqual([0, 0, 0])
    for (const ratio of ['3 2', '-1 2', '1 0']) {
      const { codes, texts } = callOf('wanda_prune_f32', { ...wanda, 'param.sparsity': ratio })
      expect(codes).toEqual([code.parameter, code.parameter, code.parameter])
      expect(texts[2]).toContain('expected 0 to 1')
    }
    const layers = { 'size.layer': '3', 'size.feature': '128', 'size.neuron': '5', 'size.token': '2', 'size.hidden': '4' }
    const outside = callOf('flap_observe_welford_f32', { ...layers, 'param.layer': '3' })
    expect(outside.codes.at(-1)).toBe(code.parameter)
    expect(callOf('flap_observe_welford_f32', layers).texts.at(-1)).toContain('`param.layer` is not set')
  })

  test('what a packed input stores is no more than it has elements', () => {
    const sizes = { 'size.kv': '1', 'size.head': '1', 'size.token': '4', 'size.channel': '128', 'size.local': '2' }
    expect(callOf('mustafar_attend_f32', { ...sizes, 'kept.V': '-2' }).codes.at(-1)).toBe(code.extent)
    for (const [stored, expected] of [
      ['-', code.ok],
      ['512', code.ok],
      ['513', code.extent],
      ['-2', code.extent],
    ] as const) {
      const { codes, texts, launches } = callOf('mustafar_attend_f32', { ...sizes, 'stored.K': stored })
      expect(codes.at(-1), texts.at(-1)).toBe(expected)
      expect(launches.length > 0).toBe(expected === code.ok)
    }
  })

  test('nothing is needed of what has no elements', () => {
    const { codes, launches } = callOf('wanda_prune_nm_f32', { ...wanda, 'size.out': '0', 'in.W': '0', 'out.mask': '0' })
    expect(codes).toEqual([0, 0, 0])
    expect(launches.length).toBe(1)
  })

  test('a state becomes what was computed beside it, after the last kernel', () => {
    const { codes, copies, last } = callOf('wanda_observe_f32', { 'size.token': '9', 'size.in': '64' })
    const call = hosts.calls.find(({ name }) => name === 'wanda_observe_f32')!
    const at = (field: string): string => String(address(argumentNames(call).indexOf(field)))
    expect(codes).toEqual([0, 0])
    expect(copies.map(([, to, , bytes]) => [to, bytes])).toEqual([
      [at('state.seen'), '4'],
      [at('state.power'), '256'],
    ])
    expect(last).toBe('copy')
  })

  test('of a state of which a slice changes, nothing else is written', () => {
    const layers = { 'size.layer': '3', 'size.feature': '128', 'size.neuron': '5', 'size.token': '2', 'size.hidden': '4' }
    const { codes, copies } = callOf('flap_observe_welford_f32', { ...layers, 'param.layer': '2' })
    const call = hosts.calls.find(({ name }) => name === 'flap_observe_welford_f32')!
    const start = (field: string): bigint => address(argumentNames(call).indexOf(field))
    expect(codes.at(-1)).toBe(0)
    expect(copies.map(([, to, , bytes]) => [BigInt(to ?? 0), Number(bytes)])).toEqual([
      [start('state.seen') + 2n * 4n, 4],
      [start('state.mean_attn') + 2n * 512n, 512],
      [start('state.mean_mlp') + 2n * 20n, 20],
      [start('state.moment_attn') + 2n * 512n, 512],
      [start('state.moment_mlp') + 2n * 20n, 20],
    ])
  })

  test('what a kernel counts is said by the caller before the kernels that need it', () => {
    const sizes = { 'size.token': '12', 'size.hidden': '6', 'size.kv': '2', 'size.channel': '4', 'param.r': '3' }
    const fits = callOf('tome_merge_f32', sizes, '-', [9])
    expect(fits.codes).toEqual([0, 0, 0, 0])
    const beyond = callOf('tome_merge_f32', sizes, '-', [13])
    expect(beyond.codes).toEqual([0, 0, 0, code.extent])
    expect(beyond.texts[3]).toContain('out.X would have 78 elements: it has room for 72')
    expect(callOf('tome_merge_f32', sizes, '-', [-1]).codes[3]).toBe(code.extent)
  })
})

describeC('headers of C hosts', () => {
  test('are C99 and C++, also several at once', () => {
    for (const [language, standard, compiler] of [
      ['c', 'c99', 'cc'],
      ['c++', 'c++11', 'c++'],
    ] as const) {
      const flags = ['-x', language, `-std=${standard}`, '-pedantic', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-']
      const { stderr, status } = spawnSync(compiler, ['-I', hosts.folder, ...flags], {
        input: hosts.headers.map((file) => `#include "${file}"\n`).join(''),
        encoding: 'utf8',
      })
      expect(stderr).toBe('')
      expect(status).toBe(0)
    }
  })
})
