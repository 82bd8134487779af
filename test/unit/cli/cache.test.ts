/** The cache of builds: whole entries or none, whatever happens to the processes that write them. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cacheFolder, cacheKey, readCache, writeCache } from '../../../cli/cache.ts'
import { ensureBuilt, espalier, temporaryFolder } from './espalier.ts'

const folder = temporaryFolder()
beforeAll(ensureBuilt)
afterAll(() => folder.remove())

const bytes = (text: string) => new TextEncoder().encode(text)
const files = new Map([
  ['a.txt', bytes('one')],
  ['b.txt', bytes('two')],
])

describe('entries', () => {
  const cache = join(folder.path, 'entries-test')
  const key = cacheKey(['x', 1])

  test('what was written is read', () => {
    expect(readCache(cache, key)).toBeNull()
    expect(writeCache(cache, key, files)).toBe(true)
    expect([...readCache(cache, key)!].map(([name, content]) => [name, new TextDecoder().decode(content)])).toEqual([['a.txt', 'one'], ['b.txt', 'two']]) // prettier-ignore
    expect(readdirSync(join(cache, 'aside'))).toEqual([])
  })

  test('the second of two writers changes nothing', () => {
    expect(writeCache(cache, key, new Map([['a.txt', bytes('other')]]))).toBe(true)
    expect(new TextDecoder().decode(readCache(cache, key)!.get('a.txt'))).toBe('one')
  })

  test.each([
    ['a changed file', (entry: string) => writeFileSync(join(entry, 'b.txt'), 'tw0')],
    ['a missing file', (entry: string) => rmSync(join(entry, 'b.txt'))],
    ['no meta', (entry: string) => rmSync(join(entry, 'meta.json'))],
    ['half a meta', (entry: string) => writeFileSync(join(entry, 'meta.json'), '{"files":[["a.')],
    ['a meta that points elsewhere', (entry: string) => writeFileSync(join(entry, 'meta.json'), '{"files":[["../../x","0"]]}')],
  ])('%s: the entry is removed and can be written again', (_, damage) => {
    damage(join(cache, 'entries', key))
    expect(readCache(cache, key)).toBeNull()
    expect(existsSync(join(cache, 'entries', key))).toBe(false)
    expect(writeCache(cache, key, files)).toBe(true)
    expect(readCache(cache, key)).not.toBeNull()
  })

  test('a folder that cannot be written is no problem', () => {
    writeFileSync(join(folder.path, 'file'), '')
    expect(writeCache(join(folder.path, 'file', 'cache'), key, files)).toBe(false)
    expect(readCache(join(folder.path, 'file', 'cache'), key)).toBeNull()
  })

  test('what dead processes left aside is removed after an hour, the least used entries beyond the limit at once', () => {
    const old = join(cache, 'aside', 'dead')
    mkdirSync(old)
    utimesSync(old, 1, 1)
    mkdirSync(join(cache, 'aside', 'alive'))
    for (let i = 0; i < 256; i++) writeCache(cache, cacheKey(['fill', i]), files)
    expect(readdirSync(join(cache, 'aside'))).toEqual(['alive'])
    expect(readdirSync(join(cache, 'entries')).length).toBe(256)
  })
})

test('keys differ whenever their parts do', () => {
  const keys = [['a', 'b'], ['ab'], ['a', ['b']], ['a', 'b', null]].map(cacheKey)
  expect(new Set(keys).size).toBe(keys.length)
  expect(cacheKey([1, 'x'])).toBe(cacheKey([1, 'x']))
})

test('where it is', () => {
  expect(cacheFolder({ ESPALIER_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c')
  expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'espalier'))
  expect(cacheFolder({ ESPALIER_CACHE: '' })).toMatch(/\.cache[/\\]espalier$/)
})

const POLICY = 'policy p(r: ratio = 50%) { entry e(W: f32[row, col]) { return mask: keep r of col by abs(W) } }\n'

describe('processes', () => {
  const cwd = join(folder.path, 'work')
  const env = { ESPALIER_CACHE: join(folder.path, 'shared') }
  const build = (out: string, more: readonly string[] = []) =>
    espalier(['build', 'p.prune', '--target', 'wasm', '--out', out, ...more], { cwd, env })
  const built = (out: string) =>
    Object.fromEntries(readdirSync(join(cwd, out)).map((name) => [name, readFileSync(join(cwd, out, name), 'base64')]))

  beforeAll(() => {
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'p.prune'), POLICY)
  })

  test('builds that are killed at any moment leave nothing that a later one stumbles over', async () => {
    const kills = Array.from({ length: 12 }, (_, i) =>
      espalier(['build', 'p.prune', '--target', 'wasm', '--out', `killed${i % 3}`], { cwd, env, killAfter: 60 + i * 90 }),
    )
    await Promise.all(kills)
    expect((await build('first', ['--no-cache'])).status).toBe(0)
    expect((await build('second')).status).toBe(0)
    expect(built('second')).toEqual(built('first'))
    for (let i = 0; i < 3; i++) {
      const left = existsSync(join(cwd, `killed${i}`)) ? built(`killed${i}`) : {}
      for (const [name, content] of Object.entries(left))
        if (!name.endsWith('.partial')) expect(content).toBe(built('first')[name])
    }
  })

  test('concurrent builds all succeed and agree, on an empty cache and on a full one', async () => {
    rmSync(env.ESPALIER_CACHE, { recursive: true, force: true })
    for (const round of ['empty', 'full']) {
      const outcomes = await Promise.all([0, 1, 2, 3].map((i) => build(`${round}${i}`)))
      expect(outcomes.map(({ status, stderr }) => [status, stderr])).toEqual(outcomes.map(() => [0, '']))
      for (let i = 1; i < 4; i++) expect(built(`${round}${i}`)).toEqual(built(`${round}0`))
    }
    expect(built('full0')).toEqual(built('empty0'))
  })

  test('an edit is seen, in the file and in one that it uses', async () => {
    const text = 'use "./score.prune"\npolicy q { entry e(W: f32[row, col]) { return mask: keep 1 of col by score(W) } }\n'
    writeFileSync(join(cwd, 'q.prune'), text)
    const outputs: string[] = []
    for (const score of ['abs(x)', 'x * x', 'abs(x)']) {
      writeFileSync(join(cwd, 'score.prune'), `fn score(x) = ${score}\n`)
      const { status, stderr } = await espalier(['build', 'q.prune', '--target', 'wasm', '--out', 'q'], { cwd, env })
      expect([status, stderr]).toEqual([0, ''])
      outputs.push(built('q')['q.wasm']!)
    }
    expect(outputs[1]).not.toBe(outputs[0])
    expect(outputs[2]).toBe(outputs[0])
  })

  test('warnings are shown again when the result comes from the cache', async () => {
    writeFileSync(join(cwd, 'w.prune'), 'policy w { entry e(W: f32[row, col]) { return mask: keep 100% of col by abs(W) } }\n')
    const first = await espalier(['build', 'w.prune', '--target', 'wasm', '--out', 'w'], { cwd, env })
    const second = await espalier(['build', 'w.prune', '--target', 'wasm', '--out', 'w'], { cwd, env })
    expect(first.stderr).toMatch(/warning\[ESP2/)
    expect(second).toEqual(first)
  })
})
