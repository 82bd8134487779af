/**
 * The software driver that WebGPU tests use where no other is set up: SwiftShader, as Debian's `chromium` carries it. The
 * Vulkan loader reads the environment of the process, of which a worker thread has a mere copy, so `vitest.config.ts` calls
 * this before there are any.
 */
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

const FOLDERS = [
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
  join(homedir(), '.local/share/vulkan/icd.d'),
]

/** Points the loader at SwiftShader, unless a variable or a file in the usual folders names a driver, or there is none. */
export function useSoftwareVulkan(env: NodeJS.ProcessEnv = process.env, folders: readonly string[] = FOLDERS): void {
  const configured =
    env['VK_DRIVER_FILES'] !== undefined || env['VK_ICD_FILENAMES'] !== undefined || folders.some((folder) => namesDriver(folder))
  if (!configured && existsSync(SWIFTSHADER)) env['VK_ICD_FILENAMES'] = SWIFTSHADER
}

const namesDriver = (folder: string): boolean => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json'))
