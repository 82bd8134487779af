/** Settles which keys of a row are the best: small teams by bit slices, others by a number that so many keys reach. */
export const best = /* cuda */ `
// The number from which on keys are the best; \`low\` and \`high\` are the least and the greatest key of a thread. Where keys alone do not
// say it, they are written anew.
template <int C, int V, int T>
__device__ __forceinline__ int least_of_best(Team<T> &team, Row<C, V> &keys, int n, int k, int low, int high, bool all_equal) {
  combine(team, by<Min>(low), by<Max>(high));
  const Threshold found = find_threshold(team, keys, n, k, low, high);
  if (k > 0 && (found.at_least == k || all_equal)) return found.key;
  // For none, no key exceeds the number.
  int above = 0;
  spread<C, V>(team, 0, n, true, [&](auto chunk) { chunk.each([&](At at) { above += int(keys[at]) > found.key; }); });
  combine(team, by<Sum>(above));
  const auto ties = [&](auto chunk) {
    u32 holds = 0;
    chunk.each([&](At at) { holds |= u32(int(keys[at]) == found.key) << at.e; });
    return holds;
  };
  tally<C, V>(team, 0, n, true, ties, [&](auto chunk, u32 holds, int before) {
    chunk.each([&](At at) {
      const bool is_first = (holds >> at.e & 1u) && above + before + __popc(holds & ((1u << at.e) - 1u)) < k;
      keys[at] = is_first || int(keys[at]) > found.key ? 0x7fffffffu : 0x80000000u;
    });
  });
  return 2147483647;
}

// \`all_equal\`: of equal keys all are kept as soon as one is.
template <int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, Keys<T, C, V, false> &keys, int n, int k, bool all_equal) {
  if constexpr (C == 0)
    spread<C, V>(team, 0, n, true, [&](auto chunk) { chunk.each([&](At at) { keys.meet(int(keys.row()[at])); }); });
  keys.least = least_of_best(team, keys.row(), n, k, keys.low, keys.high, all_equal);
}

template <int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, Keys<T, C, V, true> &keys, int n, int k, bool all_equal) {
  keys.best = choose_words<C, V>(team, keys.words, n, k, all_equal);
}

template <class Order, class Format, int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, HalfKeys<Order, Format, T, C, V, true> &keys, int n, int k, bool all_equal) {
  keys.best = choose_halves<Order, Format, C, V>(team, keys.words, n, k, all_equal);
}

// Bit i % 32 of word i / 32 says whether key i is one of the best, for i in 0..n; zeros follow up to a multiple of \`width\` bits.
template <int C, int V, int T, class K>
__device__ __forceinline__ void store_best(const Team<T> &team, u32 *words, int n, int width, K &keys) {
  if constexpr (C > 0 && T <= 32) store_row_bits<C, V>(team, words, n, width, keys.best);
  else store_bits<C, V>(team, words, n, width, true, [&](auto chunk) { return keys.best_of(chunk); });
}
`
