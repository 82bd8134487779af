/** Neighbouring elements and iterations: vectors, chunks of a loop that is shared out, rows in registers. */
export const chunks = /* cuda */ `
// An iteration of a loop that is shared out: which of its thread's neighbours it is, its place in registers, its index.
struct At {
  int e;
  int slot;
  int i;
};

// Neighbouring elements, as many as a thread works on at once.
template <class X, int N>
struct Vec {
  X elements[N];
  __device__ __forceinline__ X &operator[](At at) { return elements[at.e]; }
  __device__ __forceinline__ const X &operator[](At at) const { return elements[at.e]; }
};

// The words of so many bytes.
template <int BYTES>
struct Packet;
template <>
struct Packet<1> { typedef u8 Word; };
template <>
struct Packet<2> { typedef u16 Word; };
template <>
struct Packet<4> { typedef u32 Word; };
template <>
struct Packet<8> { typedef uint2 Word; };
template <>
struct Packet<16> { typedef uint4 Word; };
template <>
struct Packet<32> { typedef uint4 Word; };

// From and to an address that is a multiple of the bytes of the vector, or of 16.
template <int N, class X>
__device__ __forceinline__ Vec<X, N> load_vector(const X *from) {
  typedef typename Packet<N * sizeof(X)>::Word Word;
  Vec<X, N> vector;
#pragma unroll
  for (int w = 0; w < int(N * sizeof(X) / sizeof(Word)); ++w) {
    const Word word = reinterpret_cast<const Word *>(from)[w];
    memcpy(reinterpret_cast<char *>(&vector) + w * sizeof(Word), &word, sizeof(Word));
  }
  return vector;
}

template <int N, class X>
__device__ __forceinline__ void store_vector(X *to, const Vec<X, N> &vector) {
  typedef typename Packet<N * sizeof(X)>::Word Word;
#pragma unroll
  for (int w = 0; w < int(N * sizeof(X) / sizeof(Word)); ++w) {
    Word word;
    memcpy(&word, reinterpret_cast<const char *>(&vector) + w * sizeof(Word), sizeof(Word));
    reinterpret_cast<Word *>(to)[w] = word;
  }
}

// Whether N elements can be loaded and stored at once at this address.
template <int N, class X>
__device__ __forceinline__ bool aligned(const X *at) {
  return reinterpret_cast<size_t>(at) % (N * sizeof(X) < 16 ? N * sizeof(X) : 16) == 0;
}

// Neighbours at a multiple of their number: at once where the buffer begins at such a multiple, else one by one.
template <int N, class X>
__device__ __forceinline__ void store_group(X *to, const Vec<X, N> &vector) {
  if (aligned<N>(to)) {
    store_vector(to, vector);
    return;
  }
#pragma unroll
  for (int e = 0; e < N; ++e) to[e] = vector.elements[e];
}

// The same where it is known before whether they can be stored at once.
template <bool ALIGNED, int N, class X>
__device__ __forceinline__ void store_group(X *to, const Vec<X, N> &vector) {
  if constexpr (ALIGNED) store_vector(to, vector);
  else store_group(to, vector);
}

// N neighbours, wherever they begin.
template <int N, class X>
__device__ __forceinline__ Vec<X, N> load_neighbours(const X *from) {
  if (aligned<N>(from)) return load_vector<N>(from);
  Vec<X, N> vector;
#pragma unroll
  for (int e = 0; e < N; ++e) vector.elements[e] = from[e];
  return vector;
}

// The same where it is known before whether they can be loaded at once.
template <int N, bool ALIGNED, class X>
__device__ __forceinline__ Vec<X, N> load_neighbours(const X *from) {
  if constexpr (ALIGNED) {
    return load_vector<N>(from);
  } else {
    Vec<X, N> vector;
#pragma unroll
    for (int e = 0; e < N; ++e) vector.elements[e] = from[e];
    return vector;
  }
}

// N neighbouring iterations.
template <int N>
struct Chunk {
  static constexpr int count = N;
  int slot;
  int first;
  template <class F>
  __device__ __forceinline__ void each(F visit) const {
#pragma unroll
    for (int e = 0; e < N; ++e) visit(At{e, slot + e, first + e});
  }
  template <class X>
  __device__ __forceinline__ Vec<X, N> load(const X *from) const {
    return load_vector<N>(from + first);
  }
  template <class X>
  __device__ __forceinline__ void store(X *to, const Vec<X, N> &vector) const {
    store_vector(to + first, vector);
  }
};

// A row of which each element is one thread's: in registers, C chunks of V, or with C = 0 in memory.
template <int C, int V>
struct Row {
  u32 words[C * V];
  __device__ __forceinline__ Row(u32 *) {}
  __device__ __forceinline__ u32 &operator[](At at) { return words[at.slot]; }
};
template <int V>
struct Row<0, V> {
  u32 *words;
  __device__ __forceinline__ Row(u32 *row) : words(row) {}
  __device__ __forceinline__ u32 &operator[](At at) { return words[at.i]; }
};
`
