/** The checker: what texts mean as policy-level IR, and what is reported about those that mean nothing. */
import { describe, expect, test } from 'vitest'
import { printModule } from '../../../compiler/ir/text/print.ts'
import type { Func } from '../../../compiler/ir/node.ts'
import { check, checkedModule, entryOf } from '../../support/check-policy.ts'

const policy = (body: string, head = 'policy p'): string => `${head} {\n${body}\n}\n`
const opsOf = (func: Func): string[] => func.body.nodes.map((node) => node.op)
const typeText = (text: string, entry = 'e'): string =>
  printModule(checkedModule(text))
    .split('\n')
    .filter((line) => line.includes(`entry ${entry} `) || line.includes('return'))
    .join('\n')

const WANDA = policy(
  `  axes in = quad * lane(4)
  state seen: i32 = 0
  state power: f32[in] = 0
  entry observe(X: f16[token, in]) {
    power := (power * seen + sum[token](X * X)) / (seen + 1)
    seen  := seen + 1
  }
  entry prune(W: f16[out, in])    { return mask: drop sparsity of in by abs(W) * sqrt(power) }
  entry prune_nm(W: f16[out, in]) { return mask: keep 2 of lane by abs(W) * sqrt(power) }`,
  'policy wanda(sparsity: ratio = 50%)',
)

describe('factored axes', () => {
  test('are atomic where no factor is named, and expanded where one is', () => {
    const module = checkedModule(WANDA)
    expect(entryOf(module, 'prune').axes.map((axis) => axis.name)).toEqual(['out', 'in'])
    expect(entryOf(module, 'prune_nm').axes.map((axis) => axis.name)).toEqual(['out', 'quad', 'lane'])
    const [W, power] = entryOf(module, 'prune_nm').params
    expect(W?.axes).toEqual([
      { name: 'out', atoms: ['out'] },
      { name: 'in', atoms: ['quad', 'lane'] },
    ])
    expect(power).toMatchObject({ role: 'state', axes: [{ name: 'in', atoms: ['quad', 'lane'] }] })
  })

  test('come back in outputs where their factors are adjacent and in order', () => {
    const module = checkedModule(WANDA)
    expect(entryOf(module, 'prune_nm').outputs[0]?.axes.map((axis) => axis.name)).toEqual(['out', 'in'])
    const regrouped = checkedModule(
      policy('  axes in = quad * lane(4)\n  entry e(W: f32[in, out]) { return a: max[lane](W), b: W[out -> out] * index(lane) }'),
    )
    expect(entryOf(regrouped, 'e').outputs.map((output) => output.axes.map((axis) => axis.name))).toEqual([
      ['quad', 'out'],
      ['in', 'out'],
    ])
  })

  test('may have a count parameter as the size of a factor', () => {
    const func = entryOf(
      checkedModule(
        policy(
          '  axes token = page_index * slot(page)\n  entry e(K: f16[token]) { return m: max[slot](K) }',
          'policy p(page: count = 16)',
        ),
      ),
      'e',
    )
    const page = func.params.find((param) => param.name === 'page')
    expect(func.axes).toContainEqual({ name: 'slot', extent: { kind: 'scalar', value: page?.id } })
  })

  test('their position and size are those of the whole axis', () => {
    const func = entryOf(
      checkedModule(
        policy('  axes in = quad * lane(4)\n  entry e(W: f32[in]) { return a: index(in) + max[lane](W), n: W * size(in) }'),
      ),
      'e',
    )
    expect(opsOf(func).filter((op) => op === 'index')).toHaveLength(2)
    expect(func.outputs[0]?.axes.map((axis) => axis.name)).toEqual(['in'])
  })

  test('of factors of factors', () => {
    const func = entryOf(
      checkedModule(
        policy('  axes head = kv * group(4), kv = a * b(2)\n  entry e(Q: f32[head, channel]) { return m: max[b](Q) }'),
      ),
      'e',
    )
    expect(func.params[0]?.axes[0]).toEqual({ name: 'head', atoms: ['a', 'b', 'group'] })
  })

  test('an axis declared as long as another is another axis', () => {
    const func = entryOf(
      checkedModule(
        policy('  axes other = token\n  entry e(K: f16[token, channel]) { return s: sum[channel](K * K[token -> other]) }'),
      ),
      'e',
    )
    expect(func.outputs[0]?.axes.map((axis) => axis.name)).toEqual(['token', 'other'])
  })
})

describe('where', () => {
  const body = (expr: string): Func =>
    entryOf(checkedModule(policy(`  entry e(W: f16[out, in], M: bool[in]) { return y: ${expr} }`)), 'e')

  test('becomes the domain of a reduction', () => {
    const func = body('sum[in](abs(W) where M)')
    const [, M] = func.params
    const reduce = func.body.nodes.find((node) => node.op === 'reduce')
    expect(reduce?.operands[1]).toBe(M?.id)
    expect(opsOf(func)).not.toContain('mask')
  })

  test('of operands is the intersection', () => {
    expect(opsOf(body('sum[in]((W where M) * (W where W > 0))'))).toEqual(expect.arrayContaining(['and', 'reduce']))
  })

  test('becomes a mask at an output and keeps the stored dtype', () => {
    const func = body('W where M')
    expect(opsOf(func)).toEqual(['mask'])
    expect(func.body.nodes[0]?.results[0]?.type).toMatchObject({ dtype: 'f16' })
  })

  test('of a score names the candidates', () => {
    const func = body('keep 2 of in by (abs(W) where M) within W > 0')
    const keep = func.body.nodes.find((node) => node.op === 'keep')
    expect(func.body.nodes.find((node) => node.results[0]?.id === keep?.operands[2])?.op).toBe('and')
  })

  test('of a number is a tensor over the axes of the mask', () => {
    expect(body('sum[in](1 where M)').outputs[0]?.axes).toEqual([])
  })

  test('does not outlive a reduction', () => {
    expect(opsOf(body('softmax[in](W where M)'))).toEqual(['softmax'])
  })
})

describe('variants', () => {
  const text = policy(
    '  fn score(x) = if rule == exact then abs(x) else x * x\n  entry e(W: f32[out, in]) { return mask: keep 2 of in by score(W) }\n  entry plain(W: f32[out, in]) { return mask: keep 2 of in by abs(W) }',
    'policy p(rule: exact | reference = exact)',
  )

  test('one function per alternative, with its own branch only', () => {
    const module = checkedModule(text)
    const variants = module.funcs.filter((func) => func.role === 'entry' && func.name === 'e')
    expect(variants.map((func) => func.variant)).toEqual([{ rule: 'exact' }, { rule: 'reference' }])
    const bodies = module.funcs.filter((func) => func.role === 'fn').map(opsOf)
    expect(bodies).toEqual([expect.arrayContaining(['abs']), expect.arrayContaining(['mul'])])
    expect(bodies.flat()).not.toContain('select')
  })

  test('only where the alternative is mentioned', () => {
    expect(entryOf(checkedModule(text), 'plain').variant).toEqual({})
    expect(check(text).signatures[0]?.entries.map((entry) => entry.choices)).toEqual([['rule'], []])
  })
})

describe('functions', () => {
  test('arithmetic becomes a function of the module, once per signature', () => {
    const module = checkedModule(
      `fn energy[t](x) = sum[t](x * x)\n${policy('  entry e(X, Y: f16[token, in]) { return a: energy[token](X), b: energy[token](Y), c: energy[in](X) }')}`,
    )
    expect(module.funcs.filter((func) => func.role === 'fn').map((func) => func.name)).toEqual(['energy', 'energy.2'])
    expect(opsOf(entryOf(module, 'e'))).toEqual(['call', 'call', 'call'])
  })

  test('selections are expanded in place, so that what they keep stays known', () => {
    const module = checkedModule(
      `fn best[t](x) = keep 2 of t by abs(x)\n${policy('  axes in = quad * lane(4)\n  entry e(W: f16[out, in]) { return W: pack W by best[lane](W) as nm(2, 4) }')}`,
    )
    expect(module.funcs).toHaveLength(1)
  })

  test('a domain is passed along', () => {
    const module = checkedModule(
      `fn twice(x) = x + x\n${policy('  entry e(W: f16[in], M: bool[in]) { return y: sum[in](twice(W where M)) }')}`,
    )
    const fn = module.funcs.find((func) => func.role === 'fn')
    expect(fn?.params.map((param) => param.name)).toEqual(['x', 'x_where'])
    expect(fn?.outputs).toHaveLength(2)
  })

  test('of a policy see its parameters', () => {
    const module = checkedModule(
      policy('  fn scaled(x) = x * scale\n  entry e(W: f16[in]) { return y: scaled(W) }', 'policy p(scale: real = 2)'),
    )
    expect(module.funcs.find((func) => func.role === 'fn')?.params.map((param) => [param.name, param.role])).toEqual([
      ['x', 'input'],
      ['scale', 'param'],
    ])
  })

  test('of used files are visible, those of their own uses are not', () => {
    const files = { 'shared.prune': 'use "./deeper.prune"\nfn a(x) = b(x)', 'deeper.prune': 'fn b(x) = x * 2' }
    const text = (call: string): string => `use "./shared.prune"\n${policy(`  entry e(W: f16[in]) { return y: ${call}(W) }`)}`
    expect(check(text('a'), { files }).codes).toEqual([])
    expect(check(text('a'), { files }).used.map((source) => source.name)).toEqual(['shared.prune', 'deeper.prune'])
    expect(check(text('b'), { files }).codes).toEqual(['ESP1007'])
  })

  test('of files that use each other', () => {
    const files = { 'shared.prune': 'use "./test.prune"\nfn a(x) = x * 2' }
    expect(
      check(`use "./shared.prune"\n${policy('  entry e(W: f16[in]) { return y: a(W) }')}`, {
        files: { ...files, 'test.prune': 'fn c(x) = x' },
      }).codes,
    ).toEqual([])
  })

  test('of the library', () => {
    const library = { 'std:math': 'fn doubled(x) = x + x' }
    expect(check(`use std.math\n${policy('  entry e(W: f16[in]) { return y: doubled(W) }')}`, { library }).codes).toEqual([])
  })

  test('that nothing calls have their names checked', () => {
    expect(check('fn a(x) = y + sqrt(x)\nfn b[t](x) { z = asb(x) return sum[t](z) * size(t) }').codes).toEqual([
      'ESP1001',
      'ESP1007',
    ])
    const head = 'policy p(k: real = 2, rule: exact | other = exact)'
    const entry = '  entry e(W: f32[in]) { return y: if rule == exact then W * k else W }'
    expect(check(policy(`  fn a(x) = if rule == exact then x * k else inf\n${entry}`, head)).codes).toEqual([])
    expect(check(policy(`  fn a(x) = x * kk\n${entry}`, head)).codes).toEqual(['ESP1001'])
  })

  test('with an error report it once, with the call', () => {
    const { diagnostics } = check(`fn bad(x) = x + missing\n${policy('  entry e(W: f16[in]) { return y: bad(W), z: bad(W) }')}`)
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]?.related.map((one) => one.message)).toEqual(['in this call of `bad`'])
  })
})

describe('states', () => {
  test('are parameters where they are read first, outputs where they are updated', () => {
    const observe = entryOf(checkedModule(WANDA), 'observe')
    expect(observe.params.map((param) => [param.name, param.role])).toEqual([
      ['X', 'input'],
      ['seen', 'state'],
      ['power', 'state'],
    ])
    expect(observe.outputs.map((output) => [output.name, output.role])).toEqual([
      ['seen', 'state'],
      ['power', 'state'],
    ])
    expect(check(WANDA).signatures[0]?.entries.map((entry) => entry.states)).toEqual([
      [
        { name: 'seen', access: 'update' },
        { name: 'power', access: 'update' },
      ],
      [{ name: 'power', access: 'read' }],
      [{ name: 'power', access: 'read' }],
    ])
  })

  test('that are only written are no parameters', () => {
    const text = policy('  state last: f16[in] = 0\n  entry e(X: f32[token, in]) { last := mean[token](X) }')
    const func = entryOf(checkedModule(text), 'e')
    expect(func.params.map((param) => param.name)).toEqual(['X'])
    expect(func.body.nodes.at(-1)?.results[0]?.type).toMatchObject({ dtype: 'f16' })
    expect(check(text).signatures[0]?.entries[0]?.states).toEqual([{ name: 'last', access: 'write' }])
  })

  test('have their new value in later statements', () => {
    const func = entryOf(checkedModule(policy('  state n: i32 = 0\n  entry e(X: f32[in]) { n := n + 1   return y: X * n }')), 'e')
    const add = func.body.nodes.find((node) => node.op === 'add')
    expect(func.body.nodes.find((node) => node.op === 'mul')?.operands[1]).toBe(add?.results[0]?.id)
  })

  test('may start from infinity', () => {
    expect(
      checkedModule(policy('  state top: f32[in] = -inf\n  entry e(X: f32[in]) { top := max(top, X) }')).states[0]?.initial,
    ).toBe(-Infinity)
  })
})

describe('budgets', () => {
  const budget = (clause: string): Readonly<Record<string, unknown>> | undefined =>
    entryOf(
      checkedModule(
        policy(
          `  axes in = quad * lane(4)\n  entry e(W: f32[out, in], r: ratio) { return m: ${clause}, x: W * r, l: max[lane](W) }`,
        ),
      ),
      'e',
    ).body.nodes.find((node) => node.op === 'budget')?.attrs

  test('are ratios or counts, rounded as asked', () => {
    expect(budget('keep r of out by W')).toEqual({ mode: 'keep', amount: 'ratio', round: 'down' })
    expect(budget('drop 1 - r of out by W round even')).toEqual({ mode: 'drop', amount: 'ratio', round: 'even' })
    expect(budget('keep 1 / 3 of out by W')).toEqual({ mode: 'keep', amount: 'ratio', round: 'down' })
    expect(budget('drop 3 of out by W')).toEqual({ mode: 'drop', amount: 'count', round: 'down' })
  })

  test('of literals are exact', () => {
    const text = policy('  entry e(W: f32[out, in]) { return m: keep 1 - 90% of in by W }')
    const literals = entryOf(checkedModule(text), 'e').body.nodes.filter((node) => node.op === 'literal')
    expect(literals.map((node) => node.attrs['value'])).toContain('1/10')
  })

  test('over several axes count all their positions, and ties follow the order of the score', () => {
    const func = entryOf(checkedModule(policy('  entry e(W: f32[out, in]) { return m: keep 10% of (in, out) by abs(W) }')), 'e')
    expect(func.body.nodes.find((node) => node.op === 'keep')?.attrs['axes']).toEqual(['out', 'in'])
    expect(opsOf(func)).toContain('mul')
  })
})

describe('storage', () => {
  test('the same mask may make one axis of several tensors', () => {
    const func = entryOf(
      checkedModule(
        policy(
          '  entry e(K, V: f16[kv, token, channel]) {\n    m = keep 4 of token by norm[channel](K)\n    return K: compact K by m as kept, V: compact V by m as kept\n  }',
        ),
      ),
      'e',
    )
    expect(func.axes.filter((axis) => axis.name === 'kept')).toHaveLength(1)
    expect(func.body.nodes.filter((node) => node.op === 'kept_indices')).toHaveLength(1)
  })

  test('a threshold over one axis is counted on the device', () => {
    const func = entryOf(
      checkedModule(policy('  entry e(K: f16[token, channel]) { return K: compact K by norm[channel](K) > 1 as kept }')),
      'e',
    )
    expect(func.axes.at(-1)?.extent.kind).toBe('counted')
  })

  test('masks are packed over the axes they were selected over, others over the last axis', () => {
    const over = (mask: string): unknown =>
      entryOf(
        checkedModule(policy(`  entry e(K: f16[kv, token, channel]) { return K: pack K by ${mask} as bitmap(64) }`)),
        'e',
      ).body.nodes.find((node) => node.op === 'pack')?.attrs['over']
    expect(over('(keep 4 of token by norm[channel](K))')).toEqual(['token'])
    expect(over('(keep 4 of (token, channel) by abs(K))')).toEqual(['token', 'channel'])
    expect(over('abs(K) > 1')).toEqual(['channel'])
    expect(over('not (keep 4 of kv by norm[token, channel](K))')).toEqual(['kv'])
  })

  test('packed inputs are unpacked where they are computed with', () => {
    const func = entryOf(
      checkedModule(policy('  entry e(Q: f16[channel], K: bitmap(64) f16[token, channel]) { return s: sum[channel](Q * K) }')),
      'e',
    )
    expect(opsOf(func)).toEqual(['unpack', 'mul', 'reduce'])
    expect(func.params[1]?.type).toMatchObject({ packing: { over: ['channel'], exact: false } })
  })
})

describe('results', () => {
  test('float inputs take the dtype they are asked to have', () => {
    const module = checkedModule(policy('  entry e(W: float[out, in]) { return W: W where W > 0 }'), { dtypes: () => 'bf16' })
    expect(entryOf(module, 'e').body.nodes.at(-1)?.results[0]?.type).toMatchObject({ dtype: 'bf16' })
    expect(typeText(policy('  entry e(W: float[out, in]) { return W: W * 2 }'))).toContain('W: f32[out, in] input')
  })

  test('host numbers are outputs without axes', () => {
    const { signatures } = check(policy('  entry e(W: f32[in]) { return n: size(in), total: sum[in](W) }'))
    expect(signatures[0]?.entries[0]?.outputs).toEqual([
      { name: 'n', dtype: 'i32', axes: [], packing: null },
      { name: 'total', dtype: 'f32', axes: [], packing: null },
    ])
  })

  test('signatures describe inputs, arguments and parameters', () => {
    const [signature] = check(
      policy(
        '  /// Does it.\n  entry e(W: float[in], step: int) { return y: W * step * k }',
        '/// A policy.\npolicy p(k: ratio = 70%)',
      ),
    ).signatures
    expect(signature).toMatchObject({ name: 'p', doc: 'A policy.', params: [{ name: 'k', default: '7/10' }] })
    expect(signature?.entries[0]).toMatchObject({
      doc: 'Does it.',
      inputs: [
        { kind: 'tensor', name: 'W', dtype: 'float', axes: ['in'] },
        { kind: 'scalar', name: 'step', type: 'int' },
      ],
    })
  })
})

describe('tests', () => {
  const body = policy('  entry prune(W: f32[out, in]) { return mask: keep n of in by abs(W) }', 'policy p(n: count = 1)')

  test('are plain data', () => {
    const { tests, codes } = check(
      `${body}test "t" for p {\n  set n = 2\n  prune(W = f32 [[1, -5, nan, -inf]], n = 3)\n  expect mask = [[1, 1, false, true]]\n  prune(n = -1)\n  expect error ESP1001\n}`,
    )
    expect(codes).toEqual([])
    expect(tests[0]?.steps[0]).toMatchObject({ kind: 'set', name: 'n', text: '2' })
    expect(tests[0]?.steps[1]).toMatchObject({
      kind: 'call',
      inputs: [{ name: 'W', dtype: 'f32', shape: [1, 4], data: [1, -5, NaN, -Infinity] }],
      args: [{ name: 'n', text: '3' }],
    })
    expect(tests[0]?.steps[2]).toMatchObject({ kind: 'expect', of: 'output', shape: [1, 4], data: [1, 1, 0, 1] })
  })
})

describe('reports', () => {
  test('ten separate mistakes are ten diagnostics', () => {
    const { codes } = check(
      policy(
        `  axes in = quad * lane(4)
  state seen: i32 = 0
  entry a(W: f32[out, in]) { return m: keep 50% of inn by abs(W) }
  entry b(W: f32[out, in]) { return m: keep 50% of in by asb(W) }
  entry c(W: f32[out, in]) { return m: keep 0.5 of in by abs(W) }
  entry d(W: f32[out, in]) { return m: keep 120% of in by abs(W) }
  entry f(W: f32[out, in]) { return m: keep 50% of in by sum[in](W) }
  entry g(W: f32[out, in]) { return m: W * (W > 0) }
  entry h(W: f32[out, in]) { return m: max[in](W where W > 0) }
  entry i(W: f32[out, in]) { seen := W }
  entry j(W: f32[out, in]) { return keep 50% of in by W }
  entry k(W: f32[out, in]) { return m: pack W by (keep 3 of lane by W) as nm(2, 4) }`,
      ),
    )
    expect(codes).toEqual([
      'ESP1101',
      'ESP1007',
      'ESP2002',
      'ESP2003',
      'ESP2001',
      'ESP1201',
      'ESP1214',
      'ESP1213',
      'ESP1014',
      'ESP2101',
    ])
  })

  test('a broken expression silences what is built on it', () => {
    expect(
      check(
        policy(
          '  entry e(W: f32[out, in]) {\n    a = abs(V)\n    b = a * 2\n    return m: keep 2 of in by b + a, s: sum[in](b)\n  }',
        ),
      ).codes,
    ).toEqual(['ESP1001'])
  })

  test('say what was probably meant', () => {
    const help = (text: string): string | null | undefined =>
      check(text).diagnostics.find((one) => one.severity === 'error')?.help
    expect(help(policy('  entry e(W: f32[out, in]) { return m: keep 2 of inn by W }'))).toBe('did you mean `in`?')
    expect(help(policy('  entry e(K: f32[token, channel]) { return m: K[token -> chanel] }'))).toBe('did you mean `channel`?')
    expect(help(policy('  entry e(W: f32[out, in]) { return m: keep 0.25 of in by W }'))).toContain('`25%`')
    expect(help(policy('  entry e(W: f32[out, in]) { return m: W * in }'))).toContain('`index(in)`')
  })

  test('point at both places', () => {
    const text = policy('  entry e(W: f32[out, in]) { return m: keep 50% of in by sum[in](abs(W)) }')
    const [diagnostic] = check(text).diagnostics
    const at = (span: { start: number; end: number } | null | undefined): string => text.slice(span?.start, span?.end)
    expect(at(diagnostic?.span)).toBe('in')
    expect(diagnostic?.related.map((one) => at(one.span))).toEqual(['sum[in](abs(W))'])
  })

  test('every entry is checked although another is broken', () => {
    const { modules, codes } = check(policy('  entry a(W: f32[in]) { return y: V }\n  entry b(W: f32[in]) { return y: W * 2 }'))
    expect(codes).toContain('ESP1001')
    expect(modules[0]?.funcs.map((func) => func.name)).toEqual(['b'])
  })
})
