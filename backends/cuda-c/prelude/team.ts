/** What the threads of a team do together: sharing out a loop, combining and counting. */
export const team = /* cuda */ `
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

// Threads of a block: small teams share one.
constexpr int block_threads(int threads, int) {
  return threads <= 32 ? 128 : threads;
}

// T threads that work on one point: part of a warp, several of which share a block, or a block.
template <int T>
struct Team {
  static constexpr int WARPS = T > 32 ? T / 32 : 1;
  int thread;
  u32 lanes;
  int worker;
  int workers;
  // For what warps tell each other: two areas that take turns, so that one barrier is enough.
  u64 *words;
  int area;
  int turn;
  __device__ __forceinline__ Team(u64 *shared, int values) : words(shared), area(values * WARPS), turn(0) {
    const int teams = T <= 32 ? 128 / T : 1;
    thread = threadIdx.x % T;
    lanes = T >= 32 ? 0xffffffffu : ((1u << (T % 32)) - 1u) << (threadIdx.x % 32 / T * T);
    worker = blockIdx.x * teams + threadIdx.x / T;
    workers = gridDim.x * teams;
  }
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

// How many are before this thread, and in all.
template <int T>
__device__ __forceinline__ int count_before(Team<T> &team, int count, int &total) {
  constexpr int W = T < 32 ? T : 32;
  const int lane = threadIdx.x % W;
  int sum = count;
#pragma unroll
  for (int distance = 1; distance < W; distance *= 2) {
    const int other = __shfl_up_sync(team.lanes, sum, distance, W);
    if (lane >= distance) sum += other;
  }
  int before = sum - count;
  if constexpr (T <= 32) {
    total = __shfl_sync(team.lanes, sum, W - 1, W);
  } else {
    constexpr int WARPS = Team<T>::WARPS;
    u64 *const area = team.next_area();
    if (lane == 31) area[threadIdx.x / 32] = u32(sum);
    __syncthreads();
    const int part = int(area[lane % WARPS]);
    const int earlier = lane < int(threadIdx.x / 32) ? part : 0;
    before += __reduce_add_sync(0xffffffffu, earlier);
    total = __reduce_add_sync(0xffffffffu, lane < WARPS ? part : 0);
  }
  return before;
}

// A chunk at once; where it is not whole, or not aligned, one by one.
template <int C, int V, class F>
__device__ __forceinline__ void visit_chunk(int first, int slot, int hi, bool whole, F visit) {
  if (V == 1 ? first < hi : whole && first + V <= hi) {
    visit(Chunk<V>{slot, first});
  } else if (V > 1) {
#pragma unroll(C > 0 ? V : 1)
    for (int e = 0; e < V; ++e)
      if (first + e < hi) visit(Chunk<1>{slot + e, first + e});
  }
}

// Shares out the iterations lo..hi: each thread takes V neighbours at a time, the same ones in every loop over the same range. With
// C > 0 it has C chunks of them, held in registers.
template <int C, int V, int T, class F>
__device__ __forceinline__ void spread(const Team<T> &team, int lo, int hi, bool whole, F visit) {
  const int chunks = C > 0 ? C : (max(hi - lo, 0) + T * V - 1) / (T * V);
  if (C > 0 && hi - lo > C * T * V) __trap();
#pragma unroll
  for (int c = 0; c < chunks; ++c) visit_chunk<C, V>(lo + (c * T + team.thread) * V, c * V, hi, whole, visit);
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

// A number that at least k of a row's keys reach and fewer than k exceed, and how many reach it.
struct Threshold {
  int key;
  int at_least;
};

// Keys behind the end of a row in registers, which reach no threshold above the lowest number.
template <int C, int V, int T>
__device__ __forceinline__ void end_row(const Team<T> &team, Row<C, V> &keys, int n) {
#pragma unroll
  for (int c = 0; c < C; ++c) {
    const int first = (c * T + team.thread) * V;
    if (first + V > n) {
#pragma unroll
      for (int e = 0; e < V; ++e)
        if (first + e >= n) keys[At{e, c * V + e, first + e}] = 0x80000000u;
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

// By false position: few steps, for teams that wait for each other in each. The weight of an end that stays shrinks; after a while the
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
  end_row(team, keys, n);
  if constexpr (T <= 32) return threshold_by_bits(team, keys, n, k, low, high);
  else return threshold_by_guesses(team, keys, n, k, low, high);
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

// A place for the values of one chunk of every thread of a team.
template <int T, int V, class X>
__device__ __forceinline__ X *team_stage(uint4 *stage) {
  return reinterpret_cast<X *>(stage) + threadIdx.x / T * (T * V);
}

// Scratch of a team in memory, one row after the other: in the buffers, or in memory that the block shares.
struct ScratchRows {
  u32 *next_row;
  size_t worker;
  bool is_shared;
  __device__ __forceinline__ ScratchRows(int worker, int team, int shared_words) : worker(worker), is_shared(shared_words > 0) {
    extern __shared__ u32 scratch_words[];
    next_row = scratch_words + team * shared_words;
  }
  __device__ __forceinline__ u32 *next(u32 *rows, int length) {
    if (!is_shared) return rows + worker * length;
    u32 *const row = next_row;
    next_row += length;
    return row;
  }
};

// Stores the values of the iterations that hold one behind the other, by way of memory that the team shares; gives how many.
template <int C, int V, int T, class X, class F>
__device__ __forceinline__ int compact(Team<T> &team, X *stage, X *to, int lo, int hi, bool whole, F test) {
  const int chunks = C > 0 ? C : (max(hi - lo, 0) + T * V - 1) / (T * V);
  if (C > 0 && hi - lo > C * T * V) __trap();
  int before = 0;
#pragma unroll
  for (int c = 0; c < chunks; ++c) {
    const int first = lo + (c * T + team.thread) * V;
    Vec<X, V> values;
    u32 holds = 0;
    if (whole && first + V <= hi) {
      holds = test(Chunk<V>{c * V, first}, values);
    } else {
#pragma unroll
      for (int e = 0; e < V; ++e) {
        Vec<X, 1> value;
        if (first + e < hi) {
          holds |= test(Chunk<1>{c * V + e, first + e}, value) << e;
          values.elements[e] = value.elements[0];
        }
      }
    }
    int total;
    int place = count_before(team, __popc(holds), total);
#pragma unroll
    for (int e = 0; e < V; ++e)
      if (holds >> e & 1u) stage[place++] = values.elements[e];
    team.barrier();
    for (int i = team.thread; i < total; i += T) to[before + i] = stage[i];
    team.barrier();
    before += total;
  }
  return before;
}
`
