/** What is at a path, without exceptions: null for nothing, and for paths that cannot be looked at. */
import { statSync } from 'node:fs'

export function fileKind(path: string): 'file' | 'folder' | 'other' | null {
  try {
    const stat = statSync(path)
    return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
  } catch {
    return null
  }
}
