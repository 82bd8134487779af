/**
 * How `use` finds files, without touching a file system: library sources are a map from `std:NAME` to text, given by
 * whoever embeds the compiler; relative paths are resolved against the file that names them and read through a function.
 */
export interface LoadedSource {
  readonly name: string
  readonly text: string
}

/** `path` is `std:NAME` or the text after `use`; `from` the name of the using source. Null when there is no such file. */
export type Load = (path: string, from: string) => LoadedSource | null

const PREFIX = 'std:'

export function createLoader(library: ReadonlyMap<string, string>, read: (name: string) => string | null = () => null): Load {
  return (path, from) => {
    const name = path.startsWith(PREFIX) ? path : resolvePath(path, from)
    const text = name.startsWith(PREFIX) ? (library.get(name) ?? null) : read(name)
    return text === null ? null : { name, text }
  }
}

/** `./b.prune` from `policies/a.prune` is `policies/b.prune`; from `std:a` it is `std:b`. Absolute paths stay. */
export function resolvePath(path: string, from: string): string {
  const forward = path.replaceAll('\\', '/')
  if (forward.startsWith('/')) return forward
  if (from.startsWith(PREFIX)) return PREFIX + forward.replace(/^\.\//, '').replace(/\.prune$/, '')
  const folders = from.replaceAll('\\', '/').split('/').slice(0, -1)
  for (const part of forward.split('/')) {
    if (part === '..' && folders.length > 0 && folders.at(-1) !== '..') folders.pop()
    else if (part !== '.') folders.push(part)
  }
  return folders.join('/')
}
