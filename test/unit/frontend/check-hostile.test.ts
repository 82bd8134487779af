/** Texts that are wrong, odd or hostile: the checker answers with diagnostics, soon, and never throws. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { verifyModule } from '../../../compiler/ir/verify.ts'
import { check } from '../../support/check-policy.ts'

const policy = (body: string, head = 'policy p'): string => `${head} {\n${body}\n}\n`

describe('hostile texts', () => {
  const quick = (text: string): readonly string[] => {
    const start = performance.now()
    const { codes } = check(text)
    expect(performance.now() - start).toBeLessThan(20_000)
    return codes
  }

  test('functions that double at every call', () => {
    const fns = Array.from({ length: 30 }, (_, i) => `fn g${i}(x) = g${i + 1}(x) + g${i + 1}(x)`).join('\n')
    expect(quick(`${fns}\nfn g30(x) = x\n${policy('  entry e(W: f32[in]) { return y: g0(W) }')}`)).toEqual(['ESP1011'])
    const selecting = fns.replaceAll(/= (g\d+\(x\)) \+ (g\d+\(x\))/g, '= $1 and $2')
    expect(
      quick(`${selecting}\nfn g30(x) = keep 1 of in by x\n${policy('  entry e(W: f32[in]) { return y: g0(W) }')}`),
    ).toContain('ESP1011')
  })

  test('functions that double and fail', () => {
    const fns = Array.from({ length: 30 }, (_, i) => `fn g${i}(x) = g${i + 1}(x) and g${i + 1}(x)`).join('\n')
    expect(quick(`${fns}\nfn g30(x) = keep 1 of nowhere by x\n${policy('  entry e(W: f32[in]) { return y: g0(W) }')}`)).toContain(
      'ESP1101',
    )
  })

  test('calls nested deeper than anybody writes', () => {
    const fns = Array.from({ length: 2000 }, (_, i) => `fn g${i}(x) = g${i + 1}(x)`).join('\n')
    expect(quick(`${fns}\nfn g2000(x) = x\n${policy('  entry e(W: f32[in]) { return y: g0(W) }')}`)).toEqual(['ESP1011'])
  })

  test('recursion through several functions', () => {
    expect(
      check(`fn a(x) = b(x)\nfn b(x) = c(x) + 1\nfn c(x) = a(x)\n${policy('  entry e(W: f32[in]) { return y: a(W) }')}`).codes,
    ).toEqual(['ESP1010'])
  })

  test('a packed input over one axis twice', () => {
    const { codes } = check('policy p { entry e(K: bitmap(64) over (a, a) f16[a, b]) { return y: sum[a](K) } }')
    expect(codes).toEqual(['ESP1102'])
  })

  test('axes factored into each other', () => {
    expect(check(policy('  axes a = b * c(2), b = c * a(3)\n  entry e(W: f32[a]) { return y: W * 2 }')).codes).toContain(
      'ESP1105',
    )
    const chain = Array.from({ length: 12 }, (_, i) => `a${i} = a${i + 1} * b${i}(2)`).join(', ')
    expect(check(policy(`  axes ${chain}\n  entry e(W: f32[a0]) { return y: max[b3](W) }`)).codes).toContain('ESP1114')
  })

  test('names from the prototype of objects are names like any other', () => {
    const { codes } = check(
      policy('  entry toString(constructor: f32[__proto__]) { return valueOf: constructor * 2, y: hasOwnProperty(constructor) }'),
    )
    expect(codes).toEqual(['ESP1007'])
    expect(check(policy('  entry e(W: f32[in]) { return y: constructor[in](W), z: toString(W) }')).codes).toEqual([
      'ESP1007',
      'ESP1007',
    ])
  })

  test('more errors than anybody reads', () => {
    const text = policy(
      `  entry e(W: f32[in]) {\n${Array.from({ length: 150 }, (_, i) => `    a${i} = W + missing${i}`).join('\n')}\n    return W\n  }`,
    )
    expect(check(text).diagnostics.filter((one) => one.severity === 'error')).toHaveLength(100)
  })

  test('every alternative of everything', () => {
    const params = Array.from({ length: 12 }, (_, i) => `c${i}: x | y = x`).join(', ')
    const uses = Array.from({ length: 12 }, (_, i) => `c${i} == x`).join(' and ')
    expect(
      check(policy(`  entry e(W: f32[in]) { return y: if ${uses} then W else W * 2 }`, `policy p(${params})`)).codes,
    ).toEqual(['ESP1210'])
  })
})

const MASKS = ['M', 'true', 'W > 0', 'rule == exact', 'first 2 of in', 'every 2 of out', 'isnan(W)'] as const
const NUMBERS = ['W', 'W', 'k', 'r', 's', '2', '0.5', 'abs(W)', 'index(in)', 'size(out)', 'inf', 'P', 'sum[out](W)', 'n'] as const
const ODD = ['rule', 'exact', 'lane', 'missing', 'nope(W)', 'W.in', '-true', 'unpack W'] as const

/** Expressions that are mostly numbers where numbers belong and masks where masks do, with a mistake now and then. */
const { number } = fc.letrec<{ number: string; mask: string }>((tie) => {
  const [x, m] = [tie('number'), tie('mask')]
  const of = fc.constantFrom('in', 'out', 'in', 'lane', '(out, in)', 'nope')
  return {
    number: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 6, arbitrary: fc.constantFrom(...NUMBERS) },
      { weight: 1, arbitrary: fc.constantFrom(...ODD) },
      fc.tuple(x, fc.constantFrom('+', '*', '/', '-', '%', '^'), x).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(fc.constantFrom('sum', 'max', 'mean', 'softmax', 'cumsum', 'norm', 'argmax', 'std', 'f'), of, x)
        .map(([name, axis, a]) => `${name}[${axis.replace(/[()]/g, '')}](${a})`),
      fc
        .tuple(fc.constantFrom('max', 'mean', 'var', 'max_pool'), x, m, x)
        .map(([name, a, b, c]) => `${name}[in](${a} where ${b} else ${c}${name === 'max_pool' ? ', 3' : ''})`),
      fc.tuple(x, m).map(([a, b]) => `(${a} where ${b})`),
      fc.tuple(x, fc.constantFrom('in -> out', 'out -> other', 'lane -> out')).map(([a, names]) => `(${a})[${names}]`),
      fc.tuple(m, x, x).map(([c, a, b]) => `(if ${c} then ${a} else ${b})`),
      fc.tuple(x, m).map(([a, b]) => `(compact (${a}) by (${b}) as kept)`),
      x.map((a) => `g(${a})`),
    ),
    mask: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: fc.constantFrom(...MASKS) },
      fc.tuple(m, fc.constantFrom('and', 'or'), m).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(x, fc.constantFrom('>', '<=', '==', '!='), x).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(fc.constantFrom('keep', 'drop'), fc.constantFrom('2', '50%', 'r', 'k', 'n', '0.5'), of, x, m)
        .map(([mode, amount, axis, a, b]) => `(${mode} ${amount} of ${axis} by ${a} within (${b}))`),
      m.map((a) => `not (${a})`),
      fc.tuple(fc.constantFrom('any', 'all'), m).map(([name, a]) => `${name}[in](${a})`),
    ),
  }
})
const stored = fc.oneof(
  number,
  fc
    .tuple(number, fc.constantFrom('abs(W)', 'W * W'), fc.constantFrom('bitmap(64)', 'nm(2, 4)', 'indices', 'csr'))
    .map(([x, score, format]) => `pack (${x}) by (keep 2 of lane by ${score}) as ${format}`),
)

describe('random texts', () => {
  const text = (value: string): string => `fn f[t](x) = sum[t](x * x)
fn g(x) = if x > 0 then x else 0
policy p(k: count = 2, r: ratio = 50%, rule: exact | reference = exact) {
  axes in = quad * lane(4), other = out
  state s: f32[in] = 0
  entry e(W: f16[out, in], M: bool[in], P: bitmap(64) f32[out, in], n: i32[out]) {
    s := max(s, sum[out](W))
    return y: ${value}
  }
}`

  test('never throw, and what has no error passes the verifier', () => {
    let accepted = 0
    fc.assert(
      fc.property(stored, (value) => {
        const { modules, diagnostics } = check(text(value))
        if (diagnostics.some((one) => one.severity === 'error')) return
        accepted += 1
        for (const module of modules) expect(verifyModule(module, ops)).toEqual([])
      }),
      { numRuns: 500, seed: 7 },
    )
    expect(accepted).toBeGreaterThan(100)
  })
})
