/** Writing that leaves either the complete file or nothing: aside, then renamed. Failures are ESP5104. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { refuse } from '../refusal.ts'
import { reasonOf } from './byte-source.ts'
import { fileKind } from './file-kind.ts'

/** Makes a folder and those it lies in; refused (ESP5104) when that is not possible. */
export function makeFolder(path: string): void {
  try {
    makeFolders(path)
  } catch (error) {
    refuse('ESP5104', { path, reason: reasonOf(error) })
  }
}

/** Folder by folder: the recursive mode of mkdir never returns where a file system denies that its own folder exists (/proc). */
export function makeFolders(path: string): void {
  const missing: string[] = []
  for (let folder = resolve(path); !existsSync(folder) && dirname(folder) !== folder; folder = dirname(folder))
    missing.push(folder)
  for (const folder of missing.reverse()) makeOne(folder)
  if (fileKind(path) !== 'folder') throw Object.assign(new Error('it is not a folder'), { code: 'ENOTDIR' })
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** Writes `parts` one after the other; makes the folder; returns `path`. */
export function writeAside(path: string, parts: readonly (Uint8Array | string)[]): string {
  return commit([stage(path, parts)])[0]!
}

/** Writes several files so that none is replaced before all are written. Renames in the order given. */
export function writeAllAside(files: ReadonlyMap<string, readonly (Uint8Array | string)[]>): readonly string[] {
  const staged: Staged[] = []
  try {
    for (const [path, parts] of files) staged.push(stage(path, parts))
  } catch (error) {
    discard(staged)
    throw error
  }
  return commit(staged)
}

interface Staged {
  readonly path: string
  readonly aside: string
}

function stage(path: string, parts: readonly (Uint8Array | string)[]): Staged {
  const folder = dirname(path)
  makeFolder(folder)
  // The process id keeps concurrent writers of the same file apart; the last rename wins, whole.
  const aside = `${path}.${process.pid}.partial`
  try {
    const fd = openSync(aside, 'w')
    try {
      for (const part of parts) writeWhole(fd, typeof part === 'string' ? new TextEncoder().encode(part) : part)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    discard([{ path, aside }])
    refuse('ESP5104', { path, reason: reasonOf(error) })
  }
  return { path, aside }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  let done = 0
  while (done < bytes.length) done += writeSync(fd, bytes, done, Math.min(bytes.length - done, 2 ** 30))
}

function commit(staged: readonly Staged[]): string[] {
  const written: string[] = []
  for (const { path, aside } of staged) {
    try {
      renameSync(aside, path)
    } catch (error) {
      discard(staged)
      refuse('ESP5104', { path, reason: reasonOf(error) })
    }
    written.push(path)
  }
  return written
}

function discard(staged: readonly Staged[]): void {
  for (const { aside } of staged) rmSync(aside, { force: true })
}
