/** The search of a team for the number that k of its keys reach. */
export const threshold = /* cuda */ `
// Words behind the end of a row in registers.
template <int C, int V, int T>
__device__ __forceinline__ void end_row(const Team<T> &team, Row<C, V> &keys, int n, u32 word) {
  if (n == C * T * V) return;
#pragma unroll
  for (int c = 0; c < C; ++c) {
    const int first = (c * T + team.thread) * V;
    if (first + V > n) {
#pragma unroll
      for (int e = 0; e < V; ++e)
        if (first + e >= n) keys[At{e, c * V + e, first + e}] = word;
    }
  }
}

// How many of the keys reach a probe above the lowest number.
template <int C, int V, int T>
__device__ __forceinline__ int count_reaching(Team<T> &team, Row<C, V> &keys, int n, int probe) {
  int count = 0;
  if constexpr (C > 0) {
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) count += int(keys[At{0, slot, 0}]) >= probe;
  } else {
    spread<C, V>(team, 0, n, true, [&](auto chunk) { chunk.each([&](At at) { count += int(keys[at]) >= probe; }); });
  }
  combine(team, by<Sum>(count));
  return count;
}

// Bit by bit, from the highest that is not the same in all keys. Each step is short: what counts where a warp has several rows.
template <int C, int V, int T>
__device__ __forceinline__ Threshold threshold_by_bits(Team<T> &team, Row<C, V> &keys, int n, int k, int low, int high) {
  const u32 differing = u32(low) ^ u32(high);
  u32 bit = differing == 0 ? 0 : 1u << (31 - __clz(differing));
  Threshold found{int(((u32(high) ^ 0x80000000u) & ~(bit * 2 - 1)) ^ 0x80000000u), n};
  if (differing == 0) found.key = high;
  for (; bit != 0; bit >>= 1) {
    const int probe = found.key ^ int(bit);
    const int count = count_reaching(team, keys, n, probe);
    if (count < k) continue;
    found = Threshold{probe, count};
    if (count == k) break;
  }
  return found;
}

// By false position: few steps, for teams that wait for each other in each and read the row from memory. The weight of an end that stays shrinks; after a while the
// range is halved instead.
template <int C, int V, int T>
__device__ __forceinline__ Threshold threshold_by_guesses(Team<T> &team, Row<C, V> &keys, int n, int k, int low, int high) {
  Threshold found{low, n};
  float over = float(n - k);
  float under = float(k);
  for (int turn = 0; found.key < high; ++turn) {
    const u32 span = u32(high) - u32(found.key);
    const u32 guess = __float2uint_rz(float(span) * __fdividef(over, over + under));
    const u32 step = turn < 24 ? max(1u, min(guess, span)) : (span >> 1) + 1u;
    const int probe = int(u32(found.key) + step);
    const int count = count_reaching(team, keys, n, probe);
    if (count >= k) {
      found = Threshold{probe, count};
      if (count == k) break;
      over = float(count - k);
      under *= 0.75f;
    } else {
      high = int(u32(probe) - 1u);
      under = float(k - count);
      over *= 0.75f;
    }
  }
  return found;
}

template <int C, int V, int T>
__device__ __forceinline__ Threshold find_threshold(Team<T> &team, Row<C, V> &keys, int n, int k, int low, int high) {
  // The lowest number reaches no threshold above it.
  end_row(team, keys, n, 0x80000000u);
  if constexpr (T <= 32) return threshold_by_bits(team, keys, n, k, low, high);
  else if constexpr (C > 0) return threshold_of_row(team, Integers<C, V>{{}, keys}, n, k, low, high, true);
  else return threshold_by_guesses(team, keys, n, k, low, high);
}
`
