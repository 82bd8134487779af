/** Loops that the threads of a team share out: as such, and those that count, pack bits and compact. */
export const spread = /* cuda */ `
// A chunk at once; where it is not whole, or not aligned, one by one.
template <int C, int V, class F>
__device__ __forceinline__ void visit_chunk(int first, int slot, int hi, bool whole, F visit) {
  if (whole && first + V <= hi) {
    visit(Chunk<V>{slot, first});
  } else if (first < hi) {
#pragma unroll(C > 0 ? V : 1)
    for (int e = 0; e < V; ++e)
      if (first + e < hi) visit(Chunk<1>{slot + e, first + e});
  }
}

// Shares out the iterations lo..hi: each thread takes V neighbours at a time, the same ones in every loop over the same range. With
// C > 0 it has C chunks of them, held in registers; when all of those are whole, they are loaded together.
template <int C, int V, int T, class F>
__device__ __forceinline__ void spread(const Team<T> &team, int lo, int hi, bool whole, F visit) {
  if constexpr (C == 0) {
    int first = lo + team.thread * V;
    if (V == 1 || whole)
      for (; first + V <= hi; first += T * V) visit(Chunk<V>{0, first});
    if (V > 1)
      for (; first < hi; first += T * V) visit_chunk<C, V>(first, 0, hi, false, visit);
  } else if (C > 1 && whole && hi - lo == C * T * V) {
#pragma unroll
    for (int c = 0; c < C; ++c) visit(Chunk<V>{c * V, lo + (c * T + team.thread) * V});
  } else {
    if (hi - lo > C * T * V) __trap();
#pragma unroll
    for (int c = 0; c < C; ++c) visit_chunk<C, V>(lo + (c * T + team.thread) * V, c * V, hi, whole, visit);
  }
}

// The same where iterations may be run again: what would be behind the end is the last of the row, so that all chunks in registers are
// loaded together.
template <int C, int V, int T, class F>
__device__ __forceinline__ void spread_again(const Team<T> &team, int lo, int hi, bool whole, F visit) {
  const int n = hi - lo;
  if (C > 1 && whole && n != C * T * V && n >= V && n % V == 0 && n <= C * T * V) {
#pragma unroll
    for (int c = 0; c < C; ++c) visit(Chunk<V>{c * V, min(lo + (c * T + team.thread) * V, hi - V)});
  } else {
    spread<C, V>(team, lo, hi, whole, visit);
  }
}

// One bit for each iteration of a chunk: whether it holds.
template <int C, int V, class F>
__device__ __forceinline__ u32 test_chunk(int first, int slot, int hi, bool whole, F test) {
  u32 holds = 0;
  if (whole && first + V <= hi) {
    holds = test(Chunk<V>{slot, first});
  } else if (first < hi) {
#pragma unroll(C > 0 ? V : 1)
    for (int e = 0; e < V; ++e)
      if (first + e < hi) holds |= test(Chunk<1>{slot + e, first + e}) << e;
  }
  return holds;
}

// How many iterations hold; \`visit\` is told of each chunk which of it do, and how many before it.
template <int C, int V, int T, class F, class G>
__device__ __forceinline__ int tally(Team<T> &team, int lo, int hi, bool whole, F test, G visit) {
  const int chunks = C > 0 ? C : (max(hi - lo, 0) + T * V - 1) / (T * V);
  if (C > 0 && hi - lo > C * T * V) __trap();
  int before = 0;
#pragma unroll
  for (int c = 0; c < chunks; ++c) {
    const int first = lo + (c * T + team.thread) * V;
    const u32 holds = test_chunk<C, V>(first, c * V, hi, whole, test);
    int total;
    const int start = before + count_before(team, __popc(holds), total);
    if (whole && first + V <= hi) {
      visit(Chunk<V>{c * V, first}, holds, start);
    } else {
#pragma unroll(C > 0 ? V : 1)
      for (int e = 0; e < V; ++e)
        if (first + e < hi) visit(Chunk<1>{c * V + e, first + e}, holds >> e & 1u, start + __popc(holds & ((1u << e) - 1u)));
    }
    before += total;
  }
  return before;
}

// Bit i % 32 of word i / 32 says whether i holds, for i in 0..hi; zeros follow up to a multiple of \`width\` bits.
template <int C, int V, int T, class F>
__device__ __forceinline__ void store_bits(const Team<T> &team, u32 *words, int hi, int width, bool whole, F test) {
  const int end = (hi + width - 1) / width * width / 8;
  const int chunks = C > 0 ? C : (end * 8 + T * V - 1) / (T * V);
  if (C > 0 && hi > C * T * V) __trap();
  u8 *const bytes = reinterpret_cast<u8 *>(words);
#pragma unroll
  for (int c = 0; c < chunks; ++c) {
    const int first = (c * T + team.thread) * V;
    u32 holds = test_chunk<C, V>(first, c * V, hi, whole, test);
    if (V == 4) holds |= __shfl_down_sync(team.lanes, holds, 1) << 4;
    if (first % 8 == 0 && first / 8 < end) bytes[first / 8] = u8(holds);
  }
  if (C > 0)
    for (int i = C * T * V / 8 + team.thread; i < end; i += T) bytes[i] = 0;
}

// The same of bits that the threads of a small team have already, C * V each.
template <int C, int V, int T>
__device__ __forceinline__ void store_row_bits(const Team<T> &team, u32 *words, int hi, int width, u32 holds) {
  u8 *const bytes = reinterpret_cast<u8 *>(words);
  const int end = (hi + width - 1) / width * width / 8;
  if (V == 8 && end == C * T) {
#pragma unroll
    for (int c = 0; c < C; ++c) bytes[c * T + team.thread] = u8(holds >> c * V);
    return;
  }
  // Of bytes that two threads have a half of, one does those of even chunks.
  const int own = V == 8 ? 0 : team.thread % 2;
  u32 low = holds, high = 0;
  if constexpr (V == 4) {
    const u32 others = __shfl_xor_sync(team.lanes, holds, 1, T);
    low = own == 0 ? holds : others;
    high = own == 0 ? others : holds;
  }
#pragma unroll
  for (int c = 0; c < C; c += 8 / V) {
    const int i = ((c + own) * T + team.thread) * V / 8;
    const u32 bits = V == 8 ? low >> c * V : (low >> (c + own) * V & 15u) | (high >> (c + own) * V & 15u) << 4;
    if (c + own < C && i < end) bytes[i] = u8(bits);
  }
  for (int i = C * T * V / 8 + team.thread; i < end; i += T) bytes[i] = 0;
}

// Scratch of a team in memory, one row after the other: with S in memory that the block shares, each at a multiple of 16 bytes, else in
// the buffers.
template <bool S>
struct ScratchRows {
  size_t worker;
  int at;
  __device__ __forceinline__ ScratchRows(int worker, int first_word) : worker(worker), at(first_word) {}
  __device__ __forceinline__ u32 *next(u32 *rows, int length) {
    if constexpr (S) {
      extern __shared__ __align__(16) u32 scratch_words[];
      u32 *const row = scratch_words + at;
      at += (length + 3) & ~3;
      return row;
    } else {
      return rows + worker * length;
    }
  }
};

// The values of a chunk, and which of its iterations hold.
template <int C, int V, class X, class F>
__device__ __forceinline__ u32 take_chunk(int first, int slot, int hi, bool whole, Vec<X, V> &values, F test) {
  u32 holds = 0;
  if (whole && first + V <= hi) {
    holds = test(Chunk<V>{slot, first}, values);
  } else if (first < hi) {
#pragma unroll
    for (int e = 0; e < V; ++e) {
      Vec<X, 1> value;
      if (first + e < hi) {
        holds |= test(Chunk<1>{slot + e, first + e}, value) << e;
        values.elements[e] = value.elements[0];
      }
    }
  }
  return holds;
}

template <int V, class X>
__device__ __forceinline__ void stage_kept(X *to, u32 holds, const Vec<X, V> &values) {
#pragma unroll
  for (int e = 0; e < V; ++e)
    if (holds >> e & 1u) *to++ = values.elements[e];
}

// Memory that a team collects values in: chunk by chunk, or a whole row of chunks where it is small.
template <int T, int C, int V, class X>
constexpr bool stages_rows = C > 1 && Variant<T, C>::block * C * V * sizeof(X) <= 16384;

// Small teams have rows collected, from an element on that is where the first one goes, seen from a multiple of 16 bytes.
template <int T, int C>
constexpr bool stages_aligned = C > 0 && T <= 32;

// The part of a team of what its block has to collect values in.
template <int T, int C, int V, class X>
__device__ __forceinline__ X *team_stage(uint4 *stage) {
  constexpr int length = stages_aligned<T, C> ? T * V * C + 16 / sizeof(X) : T * V * (stages_rows<T, C, V, X> ? C : 1);
  return reinterpret_cast<X *>(stage) + threadIdx.x / T * length;
}

// For every chunk how many hold in those before it, in other threads too; gives how many hold in all.
template <int C, int V, int T>
__device__ __forceinline__ int places_of(Team<T> &team, const u32 (&holds)[C], int (&places)[C]) {
#pragma unroll
  for (int c = 0; c < C; ++c) places[c] = __popc(holds[c]);
  if constexpr (C > 4 || T * C * V > 255) {
    return count_before_each<C>(team, places);
  } else {
    // A byte for each chunk.
    u32 own = 0;
#pragma unroll
    for (int c = 0; c < C; ++c) own |= u32(places[c]) << 8 * c;
    u32 sums = own;
#pragma unroll
    for (int distance = 1; distance < T; distance *= 2) {
      const u32 others = __shfl_up_sync(team.lanes, sums, distance, T);
      if (team.thread >= distance) sums += others;
    }
    const u32 totals = __shfl_sync(team.lanes, sums, T - 1, T) * 0x01010101u;
    const u32 starts = (totals << 8) + sums - own;
#pragma unroll
    for (int c = 0; c < C; ++c) places[c] = int(starts >> 8 * c & 255u);
    return int(totals >> 8 * (C - 1) & 255u);
  }
}

// Copies to[0..total) from \`stage\`, where it begins at element \`skew\`, as \`to\` does behind a multiple of 16 bytes.
template <int T, class X>
__device__ __forceinline__ void copy_out(const Team<T> &team, const X *stage, X *to, int skew, int total) {
  constexpr int N = T * sizeof(X) < 16 ? T : 16 / sizeof(X);
  typedef typename Packet<N * sizeof(X)>::Word Word;
  const int end = skew + total, first = (skew + N - 1) / N * N, last = end / N * N;
  const int head = first - N + team.thread, tail = last + team.thread;
  X *const base = to - skew;
  if (head >= skew && head < min(first, end)) base[head] = stage[head];
  if (last >= first && tail < end) base[tail] = stage[tail];
  const Word *from = reinterpret_cast<const Word *>(stage + first) + team.thread, *const behind = reinterpret_cast<const Word *>(stage + last);
  Word *into = reinterpret_cast<Word *>(base + first) + team.thread;
#pragma unroll 1
  for (; from < behind; from += T, into += T) *into = *from;
}

// Of rows in registers of a small team.
template <int C, int V, int T, class X, class F>
__device__ __forceinline__ int compact_row(Team<T> &team, X *stage, X *to, int lo, int hi, bool whole, F test) {
  Vec<X, V> values[C];
  u32 holds[C];
  int places[C];
  if (whole && hi - lo == C * T * V) {
#pragma unroll
    for (int c = 0; c < C; ++c) holds[c] = test(Chunk<V>{c * V, lo + (c * T + team.thread) * V}, values[c]);
  } else {
#pragma unroll
    for (int c = 0; c < C; ++c) holds[c] = take_chunk<C, V>(lo + (c * T + team.thread) * V, c * V, hi, whole, values[c], test);
  }
  const int total = places_of<C, V>(team, holds, places);
  const int skew = int(reinterpret_cast<size_t>(to) % 16 / sizeof(X));
#pragma unroll
  for (int c = 0; c < C; ++c) stage_kept(stage + skew + places[c], holds[c], values[c]);
  team.barrier();
  copy_out(team, stage, to, skew, total);
  team.barrier();
  return total;
}

// Stores the values of the iterations that hold one behind the other, by way of memory that the team shares; gives how many.
template <int C, int V, int T, class X, class F>
__device__ __forceinline__ int compact(Team<T> &team, X *stage, X *to, int lo, int hi, bool whole, F test) {
  const int chunks = C > 0 ? C : (max(hi - lo, 0) + T * V - 1) / (T * V);
  if (C > 0 && hi - lo > C * T * V) __trap();
  if constexpr (stages_aligned<T, C>) {
    return compact_row<C, V>(team, stage, to, lo, hi, whole, test);
  } else if constexpr (stages_rows<T, C, V, X>) {
    Vec<X, V> values[C];
    u32 holds[C];
    int places[C];
#pragma unroll
    for (int c = 0; c < C; ++c) {
      holds[c] = take_chunk<C, V>(lo + (c * T + team.thread) * V, c * V, hi, whole, values[c], test);
      places[c] = __popc(holds[c]);
    }
    const int total = count_before_each<C>(team, places);
#pragma unroll
    for (int c = 0; c < C; ++c) stage_kept(stage + places[c], holds[c], values[c]);
    team.barrier();
    for (int i = team.thread; i < total; i += T) to[i] = stage[i];
    team.barrier();
    return total;
  } else {
    int before = 0;
#pragma unroll
    for (int c = 0; c < chunks; ++c) {
      Vec<X, V> values;
      const u32 holds = take_chunk<C, V>(lo + (c * T + team.thread) * V, c * V, hi, whole, values, test);
      int total;
      const int place = count_before(team, __popc(holds), total);
      stage_kept(stage + place, holds, values);
      team.barrier();
      for (int i = team.thread; i < total; i += T) to[before + i] = stage[i];
      team.barrier();
      before += total;
    }
    return before;
  }
}
`
