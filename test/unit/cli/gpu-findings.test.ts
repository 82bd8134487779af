/** What `doctor` says about GPUs: what is there, and one line where something is not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findCuda, findNvrtc, findWebgpu } from '../../../cli/gpu-findings.ts'
import { describeGpu } from '../../support/gpu.ts'
import { ensureBuilt, espalier } from './espalier.ts'

describeGpu('the adapter', () => {
  test('is named, with what decides which kernels fit', async () => {
    const found = await findWebgpu()
    expect(found).toMatchObject({ adapter: expect.stringMatching(/./), vendor: expect.stringMatching(/./) })
    if ('missing' in found) return
    expect(found.limits['maxStorageBufferBindingSize']).toBeGreaterThanOrEqual(2 ** 27)
  })
})

test('a driver that is not there is a line', async () => {
  expect(await findCuda(['libnothing.so'])).toEqual({ missing: expect.stringContaining('libnothing.so') })
  expect(await findNvrtc(['libnothing.so'])).toEqual({ missing: expect.stringContaining('libnothing.so') })
})

test('a library that is no driver is a line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-driver-'))
  const path = join(folder, 'libcuda.so.1')
  writeFileSync(path, 'not a library')
  expect(await findCuda([path])).toEqual({ missing: expect.stringContaining(path) })
  rmSync(folder, { recursive: true, force: true })
})

test('no Vulkan driver is a line of a command that goes on', async () => {
  ensureBuilt()
  const env = { VK_DRIVER_FILES: '/nothing.json', VK_ICD_FILENAMES: '/nothing.json', PATH: '/nothing' }
  const { status, stdout } = await espalier(['doctor'], { env })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^webgpu +none: no adapter; install a Vulkan driver/m)
  expect(stdout).toMatch(/^nvcc +none: not on PATH/m)
  expect(stdout).toMatch(/^nvrtc +(none: .*toolkit|\d)/m)
})
