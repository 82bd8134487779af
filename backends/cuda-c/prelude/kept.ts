/** Elements of packed rows that have a bit for each. */
export const kept = /* cuda */ `
// Elements of a row of which only those are stored whose bit is set, one behind the other; others are 0. The bits of the chunk are in
// one word, before which there are fewer than WORDS, or any number with 0.
template <int WORDS, int N, class X>
__device__ __forceinline__ Vec<X, N> load_kept(const Chunk<N> &chunk, const u32 *words, const X *values) {
  const int own = chunk.first / 32;
  const u32 bits = words[own];
  int rank = __popc(bits & ((1u << chunk.first % 32) - 1u));
#pragma unroll
  for (int w = 0; w < (WORDS > 0 ? WORDS - 1 : own); ++w)
    if (w < own) rank += __popc(words[w]);
  const X *from = values + rank;
  Vec<X, N> vector;
#pragma unroll
  for (int e = 0; e < N; ++e) {
    const bool holds = bits >> (chunk.first % 32 + e) & 1u;
    vector.elements[e] = holds ? *from : X(0);
    from += holds;
  }
  return vector;
}

// One element of such a row.
template <class X>
__device__ __forceinline__ X kept_at(const u32 *words, const X *values, int i) {
  return load_kept<0>(Chunk<1>{0, i}, words, values).elements[0];
}
`
