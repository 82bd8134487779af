typedef unsigned char u8;
typedef signed char i8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

#ifndef ESPALIER_KERNEL
#define ESPALIER_KERNEL extern "C" __global__
#endif

__device__ __forceinline__ float max_f32(float x, float y) {
  float most;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(most) : "f"(x), "f"(y));
  return most;
}

__device__ __forceinline__ double max_f64(double x, double y) {
  return x != x ? x : y != y ? y : fmax(x, y);
}

__device__ __forceinline__ float decode_f16(u16 bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}

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

// What a variant of a kernel is made of: chunks of a row in registers, threads of a block, which small teams share, and warps of a block
// that have something to tell.
template <int T, int C>
struct Variant {
  static constexpr int chunks = C;
  static constexpr int block = T <= 32 ? 128 : T;
  static constexpr int warps = T < 32 ? 1 : block / 32;
  // Long rows in registers must leave some for other blocks, most of all where threads search in them and little else; `small`: what
  // small teams that select ask for. 0: as the compiler thinks best.
  static constexpr __host__ __device__ int least_blocks(bool selects, int small) {
    if (T <= 32 && C > 0 && small > 0) return C > 4 ? small - 1 : small;
    if (C <= 1) return 0;
    return (T > 32 && selects ? 1024 : 512) / block;
  }
  // To collect values in, with at most so many bytes of a chunk for each thread: one chunk, or all where that is little; rows of small
  // teams with 16 bytes more each.
  static constexpr __host__ __device__ int stage_bytes(int chunk) {
    if (T <= 32 && C > 0) return block * chunk * C + block / T * 16;
    const int row = block * chunk * C < 16384 ? block * chunk * C : 16384;
    return C > 1 && row > block * chunk ? row : block * chunk;
  }
  // The same for positions of the best: blocks with rows in registers list two thousand at a time.
  static constexpr __host__ __device__ int list_bytes(int chunk) {
    return T <= 32 || C == 0 || stage_bytes(chunk) <= 8256 ? stage_bytes(chunk) : 8256;
  }
};

// T threads that work on one point: part of a warp, several of which share a block, or a block.
template <int T>
struct Team {
  static constexpr int WARPS = T <= 32 ? 1 : T / 32;
  int thread;
  // Whether all teams of a warp do the same at the same time, and meet as one.
  bool together;
  u32 lanes;
  int worker;
  int workers;
  // For what warps tell each other: two areas that take turns, so that one barrier is enough.
  u64 *words;
  int area;
  int turn;
  __device__ __forceinline__ Team(u64 *words, int values, bool together = false)
      : together(together && T < 32), words(words + (T == 32 ? int(threadIdx.x) / 32 * 2 * values : 0)), area(values * WARPS), turn(0) {
    const int teams = T <= 32 ? 128 / T : 1;
    thread = threadIdx.x % T;
    lanes = T >= 32 || together ? 0xffffffffu : ((1u << (T % 32)) - 1u) << (threadIdx.x % 32 / T * T);
    worker = blockIdx.x * teams + threadIdx.x / T;
    workers = gridDim.x * teams;
  }
  // Its number among the teams of its warp.
  __device__ __forceinline__ int in_warp() const { return T < 32 ? int(threadIdx.x % 32 / T) : 0; }
  // Whether to take a branch that a team of those that meet has to take, and that does nothing to others.
  __device__ __forceinline__ bool any(bool wanted) const { return together ? __any_sync(0xffffffffu, wanted) : wanted; }
  // What threads of the team stored before is seen by all of them after.
  __device__ __forceinline__ void barrier() const {
    if constexpr (T <= 32) __syncwarp(lanes);
    else __syncthreads();
  }
  __device__ __forceinline__ u64 *next_area() {
    turn ^= 1;
    return words + turn * area;
  }
};

template <class X>
__device__ __forceinline__ u64 to_word(X x) {
  u64 word = 0;
  memcpy(&word, &x, sizeof(X));
  return word;
}

template <class X>
__device__ __forceinline__ X from_word(u64 word) {
  X x;
  memcpy(&x, &word, sizeof(X));
  return x;
}

struct Sum {
  template <class X>
  static __device__ __forceinline__ X of(X x, X y) { return x + y; }
  static __device__ __forceinline__ int of(int x, int y) { return int(u32(x) + u32(y)); }
  static __device__ __forceinline__ int all(u32 lanes, int x) { return __reduce_add_sync(lanes, x); }
  static __device__ __forceinline__ u32 all(u32 lanes, u32 x) { return __reduce_add_sync(lanes, x); }
  template <class X>
  static __device__ __forceinline__ X none() { return X(0); }
};

struct Max {
  static __device__ __forceinline__ float of(float x, float y) { return max_f32(x, y); }
  static __device__ __forceinline__ double of(double x, double y) { return max_f64(x, y); }
  static __device__ __forceinline__ int of(int x, int y) { return max(x, y); }
  static __device__ __forceinline__ u32 of(u32 x, u32 y) { return max(x, y); }
  static __device__ __forceinline__ i64 of(i64 x, i64 y) { return max(x, y); }
  static __device__ __forceinline__ bool of(bool x, bool y) { return x | y; }
  static __device__ __forceinline__ int all(u32 lanes, int x) { return __reduce_max_sync(lanes, x); }
  static __device__ __forceinline__ u32 all(u32 lanes, u32 x) { return __reduce_max_sync(lanes, x); }
};

// Of W neighbouring lanes, W being a power of two.
template <int W, class Op, class X>
__device__ __forceinline__ X shuffle_reduce(u32 lanes, X x) {
#pragma unroll
  for (int distance = W / 2; distance > 0; distance /= 2) x = Op::of(x, X(__shfl_xor_sync(lanes, x, distance, W)));
  return x;
}

template <int W, class Op, class X>
__device__ __forceinline__ X warp_reduce(u32 lanes, X x) {
  return shuffle_reduce<W, Op>(lanes, x);
}

// For whole warps integers have instructions of their own.
template <int W, class Op>
__device__ __forceinline__ int warp_reduce(u32 lanes, int x) {
  if constexpr (W == 32) return Op::all(lanes, x);
  else return shuffle_reduce<W, Op>(lanes, x);
}

template <int W, class Op>
__device__ __forceinline__ u32 warp_reduce(u32 lanes, u32 x) {
  if constexpr (W == 32) return Op::all(lanes, x);
  else return shuffle_reduce<W, Op>(lanes, x);
}

// A value that a team combines by Op.
template <class Op, class X>
struct Part {
  X &value;
};

template <class Op, class X>
__device__ __forceinline__ Part<Op, X> by(X &value) {
  return Part<Op, X>{value};
}

template <class Op, class X>
struct FloatSum { static constexpr bool value = false; };
template <>
struct FloatSum<Sum, float> { static constexpr bool value = true; };

// K sums over W neighbouring lanes, both powers of two: one of them in each lane first, then all of them in all.
template <int W, int K>
__device__ __forceinline__ void sums_at_once(u32 lanes, float (&values)[K]) {
  const int lane = threadIdx.x % W;
#pragma unroll
  for (int count = K, distance = W / 2; count > 1; count /= 2, distance /= 2) {
    const bool upper = (lane & distance) != 0;
#pragma unroll
    for (int k = 0; k < count / 2; ++k) {
      const float low = values[k];
      const float high = values[k + count / 2];
      values[k] = (upper ? high : low) + __shfl_xor_sync(lanes, upper ? low : high, distance, W);
    }
  }
  const float sum = shuffle_reduce<W / K, Sum>(lanes, values[0]);
#pragma unroll
  for (int k = 0; k < K; ++k) values[k] = __shfl_sync(lanes, sum, k * (W / K), W);
}

// Combines the values of all threads, and gives the results to all of them.
template <int T, class... Op, class... X>
__device__ __forceinline__ void combine(Team<T> &team, Part<Op, X>... parts) {
  constexpr int W = T < 32 ? T : 32;
  constexpr int K = sizeof...(Op);
  if constexpr (K >= 4 && K <= W && (K & (K - 1)) == 0 && (FloatSum<Op, X>::value && ...)) {
    float values[K] = {parts.value...};
    sums_at_once<W>(team.lanes, values);
    int k = 0;
    ((parts.value = values[k++]), ...);
  } else {
    ((parts.value = warp_reduce<W, Op>(team.lanes, parts.value)), ...);
  }
  if constexpr (T > 32) {
    constexpr int WARPS = Team<T>::WARPS;
    u64 *const area = team.next_area();
    int k = 0;
    if (threadIdx.x % 32 == 0) ((area[k++ * WARPS + threadIdx.x / 32] = to_word(parts.value)), ...);
    __syncthreads();
    k = 0;
    // Every group of that many lanes combines what the warps have.
    ((parts.value = warp_reduce<WARPS, Op>(0xffffffffu, from_word<X>(area[k++ * WARPS + threadIdx.x % WARPS]))), ...);
  }
}

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

#define ESPALIER_t8_c0 8, 0
#define ESPALIER_t32_c0 32, 0
#define ESPALIER_t128_c0 128, 0
#define ESPALIER_t256_c0 256, 0
#define ESPALIER_t1024_c0 1024, 0

template <int T, int C, bool S>
__device__ __forceinline__ void row_max_0(u64 *words, const u16 *__restrict__ x, u8 *largest, u32 *copy_rows, int copy_length, int n, int m, float lowest,
    int points, int shared_words) {
  Team<T> team(words, 1);
  ScratchRows<S> rows(team.worker, threadIdx.x / T * shared_words);
  u32 *const copy = rows.next(copy_rows, copy_length);
  for (u32 point = team.worker; point < u32(points); point += team.workers) {
    int row = int(point);
    int v7 = row * m;
    float best = __uint_as_float(0xff800000u);
    spread<0, 8>(team, 0, m, aligned<8>(x + v7), [&](auto chunk) {
      const auto x_2 = chunk.load(x + v7);
      chunk.each([&](At at) {
        float value = decode_f16(x_2[at]);
        copy[at.i] = __float_as_uint(value);
        best = max_f32(best, value);
      });
    });
    combine(team, by<Max>(best));
    float best_2 = max_f32(lowest, best);
    team.barrier();
    spread<0, 8>(team, 0, m, aligned<8>(largest + v7), [&](auto chunk) {
      Vec<u8, chunk.count> largest_2;
      chunk.each([&](At at) {
        float value_2 = __uint_as_float(copy[at.i]);
        largest_2[at] = u8(value_2 == best_2);
      });
      chunk.store(largest + v7, largest_2);
    });
    team.barrier();
  }
}

#define ESPALIER_row_max_0(V) \
  ESPALIER_KERNEL void __launch_bounds__(Variant<ESPALIER_##V>::block, Variant<ESPALIER_##V>::least_blocks(false, 0)) \
  row_max_0__##V( \
      const u16 *__restrict__ x, u8 *largest, u32 *copy_rows, int copy_length, int n, int m, float lowest, int points, \
      int shared_words) { \
    __shared__ u64 words[2 * 1 * Variant<ESPALIER_##V>::warps]; \
    if (shared_words > 0) row_max_0<ESPALIER_##V, true>(words, x, largest, copy_rows, copy_length, n, m, lowest, points, shared_words); \
    else row_max_0<ESPALIER_##V, false>(words, x, largest, copy_rows, copy_length, n, m, lowest, points, shared_words); \
  }
#ifndef ESPALIER_ONLY
ESPALIER_row_max_0(t8_c0)
ESPALIER_row_max_0(t32_c0)
ESPALIER_row_max_0(t128_c0)
ESPALIER_row_max_0(t256_c0)
ESPALIER_row_max_0(t1024_c0)
#endif

// -DESPALIER_ONLY=… leaves only these variants of kernels.
#ifdef ESPALIER_ONLY
ESPALIER_ONLY
#endif
