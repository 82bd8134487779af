/** Tests live under test/ alone; test/unit mirrors source paths. */
import { defineConfig } from 'vitest/config'
import { useSoftwareVulkan } from './test/support/vulkan-driver.ts'

useSoftwareVulkan()

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'threads',
    // Sources have no module-level state, so files may share loaded modules: a quarter of the time is importing them.
    isolate: false,
    maxWorkers: 2,
  },
})
