/** Settles which keys of a row are the best: small teams by bit slices, others by a number that so many keys reach. */
export const best = /* cuda */ `
// The number from which on keys in memory are the best. Where keys alone do not say it, they are written anew.
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
  if (k > 0 && (found.at_least == k || all_equal)) return found.key;
  // For none, no key exceeds the number.
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
    keys.least = least_of_best<V>(team, keys, n, k, all_equal);
  } else if constexpr (!probes_rows<T, C, V>) {
    keys.best = choose_words<C, V>(team, keys.words, n, k, all_equal);
  } else {
    end_row(team, keys, n, 0x80000000u);
    keys.best = choose_by_probes<C, V>(team, Integers<C, V>{{}, keys}, n, k, all_equal);
  }
}

template <int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, FloatKeys<T, C, V, true> &keys, int n, int k, bool all_equal) {
  if constexpr (C == 0) {
    spread<0, V>(team, 0, n, true, [&](auto chunk) {
      chunk.each([&](At at) { keys[at] = u32(float_key(__uint_as_float(keys[at]))); });
    });
    keys.least = least_of_best<V>(team, keys, n, k, all_equal);
  } else {
    end_row(team, keys, n, 0x7fffffffu);
    keys.best = choose_by_probes<C, V>(team, Floats<C, V>{{}, keys}, n, k, all_equal);
  }
}

template <class Order, class Format, int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, HalfKeys<Order, Format, T, C, V, true> &keys, int n, int k, bool all_equal) {
  if constexpr (T <= 32) keys.best = choose_halves<Order, Format, C, V>(team, keys.words, n, k, all_equal);
  else keys.best = choose_by_probes<C, V>(team, Halves<Format, C, V>{{}, keys.words}, n, k, all_equal);
}

// Bit i % 32 of word i / 32 says whether key i is one of the best, for i in 0..n; zeros follow up to a multiple of \`width\` bits.
template <int C, int V, int T, class K>
__device__ __forceinline__ void store_best(const Team<T> &team, u32 *words, int n, int width, K &keys) {
  if constexpr (C > 0 && T <= 32) store_row_bits<C, V>(team, words, n, width, keys.best);
  else store_bits<C, V>(team, words, n, width, true, [&](auto chunk) { return keys.best_of(chunk); });
}

// Bits of 32 neighbours, of which the bytes have V each.
template <int V>
__device__ __forceinline__ u32 neighbour_bits(const u8 *bytes, int word) {
  if constexpr (V == 8) {
    return reinterpret_cast<const u32 *>(bytes)[word];
  } else {
    const uint2 nibbles = reinterpret_cast<const uint2 *>(bytes)[word];
    return __byte_perm(nibbles.x | nibbles.x >> 4, nibbles.y | nibbles.y >> 4, 0x6420);
  }
}

// Stores the positions of the best in order, by way of memory that the team shares; gives how many. Where a row is searched by numbers,
// threads exchange bits, so that each has those of neighbours in the row, one or two words.
template <int C, int V, int T, class K>
__device__ __forceinline__ int compact_best(Team<T> &team, int *stage, int *to, int n, K &keys) {
  if constexpr (C > 0 && probes_rows<T, C, V>) {
    constexpr int WORDS = C * V > 32 ? 2 : 1;
    u8 *const bytes = reinterpret_cast<u8 *>(stage);
#pragma unroll
    for (int c = 0; c < C; ++c) bytes[c * T + team.thread] = u8(u32(keys.best >> c * V) & ((1u << V) - 1u));
    team.barrier();
    u32 bits[WORDS] = {};
    if (team.thread < C * V * T / 32 / WORDS) {
#pragma unroll
      for (int w = 0; w < WORDS; ++w) bits[w] = __brev(neighbour_bits<V>(bytes, team.thread * WORDS + w));
    }
    int own = 0, total;
#pragma unroll
    for (int w = 0; w < WORDS; ++w) own += __popc(bits[w]);
    int place = count_before(team, own, total);
    team.barrier();
    // As many at a time as there is room for, with a place for where 16 bytes begin.
    constexpr int ROOM = (T == 32 ? T * V * C : Variant<T, C>::list_bytes(4 * V) / 4) - 4;
    for (int done = 0; done < total; done += ROOM) {
      const int skew = int(reinterpret_cast<size_t>(to + done) % 16 / 4), end = min(total, done + ROOM);
#pragma unroll
      for (int w = 0; w < WORDS; ++w) {
        const int first = (team.thread * WORDS + w) * 32;
#pragma unroll 1
        while (bits[w] != 0 && (total <= ROOM || place < end)) {
          const int e = leading_zeros(bits[w]);
          bits[w] ^= 0x80000000u >> e;
          stage[skew + place++ - done] = first + e;
        }
      }
      team.barrier();
      copy_out(team, stage, to + done, skew, end - done);
      team.barrier();
    }
    return total;
  } else {
    return compact<C, V>(team, stage, to, 0, n, true, [&](auto chunk, auto &values) {
      chunk.each([&](At at) { values[at] = at.i; });
      return keys.best_of(chunk);
    });
  }
}
`
