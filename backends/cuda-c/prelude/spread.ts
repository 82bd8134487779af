/** Loops that the threads of a team share out: as such, and those that count, pack bits and compact. */
export const spread = /* cuda */ `
// A chunk at once; where it is not whole, or not aligned, one by one.
template <int C, int V, class F>
__device__ __forceinline__ void visit_chunk(int first, int slot, int hi, bool whole, F visit) {
  if (whole && first + V <= hi) {
    visit(Chunk<V>{slot, first});
  } else {
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

// One bit for each iteration of a chunk: whether it holds.
template <int C, int V, class F>
__device__ __forceinline__ u32 test_chunk(int first, int slot, int hi, bool whole, F test) {
  u32 holds = 0;
  if (whole && first + V <= hi) {
    holds = test(Chunk<V>{slot, first});
  } else {
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

// Bit i % 32 of word i / 32 says whether i holds, for i in 0..hi; the rest of the last word is 0.
template <int C, int V, int T, class F>
__device__ __forceinline__ void store_bits(const Team<T> &team, u32 *words, int hi, bool whole, F test) {
  const int chunks = C > 0 ? C : (max(hi, 0) + T * V - 1) / (T * V);
  if (C > 0 && hi > C * T * V) __trap();
  u8 *const bytes = reinterpret_cast<u8 *>(words);
  const int end = (hi + 31) / 32 * 4;
#pragma unroll
  for (int c = 0; c < chunks; ++c) {
    const int first = (c * T + team.thread) * V;
    u32 holds = test_chunk<C, V>(first, c * V, hi, whole, test);
    if (V == 4) holds |= __shfl_down_sync(team.lanes, holds, 1) << 4;
    if (first % 8 == 0 && first / 8 < end) bytes[first / 8] = u8(holds);
  }
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
  } else {
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

// The part of a team of what its block has to collect values in.
template <int T, int C, int V, class X>
__device__ __forceinline__ X *team_stage(uint4 *stage) {
  return reinterpret_cast<X *>(stage) + threadIdx.x / T * (T * V * (stages_rows<T, C, V, X> ? C : 1));
}

// Stores the values of the iterations that hold one behind the other, by way of memory that the team shares; gives how many.
template <int C, int V, int T, class X, class F>
__device__ __forceinline__ int compact(Team<T> &team, X *stage, X *to, int lo, int hi, bool whole, F test) {
  const int chunks = C > 0 ? C : (max(hi - lo, 0) + T * V - 1) / (T * V);
  if (C > 0 && hi - lo > C * T * V) __trap();
  if constexpr (stages_rows<T, C, V, X>) {
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
