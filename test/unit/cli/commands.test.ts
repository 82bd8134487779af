/** The commands as processes: what goes to stdout and to stderr, exit statuses, and what bad input leads to. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTensorFile, readTensor, storedTensor, writeTensors } from '../../../cli/files/tensor-file.ts'
import { command, ensureBuilt, espalier, temporaryFolder, type RunOptions } from './espalier.ts'
import { tensor, w, writeExampleFiles } from './example-files.ts'

const folder = temporaryFolder()
const cwd = folder.path
const env = { ESPALIER_CACHE: join(cwd, '.cache') }
const run = (line: string, options: RunOptions = {}) =>
  espalier(line.split(' '), { cwd, ...options, env: { ...env, ...options.env } })

const POLICY = `/// Keeps the largest of every row.
policy p(r: ratio = 50%) {
  axes in = quad * lane(4)
  state seen: i32 = 0
  state total: f32[in] = 0
  entry observe(X: f32[token, in]) {
    total := total + sum[token](abs(X))
    seen := seen + 1
  }
  entry both(A, B: f32[out, in]) { return sum: A + B }
  entry prune(W: float[out, in]) {
    mask = keep r of in by abs(W)
    return mask, W: pack W by mask as bitmap(64)
  }
}
test "half of four" {
  prune(W = [[1, -5, 2, 7]])
  expect mask = [[0, 1, 0, 1]]
}
`

beforeAll(() => {
  ensureBuilt()
  writeExampleFiles(cwd)
  writeFileSync(join(cwd, 'p.prune'), POLICY)
})
afterAll(() => folder.remove())

const tensorOf = (path: string, name: string) => {
  const file = openTensorFile(join(cwd, path))
  const read = readTensor(storedTensor(file, name), [], name)
  file.close()
  return read
}

describe('the command itself', () => {
  test('help is data, with examples first; nothing at all is a wrong command line', async () => {
    const help = await run('--help')
    expect(help).toMatchObject({ status: 0, stderr: '' })
    for (const name of ['check', 'build', 'run', 'explain', 'list', 'test', 'conform', 'new', 'doctor', 'dev', 'fmt'])
      expect(help.stdout).toContain(`  ${name} `)
    const none = await espalier([], { cwd })
    expect(none).toMatchObject({ status: 2, stdout: '' })
    expect((await run('run --help')).stdout).toMatch(/^Run an entry[^]*espalier run std:magnitude[^]*Options:\n/)
    expect(await run('help run')).toEqual(await run('run --help'))
  })

  test('the version', async () => {
    expect((await run('--version')).stdout).toMatch(/^espalier \d+\.\d+\.\d+\n$/)
  })

  test('colours are for terminals', async () => {
    expect((await run('check nothing.prune')).stderr).not.toContain('\x1b')
  })

  test('a reader that goes away early is no failure', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${command}" list --json | head -c 1`], { cwd })
    let text = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk))
    await new Promise((resolve) => child.on('close', resolve))
    expect(text).toBe('')
  })

  test('an exception that nobody expected is a bug: status 70 and a reproducer', async () => {
    writeFileSync(join(cwd, 'break.mjs'), 'JSON.stringify = () => { throw new TypeError("on purpose") }\n')
    const bug = await run('list --json', { env: { NODE_OPTIONS: `--import=${join(cwd, 'break.mjs')}`, TMPDIR: cwd } })
    expect(bug).toMatchObject({ status: 70, stdout: '' })
    const [, path = ''] = /is in (\S+\.md)/.exec(bug.stderr) ?? []
    const report = readFileSync(path, 'utf8')
    for (const part of ['espalier list --json', process.version, 'TypeError: on purpose', '    at '])
      expect(report).toContain(part)
  })
})

describe('check', () => {
  test('a good file says nothing, a bad one everything, and one missing file does not hide another', async () => {
    expect(await run('check p.prune')).toEqual({ status: 0, stdout: '', stderr: '' })
    writeFileSync(join(cwd, 'bad.prune'), 'policy bad { entry e(W: f32[a]) { return m: keep 1 of b by W } }\n')
    const { status, stdout, stderr } = await run('check missing.prune bad.prune p.prune')
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('[ESP5101]')
    expect(stderr).toContain('bad.prune:1:')
  })

  test('from stdin, as JSON', async () => {
    const { status, stdout, stderr } = await run('check - --json', {
      input: 'policy p { entry e(W: f32[a]) { return m: keep 1 of b by W } }',
    })
    expect([status, stderr]).toEqual([1, ''])
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; span: { source: string; line: number } }[] }
    expect(diagnostics[0]).toMatchObject({ severity: 'error', span: { source: '<stdin>', line: 1 } })
  })

  test('ten separate mistakes are ten diagnostics', async () => {
    const entries = Array.from({ length: 10 }, (_, i) => `  entry e${i}(W: f32[a]) { return m: W * missing${i} }\n`)
    writeFileSync(join(cwd, 'ten.prune'), `policy ten {\n${entries.join('')}}\n`)
    const { status, stderr } = await run('check ten.prune')
    expect(status).toBe(1)
    for (let i = 0; i < 10; i++) expect(stderr).toContain(`missing${i}`)
    expect(stderr).toContain('\n10 errors')
  })

  test('random bytes, an empty file, deep nesting: a diagnostic, at once', async () => {
    writeFileSync(
      join(cwd, 'random.prune'),
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
    )
    writeFileSync(
      join(cwd, 'deep.prune'),
      `policy d { entry e(W: f32[a]) { return m: ${'('.repeat(5000)}W${')'.repeat(5000)} } }`,
    )
    for (const name of ['random', 'deep']) {
      const { status, stderr } = await run(`check ${name}.prune`, { killAfter: 20_000 })
      expect(status).toBe(1)
      expect(stderr).toMatch(/^error\[ESP/)
    }
  })
})

describe('run', () => {
  test('both targets write the same file; nothing is on stderr', async () => {
    for (const target of ['wasm', 'reference']) {
      const { status, stderr } = await run(
        `run p.prune --entry prune --in W=w.npy --set r=25% --target ${target} --out ${target}.safetensors`,
      )
      expect([status, stderr]).toEqual([0, ''])
    }
    expect(readFileSync(join(cwd, 'wasm.safetensors'))).toEqual(readFileSync(join(cwd, 'reference.safetensors')))
    const mask = tensorOf('wasm.safetensors', 'mask')
    expect(mask).toMatchObject({ dtype: 'bool', shape: [4, 8] })
    expect([...mask.data].filter((bit) => bit !== 0).length).toBe(8)
  })

  test('the summary as JSON', async () => {
    const { stdout } = await run('run p.prune --entry prune --in w.safetensors --json')
    expect(JSON.parse(stdout)).toMatchObject({
      policy: 'p',
      entry: 'prune',
      target: 'wasm',
      inputs: [{ name: 'W', dtype: 'f32', shape: [4, 8], bytes: 128 }],
      outputs: [
        { name: 'mask', kept: 16, density: 0.5, bytes: 32 },
        { name: 'W', format: 'bitmap(64) over in', kept: 16, bytes: 96 },
      ],
    })
  })

  test('`float` takes the dtype of the data; extra leading axes are mapped over; slices', async () => {
    const whole = await run('run p.prune --entry prune --in W=k.npy --json')
    expect(JSON.parse(whole.stdout)).toMatchObject({ outputs: [{ shape: [2, 4, 8] }, { dtype: 'f16' }] })
    const slice = await run('run p.prune --entry prune --in W=k.npy[1] --out slice.npz')
    expect(slice.status).toBe(0)
    expect(tensorOf('slice.npz', 'mask').shape).toEqual([4, 8])
  })

  test('a packed result is an input again', async () => {
    const text = 'policy u { entry open(W: bitmap(64) float[out, in]) { return dense: unpack W } }\n'
    writeFileSync(join(cwd, 'u.prune'), text)
    expect((await run('run p.prune --entry prune --in w.safetensors --out packed.safetensors')).status).toBe(0)
    for (const target of ['wasm', 'reference']) {
      const { status, stderr } = await run(`run u.prune --in packed.safetensors --target ${target} --out dense-${target}.npy`)
      expect([status, stderr]).toEqual([0, ''])
      const mask = tensorOf('packed.safetensors', 'mask').data
      expect([...tensorOf(`dense-${target}.npy`, `dense-${target}`).data]).toEqual(
        [...w.data].map((value, i) => (mask[i] === 0 ? 0 : value)),
      )
    }
  })

  test('state goes out and in', async () => {
    for (const target of ['wasm', 'reference']) {
      const first = await run(`run p.prune --entry observe --in X=w.npy --target ${target} --state-out s.safetensors`)
      expect([first.status, first.stderr]).toEqual([0, ''])
      expect(
        (
          await run(
            `run p.prune --entry observe --in X=w.npy --target ${target} --state-in s.safetensors --state-out s.safetensors`,
          )
        ).status,
      ).toBe(0)
      expect([...tensorOf('s.safetensors', 'seen').data]).toEqual([2])
      expect(tensorOf('s.safetensors', 'total').shape).toEqual([8])
    }
  })

  test.each([
    ['two extents for one axis', 'run p.prune --entry both --in A=w.npy B=odd.npy', 'ESP4301'],
    ['a ratio of 120 %', 'run p.prune --entry prune --in W=w.npy --set r=120%', 'ESP4107'],
    ['an unknown parameter', 'run p.prune --entry prune --in W=w.npy --set q=1', 'ESP4104'],
    ['the wrong dtype', 'run p.prune --entry observe --in X=stack16.npy', 'ESP4201'],
    ['too few axes', 'run p.prune --entry prune --in W=row.npy', 'ESP4205'],
    ['too many bytes', 'run p.prune --entry prune --in W=enormous.npy', 'ESP5106'],
    ['a truncated file', 'run p.prune --entry prune --in W=truncated.npy', 'ESP5202'],
    ['a lying file', 'run p.prune --entry prune --in lying.safetensors', 'ESP5204'],
    ['a folder', 'run p.prune --entry prune --in W=.', 'ESP5102'],
  ])('%s: the same refusal on both targets, and nothing written', async (_, line, code) => {
    writeTensors(join(cwd, 'odd.npy'), new Map([['x', tensor('f32', [4, 6])]]))
    writeTensors(join(cwd, 'row.npy'), new Map([['x', tensor('f32', [8])]]))
    writeTensors(join(cwd, 'stack16.npy'), new Map([['x', tensor('f16', [4, 8])]]))
    for (const target of ['wasm', 'reference']) {
      const { status, stdout, stderr } = await run(`${line} --target ${target} --out refused.safetensors`)
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toContain(`[${code}]`)
    }
    expect(readdirSync(cwd).filter((name) => name.startsWith('refused'))).toEqual([])
  })

  test('NaN scores rank last, zero-length axes give zero-length results', async () => {
    const nan = { dtype: 'f32' as const, shape: [1, 4], data: Float32Array.of(NaN, 1, -2, NaN) }
    writeTensors(join(cwd, 'nan.npy'), new Map([['x', nan]]))
    writeTensors(join(cwd, 'empty.npy'), new Map([['x', { dtype: 'f32' as const, shape: [0, 8], data: new Float32Array(0) }]]))
    for (const target of ['wasm', 'reference']) {
      await run(`run p.prune --entry prune --in W=nan.npy --target ${target} --out n.npz`)
      expect([...tensorOf('n.npz', 'mask').data]).toEqual([0, 1, 1, 0])
      const { status } = await run(`run p.prune --entry prune --in W=empty.npy --target ${target} --out e.npz`)
      expect(status).toBe(0)
      expect(tensorOf('e.npz', 'mask').shape).toEqual([0, 8])
    }
  })
})

describe('build', () => {
  test('kernels, manifest, shim and types; the same bytes again', async () => {
    const first = await run('build p.prune --target wasm --out built --listing')
    expect([first.status, first.stderr]).toEqual([0, ''])
    const names = readdirSync(join(cwd, 'built')).sort()
    expect(names).toEqual([
      'espalier-runtime.d.ts',
      'espalier-runtime.js',
      'p.wasm',
      'p.wasm.d.ts',
      'p.wasm.js',
      'p.wasm.manifest.json',
      'p.wasm.ts',
      'p.wat',
    ])
    const { artifact } = JSON.parse(readFileSync(join(cwd, 'built/p.wasm.manifest.json'), 'utf8')) as { artifact: string }
    expect(artifact).toBe('p.wasm')
    await run('build p.prune --target wasm --out again --listing --no-cache')
    for (const name of names) expect(readFileSync(join(cwd, 'again', name))).toEqual(readFileSync(join(cwd, 'built', name)))
  })

  test('the built module runs on its own', async () => {
    await run('build p.prune --target wasm --out alone')
    const shim = (await import(join(cwd, 'alone/p.wasm.js'))) as {
      load(): Promise<{ prune(inputs: object, params?: object): { mask: { data: Uint8Array } } }>
    }
    const policy = await shim.load()
    const { mask } = policy.prune({ W: { data: Float32Array.of(1, -5, 2, 7), shape: [1, 4] } }, { r: 0.5 })
    expect([...mask.data]).toEqual([0, 1, 0, 1])
  })

  test('errors write nothing; a folder that cannot be made is said', async () => {
    expect(await run('build bad.prune --target wasm --out nothing')).toMatchObject({ status: 1 })
    expect(existsSync(join(cwd, 'nothing'))).toBe(false)
    const { status, stderr } = await run('build p.prune --target wasm --out w.npy/out')
    expect(status).toBe(1)
    expect(stderr).toContain('[ESP5104]')
    expect((await run('build p.prune --target metal --out nothing')).status).toBe(3)
    expect((await run('build p.prune --out nothing')).status).toBe(2)
  })
})

describe('the rest', () => {
  test('test: passes and failures, by target, with the place', async () => {
    expect(await run('test p.prune')).toEqual({
      status: 0,
      stdout: 'ok     p.prune: half of four (reference)\nok     p.prune: half of four (wasm)\n2 passed, 0 failed\n',
      stderr: '',
    })
    writeFileSync(join(cwd, 'wrong.prune'), POLICY.replace('[[0, 1, 0, 1]]', '[[1, 1, 0, 0]]'))
    const { status, stdout } = await run('test wrong.prune --target reference')
    expect(status).toBe(1)
    expect(stdout).toContain('wrong.prune:18:')
    expect(stdout).toContain('`mask` is [0, 1, 0, 1], not [1, 1, 0, 0] (element 0)')
    expect(stdout).toContain('0 passed, 1 failed')
  })

  test('test: a refusal that is expected, another one, and none', async () => {
    const policy = 'policy t(k: count = 1) { entry e(W: f32[a]) { return m: keep k of a by W } }\n'
    const block = (title: string, k: string, code: string) => `test "${title}" { e(W = [1, 2], k = ${k}) expect error ${code} }\n`
    writeFileSync(
      join(cwd, 't.prune'),
      policy + block('right', '-1', 'ESP4108') + block('other', '-1', 'ESP4107') + block('none', '1', 'ESP4108'),
    )
    const { status, stdout } = await run('test t.prune')
    expect(status).toBe(1)
    expect(stdout).toContain('2 passed, 4 failed')
    expect(stdout).toContain('expected ESP4107, got ESP4108')
    expect(stdout).toContain('expected ESP4108, and nothing was refused')
  })

  test('list, doctor and explain', async () => {
    const policies = JSON.parse((await run('list --json')).stdout) as { name: string; entries: { name: string }[] }[]
    expect(policies.find(({ name }) => name === 'wanda')?.entries.map(({ name }) => name)).toContain('prune')
    expect((await run('list')).stdout).toContain('std:magnitude')
    const doctor = await run('doctor --json')
    expect(doctor.status).toBe(0)
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      node: process.version,
      targets: [{ name: 'reference' }, { name: 'wasm', unavailable: null }],
      gpu: { webgpu: expect.any(Object), cuda: expect.any(Object), nvcc: expect.any(Object) },
    })
    expect((await run('explain esp5310')).stdout).toContain('# ESP5310')
  })

  test('explain accounts for bytes, as text and as data', async () => {
    const text = await run('explain p.prune --entry prune --sizes out=64,in=128')
    expect(text).toMatchObject({ status: 0, stderr: '' })
    expect(text.stdout).toMatch(/^p\.prune: 1 kernel\n\n {2}prune_0: keep \+ pack of W over \(out\); lines 12, 13\n/)
    expect(text.stdout).toMatch(/^ {4}reads +W +f32 +32\.0 KiB$/m)
    expect(text.stdout).toMatch(/^ {2}moves 57\.0 KiB; the least possible is 57\.0 KiB, 1\.00 times that$/m)
    expect(text.stdout).toMatch(
      /^ {2}W +packed +keeps 64 of 128 along in \(50\.0% dropped\) +17\.0 KiB of 32\.0 KiB dense \(53\.1%\)$/m,
    )
    const formulas = await run('explain p.prune --entry observe')
    expect(formulas.stdout).toMatch(/^ {2}moves 4·token·in \+ 8·in \+ 8 bytes, the least possible$/m)
    const [data] = JSON.parse((await run('explain p.prune --entry prune --sizes out=64,in=128 --json')).stdout) as [unknown]
    expect(data).toMatchObject({
      entry: 'prune',
      variants: [
        {
          moved: { formula: expect.stringContaining('out·in'), value: 58368 },
          ratio: 1,
          outputs: [{ dropped: 0.5 }, { dropped: 0.5 }],
        },
      ],
    })
    expect((await run('explain p.prune --density W=2')).stderr).toContain('[ESP5006]')
  })

  test('new makes a policy whose test passes', async () => {
    mkdirSync(join(cwd, 'fresh'))
    const here = { cwd: join(cwd, 'fresh') }
    expect((await run('new my-policy', here)).status).toBe(0)
    expect((await run('check my-policy.prune', here)).stderr).toBe('')
    expect((await run('test my-policy.prune', here)).stdout).toContain('2 passed, 0 failed')
    expect((await run('new my-policy', here)).stderr).toContain('[ESP5107]')
  })

  test('dev prints a module, takes it back as text, and shows what a pass changed', async () => {
    const fused = await run('dev p.prune --stop-after=fuse')
    expect([fused.status, fused.stderr]).toEqual([0, ''])
    expect(fused.stdout).toContain('module p sparse')
    writeFileSync(join(cwd, 'p.pir'), (await run('dev p.prune --stop-after=inline')).stdout)
    expect((await run('dev p.pir --stop-after=fuse')).stdout).toBe(fused.stdout)
    expect((await run('dev p.prune --diff --stop-after=canonicalize')).stdout).toMatch(/^; inline\n/)
    const dumps = (await run('dev p.prune --dump-ir-after=all --verify=roundtrip')).stdout
    expect([...dumps.matchAll(/^; after (\S+)$/gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining(['inline', 'canonicalize', 'fuse', 'lower', 'vectorize']),
    )
    expect(await run('dev p.prune --roundtrip --stop-after=fuse')).toEqual(fused)
    writeFileSync(join(cwd, 'broken.pir'), 'module x policy {\n  entry\n')
    expect(await run('dev broken.pir')).toMatchObject({ status: 1, stdout: '' })
  })
  test('dev evaluates after every pass, and looks for a rewrite that changes the result', async () => {
    const evaluated = await run('dev p.prune --eval --sizes token=9,quad=3')
    expect(evaluated.status).toBe(0)
    expect(evaluated.stdout).toMatch(/^inline +the same$/m)
    expect(evaluated.stdout).toMatch(/^vectorize +the same, compiled$/m)
    expect(evaluated.stderr).toBe('12 evaluations to compare with\n')
    const right = await run('dev p.prune --bisect --set r=25%')
    expect(right).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^nothing is wrong with all \d+ optional rewrites made\n$/),
    })
    expect((await run('dev p.pir --eval --seed x')).stderr).toContain('[ESP5006]')
  })
})
