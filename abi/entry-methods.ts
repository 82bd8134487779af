/**
 * The methods of an instance: those that every one has, and one for each entry. The shim generator writes them, and what wraps an
 * instance finds them again by the same rule.
 */

/** Members that every instance has; `then` would make it a promise. An entry of such a name gets an underscore. */
const TAKEN: readonly string[] = [
  ...['name', 'manifest', 'memory', 'call', 'set', 'tensor', 'state', 'readState', 'reset', 'save', 'restore', 'release'],
  ...['device', 'trim'],
  ...[
    'then',
    'constructor',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'isPrototypeOf',
    'propertyIsEnumerable',
    'toLocaleString',
  ],
]

/** The name of the method of each entry, in order; unique. */
export function entryMethods(entries: readonly { readonly name: string }[]): readonly string[] {
  const used = new Set(TAKEN)
  return entries.map(({ name }) => {
    let method = name
    while (used.has(method)) method += '_'
    used.add(method)
    return method
  })
}
