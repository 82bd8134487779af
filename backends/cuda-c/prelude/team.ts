/** What the threads of a team do together: combining values, handing them on, counting. */
export const team = /* cuda */ `
// What a variant of a kernel is made of: chunks of a row in registers, threads of a block, which small teams share, and warps of a block
// that have something to tell.
template <int T, int C>
struct Variant {
  static constexpr int chunks = C;
  static constexpr int block = T <= 32 ? 128 : T;
  static constexpr int warps = T < 32 ? 1 : block / 32;
  // Long rows in registers must leave some for other blocks, most of all where threads search in them and little else; \`small\`: what
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

// What the first thread has, for all.
template <int T, class... X>
__device__ __forceinline__ void from_first(Team<T> &team, X &...values) {
  if constexpr (T <= 32) {
    ((values = X(__shfl_sync(team.lanes, values, 0, T))), ...);
  } else {
    u64 *const area = team.next_area();
    int k = 0;
    if (team.thread == 0) ((area[k++] = to_word(values)), ...);
    __syncthreads();
    k = 0;
    ((values = from_word<X>(area[k++])), ...);
  }
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

struct Min {
  static __device__ __forceinline__ float of(float x, float y) { return min_f32(x, y); }
  static __device__ __forceinline__ double of(double x, double y) { return min_f64(x, y); }
  static __device__ __forceinline__ int of(int x, int y) { return min(x, y); }
  static __device__ __forceinline__ u32 of(u32 x, u32 y) { return min(x, y); }
  static __device__ __forceinline__ i64 of(i64 x, i64 y) { return min(x, y); }
  static __device__ __forceinline__ bool of(bool x, bool y) { return x & y; }
  static __device__ __forceinline__ int all(u32 lanes, int x) { return __reduce_min_sync(lanes, x); }
  static __device__ __forceinline__ u32 all(u32 lanes, u32 x) { return __reduce_min_sync(lanes, x); }
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

struct And {
  template <class X>
  static __device__ __forceinline__ X of(X x, X y) { return x & y; }
  static __device__ __forceinline__ int all(u32 lanes, int x) { return int(__reduce_and_sync(lanes, u32(x))); }
  static __device__ __forceinline__ u32 all(u32 lanes, u32 x) { return __reduce_and_sync(lanes, x); }
};

struct Or {
  template <class X>
  static __device__ __forceinline__ X of(X x, X y) { return x | y; }
  static __device__ __forceinline__ int all(u32 lanes, int x) { return int(__reduce_or_sync(lanes, u32(x))); }
  static __device__ __forceinline__ u32 all(u32 lanes, u32 x) { return __reduce_or_sync(lanes, x); }
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

// Adds to a sum what the lane has that is so many lanes before, of W neighbours.
template <int W>
__device__ __forceinline__ void add_from_before(u32 lanes, u32 &sum, int distance) {
#if __CUDA_ARCH__ >= 700
  asm volatile("{ .reg .pred p; .reg .u32 other; shfl.sync.up.b32 other|p, %0, %1, %2, %3; @p add.u32 %0, %0, other; }"
               : "+r"(sum) : "r"(distance), "n"((32 - W) << 8), "r"(lanes));
#else
  const u32 other = __shfl_up_sync(lanes, sum, distance, W);
  if (int(threadIdx.x % W) >= distance) sum += other;
#endif
}

// How many are before this thread, and in all.
template <int T>
__device__ __forceinline__ int count_before(Team<T> &team, int count, int &total) {
  constexpr int W = T < 32 ? T : 32;
  const int lane = threadIdx.x % W;
  u32 sum = u32(count);
#pragma unroll
  for (int distance = 1; distance < W; distance *= 2) add_from_before<W>(team.lanes, sum, distance);
  int before = int(sum) - count;
  if constexpr (T <= 32) {
    total = int(__shfl_sync(team.lanes, sum, W - 1, W));
  } else {
    constexpr int WARPS = Team<T>::WARPS;
    u64 *const area = team.next_area();
    if (lane == 31) area[threadIdx.x / 32] = sum;
    __syncthreads();
    const int part = int(area[lane % WARPS]);
    const int earlier = lane < int(threadIdx.x / 32) ? part : 0;
    before += __reduce_add_sync(0xffffffffu, earlier);
    total = __reduce_add_sync(0xffffffffu, lane < WARPS ? part : 0);
  }
  return before;
}

// Of several counts, one after the other: turns each into how many come before it, in earlier counts of all threads and in this one of
// earlier threads; gives how many there are. A sum over the team is below 65,536, so that two share a word.
template <int N, int T>
__device__ __forceinline__ int count_before_each(Team<T> &team, int (&counts)[N]) {
  constexpr int W = T < 32 ? T : 32, PAIRS = (N + 1) / 2;
  const int lane = threadIdx.x % W;
  u32 own[PAIRS], sums[PAIRS], totals[PAIRS];
#pragma unroll
  for (int p = 0; p < PAIRS; ++p) own[p] = sums[p] = u32(counts[2 * p]) | (2 * p + 1 < N ? u32(counts[2 * p + 1]) << 16 : 0u);
#pragma unroll
  for (int distance = 1; distance < W; distance *= 2) {
#pragma unroll
    for (int p = 0; p < PAIRS; ++p) add_from_before<W>(team.lanes, sums[p], distance);
  }
  if constexpr (T <= 32) {
#pragma unroll
    for (int p = 0; p < PAIRS; ++p) totals[p] = __shfl_sync(team.lanes, sums[p], W - 1, W);
  } else {
    constexpr int WARPS = Team<T>::WARPS;
    u64 *const area = team.next_area();
#pragma unroll
    for (int p = 0; p < PAIRS; ++p)
      if (lane == 31) area[p * WARPS + threadIdx.x / 32] = sums[p];
    __syncthreads();
#pragma unroll
    for (int p = 0; p < PAIRS; ++p) {
      const u32 part = lane < WARPS ? u32(area[p * WARPS + lane]) : 0u;
      totals[p] = __reduce_add_sync(0xffffffffu, part);
      sums[p] += __reduce_add_sync(0xffffffffu, lane < int(threadIdx.x / 32) ? part : 0u);
    }
  }
  int all = 0;
#pragma unroll
  for (int k = 0; k < N; ++k) {
    const int shift = k % 2 * 16;
    counts[k] = all + int((sums[k / 2] - own[k / 2]) >> shift & 0xffffu);
    all += int(totals[k / 2] >> shift & 0xffffu);
  }
  return all;
}
`
