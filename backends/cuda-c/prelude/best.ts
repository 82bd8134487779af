/** Settles which keys of a row are the best: small teams by bit slices, others by a number that so many keys reach. */
export const best = /* cuda */ `
// Of some keys of a row the first so many.
template <int C, int V, int T>
__device__ __forceinline__ u32 first_of(Team<T> &team, u32 slots, int wanted) {
  u32 first = 0;
#pragma unroll
  for (int c = 0; c < C; ++c) {
    const u32 own = slots >> c * V & ((1u << V) - 1u);
    int total;
    const int before = count_before(team, __popc(own), total);
#pragma unroll
    for (int e = 0; e < V; ++e)
      if ((own >> e & 1u) && before + __popc(own & ((1u << e) - 1u)) < wanted) first |= 1u << (c * V + e);
    wanted -= total;
  }
  return first;
}

// In registers of a team that is not small.
template <int C, int V, int T>
__device__ __forceinline__ u32 choose_by_threshold(Team<T> &team, Row<C, V> &keys, int n, int k, bool all_equal) {
  const u32 valid = valid_slots<C, V>(team, n);
  const bool is_whole = n == C * T * V;
  int low = 2147483647, high = int(0x80000000u);
#pragma unroll
  for (int slot = 0; slot < C * V; ++slot)
    if (is_whole || (valid >> slot & 1u)) {
      low = min(low, int(keys.words[slot]));
      high = max(high, int(keys.words[slot]));
    }
  combine(team, by<Min>(low), by<Max>(high));
  const Threshold found = find_threshold(team, keys, n, k, low, high);
  u32 reaching = 0;
#pragma unroll
  for (int slot = 0; slot < C * V; ++slot) reaching |= u32(int(keys.words[slot]) >= found.key) << slot;
  reaching &= valid;
  if (found.at_least == k || all_equal) return reaching;
  u32 above = 0;
#pragma unroll
  for (int slot = 0; slot < C * V; ++slot) above |= u32(int(keys.words[slot]) > found.key) << slot;
  above &= valid;
  int count = __popc(above);
  combine(team, by<Sum>(count));
  return above | first_of<C, V>(team, reaching & ~above, k - count);
}

// In memory: where keys alone do not say it, they are written anew.
template <int V, int T>
__device__ __forceinline__ int least_of_best(Team<T> &team, Row<0, V> &keys, int n, int k, bool all_equal) {
  int low = 2147483647, high = int(0x80000000u);
  spread<0, V>(team, 0, n, true, [&](auto chunk) {
    chunk.each([&](At at) {
      low = min(low, int(keys[at]));
      high = max(high, int(keys[at]));
    });
  });
  combine(team, by<Min>(low), by<Max>(high));
  const Threshold found = find_threshold(team, keys, n, k, low, high);
  if (found.at_least == k || all_equal) return found.key;
  int above = 0;
  spread<0, V>(team, 0, n, true, [&](auto chunk) { chunk.each([&](At at) { above += int(keys[at]) > found.key; }); });
  combine(team, by<Sum>(above));
  const auto ties = [&](auto chunk) {
    u32 holds = 0;
    chunk.each([&](At at) { holds |= u32(int(keys[at]) == found.key) << at.e; });
    return holds;
  };
  tally<0, V>(team, 0, n, true, ties, [&](auto chunk, u32 holds, int before) {
    chunk.each([&](At at) {
      const bool is_first = (holds >> at.e & 1u) && above + before + __popc(holds & ((1u << at.e) - 1u)) < k;
      keys[at] = is_first || int(keys[at]) > found.key ? 0x7fffffffu : 0x80000000u;
    });
  });
  return 2147483647;
}

// \`all_equal\`: of equal keys all are kept as soon as one is.
template <int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, Keys<T, C, V> &keys, int n, int k, bool all_equal) {
  if constexpr (C == 0) {
    keys.none = k <= 0;
    if (k > 0) keys.least = least_of_best(team, keys, n, k, all_equal);
  } else if constexpr (T <= 32) {
    keys.best = choose_words<C, V>(team, keys.words, n, k, all_equal);
  } else {
    keys.best = k > 0 ? choose_by_threshold(team, keys, n, k, all_equal) : 0u;
  }
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
