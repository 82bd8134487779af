/** Names in C: identifiers that no keyword or macro takes, and the functions of a policy. */
import type { EntrySpec, VariantSpec } from '../../../abi/manifest.ts'

/** Keywords of C99 and C++20 that a name of a policy can be, and macros of compilers. */
const TAKEN = new Set(
  (
    'alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class co_await ' +
    'co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do double ' +
    'dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept ' +
    'not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict return short ' +
    'signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef typeid ' +
    'typename union unsigned using virtual void volatile wchar_t while xor xor_eq linux unix i386 NULL errno signbit'
  ).split(' '),
)

export const cIdentifier = (name: string): string => {
  const word = name.replace(/[^A-Za-z0-9_]/g, '_')
  return TAKEN.has(word) || !/^[A-Za-z]/.test(word) || word.startsWith('es_') ? `${word}_` : word
}

/** The same name always gets the same identifier, different ones different ones. */
export class CScope {
  private readonly used = new Map<string, string>()

  name(name: string): string {
    const known = this.used.get(name)
    if (known !== undefined) return known
    let word = cIdentifier(name)
    const taken = new Set(this.used.values())
    while (taken.has(word)) word += '_'
    this.used.set(name, word)
    return word
  }
}

/** `mustafar_compress_exact_f16`: the policy, the entry, the alternatives in force and the dtypes of inputs, each once. */
export function functionName(policy: string, entry: EntrySpec, variant: VariantSpec): string {
  const choices = Object.values(variant.choices)
  const dtypes = [...new Set(Object.values(variant.dtypes))]
  return [policy, entry.name, ...choices, ...dtypes].map((word) => word.replace(/[^A-Za-z0-9_]/g, '_')).join('_')
}
