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

// \`all_equal\`: of equal keys all are kept as soon as one is. \`LATER\`: all that asks are lists of positions, which find the first of
// equal keys where that is cheap.
template <bool LATER, int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, Keys<T, C, V> &keys, int n, int k, bool all_equal) {
  if constexpr (C == 0) {
    keys.least = least_of_best<V>(team, keys, n, k, all_equal);
  } else if constexpr (!probes_rows<T, C, V>) {
    keys.best = choose_words<C, V>(team, keys.words, n, k, all_equal);
  } else {
    end_row(team, keys, n, 0x80000000u);
    choose_by_probes<LATER, C, V>(team, Integers<C, V>{{}, keys}, n, k, all_equal, keys);
  }
}

template <bool LATER, int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, FloatKeys<T, C, V, true> &keys, int n, int k, bool all_equal) {
  if constexpr (C == 0) {
    spread<0, V>(team, 0, n, true, [&](auto chunk) {
      chunk.each([&](At at) { keys[at] = u32(float_key(__uint_as_float(keys[at]))); });
    });
    keys.least = least_of_best<V>(team, keys, n, k, all_equal);
  } else {
    end_row(team, keys, n, 0x7fffffffu);
    choose_by_probes<LATER, C, V>(team, Floats<C, V>{{}, keys}, n, k, all_equal, keys);
  }
}

template <bool LATER, class Order, class Format, int C, int V, int T>
__device__ __forceinline__ void keep_best(Team<T> &team, HalfKeys<Order, Format, T, C, V, true> &keys, int n, int k, bool all_equal) {
  if constexpr (T <= 32) keys.best = choose_halves<Order, Format, C, V>(team, keys.words, n, k, all_equal);
  else choose_by_probes<LATER, C, V>(team, Halves<Format, C, V>{{}, keys.words}, n, k, all_equal, keys);
}

// Bit i % 32 of word i / 32 says whether key i is one of the best, for i in 0..n; zeros follow up to a multiple of \`width\` bits.
template <int C, int V, int T, class K>
__device__ __forceinline__ void store_best(const Team<T> &team, u32 *words, int n, int width, K &keys) {
  if constexpr (C > 0 && T <= 32) store_row_bits<C, V>(team, words, n, width, keys.best);
  else store_bits<C, V>(team, words, n, width, true, [&](auto chunk) { return keys.best_of(chunk); });
}

// Bits of 32 neighbours, of which the bytes have V each; the first is the highest.
template <int V>
__device__ __forceinline__ u32 neighbour_bits(const u8 *bytes, int word) {
  if constexpr (V == 8) {
    return __brev(reinterpret_cast<const u32 *>(bytes)[word]);
  } else {
    const uint2 nibbles = reinterpret_cast<const uint2 *>(bytes)[word];
    return __brev(__byte_perm(nibbles.x | nibbles.x >> 4, nibbles.y | nibbles.y >> 4, 0x6420));
  }
}

// Of bits of threads, V for each of C chunks, those of neighbours: a thread gets one or two words of 32, or none; and how many are set.
template <int T, int C, int V>
struct Neighbours {
  static constexpr int WORDS = C * V > 32 ? 2 : 1;
  u32 bits[WORDS];
  static __device__ __forceinline__ void tell(const Team<T> &team, u8 *bytes, typename BitsOf<C * V>::Word own) {
#pragma unroll
    for (int c = 0; c < C; ++c) bytes[c * T + team.thread] = u8(u32(own >> c * V) & ((1u << V) - 1u));
  }
  __device__ __forceinline__ int hear(const Team<T> &team, const u8 *bytes) {
    int count = 0;
#pragma unroll
    for (int w = 0; w < WORDS; ++w) {
      bits[w] = team.thread < C * V * T / 32 / WORDS ? neighbour_bits<V>(bytes, team.thread * WORDS + w) : 0u;
      count += __popc(bits[w]);
    }
    return count;
  }
};

// Lists where the bits of a word are set, seen from a number on, as long as there is room; takes those away.
template <class F>
__device__ __forceinline__ void list_bits(u32 &bits, int first, int *list, int &place, F has_room) {
#pragma unroll 1
  while (bits != 0 && has_room(place)) {
    const int e = leading_zeros(bits);
    bits ^= 0x80000000u >> e;
    list[place++] = first + e;
  }
}

// The positions of the best of a row: how many, and where the team can read them.
struct Positions {
  int count;
  const int *places;
};

// Stores the positions of the best in order, by way of memory that the team shares. Where a row is searched by numbers, threads exchange
// bits, so that each has those of neighbours in the row, one or two words.
template <int C, int V, int T, class K>
__device__ __forceinline__ Positions compact_best(Team<T> &team, int *stage, int *to, int n, K &keys) {
  // Rows of four bytes a number are read where they were stored: the other way some took longer.
  constexpr bool NEAR = V == 8;
  // Positions of another row may be read there.
  if constexpr (NEAR) team.barrier();
  if constexpr (C > 0 && probes_rows<T, C, V>) {
    // Those that tie are behind them.
    u8 *const bytes = reinterpret_cast<u8 *>(stage), *const tied_bytes = bytes + C * T;
    Neighbours<T, C, V> best, ties;
    best.tell(team, bytes, keys.best);
    if (keys.wanted != 0) ties.tell(team, tied_bytes, keys.ties);
    team.barrier();
    const int own = best.hear(team, bytes);
    int place, total;
    if (keys.wanted == 0) {
      place = count_before(team, own, total);
    } else {
      const int tied = ties.hear(team, tied_bytes);
      const u32 before = u32(count_before(team, own | tied << 16, total));
      const int missing = keys.wanted - (total & 0xffff), earlier = int(before >> 16);
      place = int(before & 0xffffu) + min(earlier, missing);
      total = keys.wanted;
      int left = missing - earlier;
#pragma unroll
      for (int w = 0; w < best.WORDS; ++w) {
#pragma unroll 1
        for (; left > 0 && ties.bits[w] != 0; --left) {
          const u32 first = 0x80000000u >> leading_zeros(ties.bits[w]);
          best.bits[w] |= first;
          ties.bits[w] ^= first;
        }
      }
    }
    if constexpr (T == 32) team.barrier();
    // As many at a time as there is room for, with a place for where 16 bytes begin.
    constexpr int ROOM = (T == 32 ? T * V * C : Variant<T, C>::list_bytes(4 * V) / 4) - 4;
    for (int done = 0; done < total; done += ROOM) {
      const int skew = int(reinterpret_cast<size_t>(to + done) % 16 / 4), end = min(total, done + ROOM);
#pragma unroll
      for (int w = 0; w < best.WORDS; ++w) {
        const int first = (team.thread * best.WORDS + w) * 32;
        int *const list = stage + skew - done;
        if (total <= ROOM) list_bits(best.bits[w], first, list, place, [](int) { return true; });
        else list_bits(best.bits[w], first, list, place, [&](int place) { return place < end; });
      }
      team.barrier();
      copy_out(team, stage, to + done, skew, end - done);
      if (!NEAR || end < total) team.barrier();
    }
    return Positions{total, NEAR && total <= ROOM ? stage + int(reinterpret_cast<size_t>(to) % 16 / 4) : to};
  } else {
    const int total = compact<C, V>(team, stage, to, 0, n, true, [&](auto chunk, auto &values) {
      chunk.each([&](At at) { values[at] = at.i; });
      return keys.best_of(chunk);
    });
    return Positions{total, NEAR && stages_aligned<T, C> ? stage + int(reinterpret_cast<size_t>(to) % 16 / 4) : to};
  }
}
`
