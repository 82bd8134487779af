/**
 * Numbers in C against those of the TypeScript host, operation by operation: the same exact value, the same double, or both none.
 * What C cannot hold in 128 bits is refused, never wrong.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import fc from 'fast-check'
import type { BudgetExpr, ScalarExpr } from '../../../abi/manifest.ts'
import { rational, type Rational } from '../../../abi/rational.ts'
import { evaluateScalars, type ScalarSlot } from '../../../abi/scalar-expr.ts'
import { scalarOps, type ScalarKind, type ScalarResult } from '../../../abi/scalar-ops.ts'
import { sharedDeclarations } from '../../../host/emit/c/c-library.ts'
import { describeC } from '../../support/c-host.ts'

const names = [...Object.keys(scalarOps), 'select']
const arityOf = (name: string): number => (name === 'select' ? 3 : (scalarOps[name]?.arity ?? 0))

const MAIN = `
static void print_whole(es_int n) {
  char text[48];
  int at = 47;
  text[at] = 0;
  unsigned __int128 rest = (unsigned __int128)(n < 0 ? -n : n);
  do {
    text[--at] = (char)('0' + (int)(rest % 10));
    rest /= 10;
  } while (rest != 0);
  printf(" %s%s", n < 0 ? "-" : "", text + at);
}

static void print_number(es_number a) {
  if (a.reason != nullptr) { printf("none %s\\n", a.reason); return; }
  printf("%d", (int)a.kind);
  if (a.kind == ES_REAL) { printf(" %.17g\\n", a.x); return; }
  print_whole(a.n);
  print_whole(a.d);
  printf("\\n");
}

static es_number read_number() {
  int kind = 0;
  long long n = 0, d = 1;
  double x = 0;
  if (scanf("%d", &kind) != 1) return es_undefined("is not there");
  if (kind == 3) return scanf("%lf", &x) == 1 ? es_real(x) : es_undefined("is not there");
  if (scanf("%lld %lld", &n, &d) != 2) return es_undefined("is not there");
  return kind == 0 ? es_bool(n != 0) : es_fraction(n, d, (es_kind)kind);
}

int main() {
  int op = 0;
  while (scanf("%d", &op) == 1) {
    if (op == -1) {
      int keep = 0, rounding = 0, is = 0, bounds = 0;
      if (scanf("%d %d %d %d", &keep, &rounding, &is, &bounds) != 4) return 1;
      const es_number amount = read_number(), extent = read_number(), least = read_number(), step = read_number();
      const es_number kept = es_kept_count(keep != 0, (es_rounding)rounding, (es_amount)is, amount, extent);
      print_number(es_budget(kept, extent, (bounds & 1) != 0 ? &least : nullptr, (bounds & 2) != 0 ? &step : nullptr));
      continue;
    }
    switch (op) {
${names
  .map((name, i) => {
    const args = Array.from({ length: arityOf(name) }, (_, k) => `x${k}`)
    const reads = args.map((arg) => `const es_number ${arg} = read_number(); `).join('')
    return `      case ${i}: { ${reads}print_number(es_${name}(${args.join(', ')})); break; }`
  })
  .join('\n')}
    }
  }
  return 0;
}
`

const kinds: readonly ScalarKind[] = ['bool', 'int', 'ratio', 'real']

const whole = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -4096, max: 4096 }), fc.maxSafeInteger())
const real = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -40, max: 40 }).map((n) => n / 4),
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1, -1, 0.5, -0.5, 1e-200),
)
interface Operand {
  readonly kind: ScalarKind
  readonly value: ScalarResult
}
const operand = fc.oneof(
  fc.boolean().map((value): Operand => ({ kind: 'bool', value })),
  whole.map((n): Operand => ({ kind: 'int', value: rational(n) })),
  fc.tuple(whole, fc.integer({ min: 1, max: 1000 })).map(([n, d]): Operand => ({ kind: 'ratio', value: rational(n, d) })),
  real.map((value): Operand => ({ kind: 'real', value })),
)

const realText = (x: number): string => (Object.is(x, -0) ? '-0.0' : String(x).replace('Infinity', 'inf').replace('NaN', 'nan'))
const operandWords = ({ kind, value }: Operand): string => {
  const number = kinds.indexOf(kind)
  if (typeof value === 'object') return `${number} ${value.n} ${value.d}`
  return typeof value === 'boolean' ? `${number} ${Number(value)} 1` : `${number} ${realText(value)}`
}

/** What the TypeScript host makes of the last expression over these operands, which are parameters. */
function evaluated(operands: readonly Operand[], expr: ScalarExpr): ScalarSlot {
  const scope = {
    param: (name: string) => {
      const { kind, value } = operands[Number(name)] ?? { kind: 'int' as const, value: rational(0) }
      return { type: kind, value }
    },
    extent: () => undefined,
    kept: () => undefined,
  }
  return evaluateScalars([...operands.map((_, i) => ({ op: 'param' as const, name: String(i) })), expr], scope).at(-1)
}

let folder = ''
let binary = ''

function run(lines: readonly string[]): readonly string[] {
  const { stdout, status } = spawnSync(binary, { input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 2 ** 28 })
  expect(status).toBe(0)
  return stdout.trimEnd().split('\n')
}

const functions = new Set(['exp', 'log', 'sin', 'cos', 'tanh', 'pow'])

/** Null: as expected. Otherwise what is wrong. */
function difference(line: string, slot: ScalarSlot, op: string): string | null {
  const [kind, ...words] = line.split(' ')
  if (kind === 'none') {
    const isLimit = line.includes('128 bits') || (slot !== undefined && 'value' in slot && isLarge(slot.value))
    return isLimit || slot === undefined || 'failure' in slot ? null : `none, not ${show(slot)}`
  }
  if (slot === undefined || 'failure' in slot) return `${line}, not none`
  const wanted = kinds[Number(kind)]
  if (wanted !== slot.kind) return `${line} is of another kind than ${show(slot)}`
  if (slot.kind === 'real') {
    const got = Number(words[0]?.replace('-nan', 'nan').replace('nan', 'NaN').replace('inf', 'Infinity'))
    const value = Number(slot.value)
    const isNear = functions.has(op) && Math.abs(got - value) <= Math.abs(value) * 2 ** -51
    return Object.is(got, value) || isNear ? null : `${line}, not ${show(slot)}`
  }
  const exact = typeof slot.value === 'object' ? slot.value : rational(Number(slot.value))
  // Of a double beyond 2^53, the TypeScript host takes the shortest decimal, C the number itself: no extent is that large.
  if (Math.abs(Number(exact.n)) > 2 ** 53 && exact.d === 1n && Number(exact.n) === Number(words[0])) return null
  return String(exact.n) === words[0] && String(exact.d) === words[1] ? null : `${line}, not ${show(slot)}`
}

const isLarge = (value: ScalarResult): boolean => typeof value === 'object' && (value.n > 2n ** 100n || value.n < -(2n ** 100n))
const show = (slot: ScalarSlot): string =>
  JSON.stringify(slot, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))

describeC('numbers of the C host', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'espalier-c-numbers-'))
    const types = '#define ESPALIER_OK 0\ntypedef struct espalier_ratio { int64_t num, den; } espalier_ratio;'
    const includes = ['math.h', 'stdint.h', 'stdio.h'].map((file) => `#include <${file}>`).join('\n')
    const shared = sharedDeclarations(MAIN, { factors: 1, dims: 1, rows: 1, rank: 1 })
    const [source, program] = [join(folder, 'numbers.cc'), join(folder, 'numbers')]
    writeFileSync(source, [includes, types, shared, MAIN].join('\n\n'))
    const sanitize = ['-fsanitize=undefined', '-fno-sanitize-recover=all']
    const compiled = spawnSync('c++', ['-std=c++17', '-Wall', '-Werror', ...sanitize, source, '-o', program], {
      encoding: 'utf8',
    })
    expect(compiled.stderr).toBe('')
    binary = program
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('operations are those of the TypeScript host', () => {
    const call = fc
      .constantFrom(...names)
      .chain((name) => fc.tuple(fc.constant(name), fc.array(operand, { minLength: arityOf(name), maxLength: arityOf(name) })))
    const calls = fc.sample(call, 6000)
    const lines = run(calls.map(([name, operands]) => [names.indexOf(name), ...operands.map(operandWords)].join(' ')))
    const problems = calls.flatMap(([name, operands], i) => {
      const expr = { op: name, args: operands.map((_, k) => k) }
      const problem = difference(lines[i] ?? '', evaluated(operands, expr), name)
      return problem === null ? [] : [`${name}(${operands.map(operandWords).join(', ')}) is ${problem}`]
    })
    expect(problems).toEqual([])
  })

  test('budgets are those of the TypeScript host', () => {
    const part = fc.tuple(fc.integer({ min: -2, max: 1200 }), fc.constantFrom(1, 2, 7, 10, 100, 1000))
    const amount = fc.oneof(
      fc.integer({ min: -2, max: 80 }).map((n): Operand => ({ kind: 'int', value: rational(n) })),
      part.map(([n, d]): Operand => ({ kind: 'ratio', value: rational(n, d) })),
      fc
        .oneof(fc.double({ min: 0, max: 1 }), fc.constantFrom(0, 0.5, 1e-200, 2, NaN))
        .map((value): Operand => ({ kind: 'real', value })),
    )
    const count = fc
      .integer({ min: 0, max: 70 })
      .map((n): Operand & { readonly value: Rational } => ({ kind: 'int', value: rational(n) }))
    const modes = ['drop', 'keep'] as const
    const roundings = ['down', 'up', 'nearest', 'even'] as const
    const given = fc.record({
      ...{ mode: fc.constantFrom(...modes), round: fc.constantFrom(...roundings), is: fc.constantFrom(0, 1, 2) },
      ...{ bounds: fc.integer({ min: 0, max: 3 }), amount, extent: count, least: count, step: count },
    })
    const calls = fc.sample(given, 3000)
    const lines = run(
      calls.map(({ mode, round, is, bounds, amount: asked, extent, least, step }) => {
        const numbers = [asked, extent, least, step].map(operandWords)
        return [-1, modes.indexOf(mode), roundings.indexOf(round), is, bounds, ...numbers].join(' ')
      }),
    )
    const problems = calls.flatMap(({ mode, round, is, bounds, amount: asked, extent, least, step }, i) => {
      const amountIs = ([null, 'ratio', 'count'] as const)[is] ?? null
      const expr: BudgetExpr = {
        ...{ op: 'budget', mode, round, amount: 0, extent: 1 },
        ...(amountIs === null ? {} : { amountIs }),
        ...{ atLeast: (bounds & 1) === 0 ? null : 2, multipleOf: (bounds & 2) === 0 ? null : 3 },
      }
      const problem = difference(lines[i] ?? '', evaluated([asked, extent, least, step], expr), 'budget')
      return problem === null
        ? []
        : [`${mode} ${round} ${is} ${bounds} ${operandWords(asked)} of ${operandWords(extent)} is ${problem}`]
    })
    expect(problems).toEqual([])
  })
})
