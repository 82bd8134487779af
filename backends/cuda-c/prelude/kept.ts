/** Elements of packed rows that have a bit for each. */
export const kept = /* cuda */ `
// The element of memory that is \`place\` behind \`from\`, and one place further, where bit E is set; else 0. Without a branch, so that
// many loads are under way at once.
template <int E, class X>
__device__ __forceinline__ X next_kept(u32 bits, const X *from, u32 &place) {
  u32 stored;
  if constexpr (sizeof(X) == 1) {
    asm("{ .reg .pred p; .reg .b32 t; .reg .b64 a; and.b32 t, %2, %4; setp.ne.u32 p, t, 0; mad.wide.u32 a, %1, 1, %3;"
        " mov.u32 %0, 0; @p ld.global.nc.u8 %0, [a]; @p add.u32 %1, %1, 1; }" : "=&r"(stored), "+r"(place) : "r"(bits), "l"(from), "n"(1u << E));
  } else if constexpr (sizeof(X) == 2) {
    u16 half;
    asm("{ .reg .pred p; .reg .b32 t; .reg .b64 a; and.b32 t, %2, %4; setp.ne.u32 p, t, 0; mad.wide.u32 a, %1, 2, %3;"
        " mov.u16 %0, 0; @p ld.global.nc.u16 %0, [a]; @p add.u32 %1, %1, 1; }" : "=&h"(half), "+r"(place) : "r"(bits), "l"(from), "n"(1u << E));
    stored = half;
  } else {
    asm("{ .reg .pred p; .reg .b32 t; .reg .b64 a; and.b32 t, %2, %4; setp.ne.u32 p, t, 0; mad.wide.u32 a, %1, 4, %3;"
        " mov.u32 %0, 0; @p ld.global.nc.u32 %0, [a]; @p add.u32 %1, %1, 1; }" : "=&r"(stored), "+r"(place) : "r"(bits), "l"(from), "n"(1u << E));
  }
  X x;
  memcpy(&x, &stored, sizeof(X));
  return x;
}

template <int E, int N, class X>
__device__ __forceinline__ void next_elements(u32 bits, const X *from, u32 &place, Vec<X, N> &to) {
  to.elements[E] = next_kept<E>(bits, from, place);
  if constexpr (E + 1 < N) next_elements<E + 1>(bits, from, place, to);
}

// A word of memory that is only read, or 0.
__device__ __forceinline__ u32 word_if(bool holds, const u32 *from) {
  u32 word;
  asm("{ .reg .pred p; setp.ne.u32 p, %2, 0; mov.u32 %0, 0; @p ld.global.nc.u32 %0, [%1]; }" : "=&r"(word) : "l"(from), "r"(u32(holds)));
  return word;
}

// Elements of a row of which only those are stored whose bit is set, one behind the other; others are 0. The bits of the chunk are in
// one word, before which there are fewer than WORDS, or any number with 0.
template <int WORDS, int N, class X>
__device__ __forceinline__ Vec<X, N> load_kept(const Chunk<N> &chunk, const u32 *words, const X *values) {
  const int own = chunk.first / 32;
  const u32 word = words[own];
  u32 place = __popc(word & ((1u << chunk.first % 32) - 1u));
#pragma unroll
  for (int w = 0; w < (WORDS > 0 ? WORDS - 1 : own); ++w) place += __popc(word_if(w < own, words + w));
  Vec<X, N> vector;
  next_elements<0>(word >> chunk.first % 32, values, place, vector);
  return vector;
}

// One element of such a row.
template <class X>
__device__ __forceinline__ X kept_at(const u32 *words, const X *values, int i) {
  return load_kept<0>(Chunk<1>{0, i}, words, values).elements[0];
}

// Tells memory that a team is about to read elements lo..hi of a buffer.
template <int T, class X>
__device__ __forceinline__ void prefetch(const Team<T> &team, const X *from, int lo, int hi) {
  constexpr int LINE = 128 / sizeof(X);
  for (int i = lo + team.thread * LINE; i < hi; i += T * LINE) asm volatile("prefetch.global.L2 [%0];" ::"l"(from + i));
}
`
