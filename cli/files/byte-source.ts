/**
 * Bytes that are read by position, so that one tensor of a large file costs that tensor alone. Reads outside the source
 * are a diagnostic (ESP5202), as are failures of the operating system (ESP5101 to ESP5103).
 */
import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nearMiss } from '../../abi/near-miss.ts'
import { refuse } from '../refusal.ts'
import { requireMemory } from './memory.ts'

export interface ByteSource {
  /** For messages: the path as given. */
  readonly name: string
  readonly size: number
  /** A fresh, zero-offset array of exactly `length` bytes. `what` is named when the source ends too early. */
  read(offset: number, length: number, what: string): Uint8Array
  close(): void
}

/** The largest single read that the operating system takes. */
const CHUNK = 2 ** 30

export function openFile(path: string): ByteSource {
  const fd = open(path)
  const stat = fstatSync(fd)
  if (!stat.isFile()) {
    closeSync(fd)
    if (stat.isDirectory()) refuse('ESP5102', { path })
    refuse('ESP5103', { path, reason: 'it is not a plain file' })
  }
  let isOpen = true
  return {
    name: path,
    size: stat.size,
    read(offset, length, what) {
      checkRange(path, stat.size, offset, length, what)
      requireMemory(`\`${path}\`: ${what}`, length)
      const bytes = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const count = readChunk(fd, path, bytes, done, Math.min(CHUNK, length - done), offset + done)
        if (count === 0) refuse('ESP5202', { path, what, needed: length, have: done })
        done += count
      }
      return bytes
    },
    close() {
      if (isOpen) closeSync(fd)
      isOpen = false
    },
  }
}

export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read(offset, length, what) {
      checkRange(name, bytes.byteLength, offset, length, what)
      return bytes.slice(offset, offset + length)
    },
    close() {},
  }
}

/** A part of another source, which stays open. */
export function windowSource(source: ByteSource, start: number, size: number): ByteSource {
  return {
    name: source.name,
    size,
    read(offset, length, what) {
      checkRange(source.name, size, offset, length, what)
      return source.read(start + offset, length, what)
    },
    close() {},
  }
}

function checkRange(path: string, size: number, offset: number, length: number, what: string): void {
  if (offset + length > size) refuse('ESP5202', { path, what, needed: length, have: Math.max(0, size - offset) })
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    return refuseToRead(path, error)
  }
}

function readChunk(fd: number, path: string, into: Uint8Array, at: number, length: number, position: number): number {
  try {
    return readSync(fd, into, at, length, position)
  } catch (error) {
    return refuseToRead(path, error)
  }
}

/** The diagnostic for a failed read; shared with the reading of texts. */
export function refuseToRead(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR') refuse('ESP5101', { path, suggestion: neighbour(path) })
  if (code === 'EISDIR') refuse('ESP5102', { path })
  refuse('ESP5103', { path, reason: reasonOf(error) })
}

/** What the operating system said, without its error code and system call. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'ENOENT':
      return 'the folder it lies in is not there and cannot be made'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space is left'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file stands where a folder is needed'
    case 'EISDIR':
      return 'a folder stands there'
    case 'ENAMETOOLONG':
      return 'the name is too long'
    case 'ELOOP':
      return 'symbolic links lead in a circle'
    default:
      return message ?? String(error)
  }
}

function neighbour(path: string): string | null {
  try {
    const folder = dirname(path)
    const near = nearMiss(basename(path), readdirSync(folder))
    return near === null ? null : folder === '.' ? near : join(folder, near)
  } catch {
    return null
  }
}
