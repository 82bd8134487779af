/**
 * The search of a block of threads, with its keys in registers, for the number that k of them reach. Every step waits for all threads,
 * so there are few: each counts for two numbers at once, and the last keys in question are ranked instead.
 */
export const thresholdBlocks = /* cuda */ `
// A number that at least k of a row's keys reach and fewer than k exceed, and how many reach it.
struct Threshold {
  int key;
  int at_least;
};

__device__ __forceinline__ void add_if_reached(float &sum, int key, int probe, float amount) {
  asm("{ .reg .pred p; setp.ge.s32 p, %1, %2; @p add.f32 %0, %0, %3; }" : "+f"(sum) : "r"(key), "r"(probe), "f"(amount));
}

// The sum over a team of what its threads have.
template <int T>
__device__ __forceinline__ u32 sum_over_block(Team<T> &team, u32 x) {
  constexpr int WARPS = Team<T>::WARPS;
  const u32 own = __reduce_add_sync(0xffffffffu, x);
  u64 *const area = team.next_area();
  if (threadIdx.x % 32 == 0) reinterpret_cast<u32 *>(area)[threadIdx.x / 32] = own;
  __syncthreads();
  if constexpr (WARPS > 8) {
    const u32 lane = threadIdx.x % 32;
    return __reduce_add_sync(0xffffffffu, lane < WARPS ? reinterpret_cast<const u32 *>(area)[lane] : 0u);
  } else {
    u32 sum = 0;
#pragma unroll
    for (int pair = 0; pair < WARPS / 2; ++pair) sum += u32(area[pair]) + u32(area[pair] >> 32);
    return sum;
  }
}

// How many keys of a thread reach p, and how many reach q: 65,536 for each of these.
template <int C, int V>
__device__ __forceinline__ u32 count_reaching_both(const Row<C, V> &keys, int p, int q) {
  float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
  for (int slot = 0; slot < C * V; ++slot) {
    add_if_reached(sums[slot % 2], int(keys.words[slot]), p, 1.0f);
    add_if_reached(sums[slot % 2 + 2], int(keys.words[slot]), q, 65536.0f);
  }
  return u32((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

// The keys of a row from one number to another, and those that are larger: how many, in all and of this thread; -1: all that it has.
struct Bracket {
  // So many keys are ranked, each by a thread.
  static constexpr int MOST_RANKED = 64;
  int from;
  int to;
  int reaching;
  int above;
  int own_reaching;
  int own_above;
};

// Two numbers in a bracket, as distances from its start: where what k keys reach is probably between them, or a third of the bracket.
__device__ __forceinline__ void probe_bracket(const Bracket &at, int k, bool thirds, u32 &p, u32 &q) {
  const u32 span = u32(at.to) - u32(at.from);
  const float one = __fdividef(1.0f, float(at.reaching - at.above));
  const float place = thirds ? 0.5f : (float(at.reaching - k) + 0.5f) * one;
  const float around = thirds ? 0.1666667f : 0.04f + 8.0f * one;
  const float width = float(span);
  p = __float2uint_rz(width * fmaxf(place - around, 0.0f));
  q = __float2uint_rz(width * fminf(place + around, 1.0f));
  p = max(1u, min(p, span));
  q = max(p, min(q, span));
}

// The bracket after it is known how many keys reach the two numbers.
__device__ __forceinline__ void narrow(Bracket &at, int k, u32 p, u32 q, u32 own, u32 all) {
  const int reach_p = all & 0xffffu, reach_q = all >> 16, own_p = own & 0xffffu, own_q = own >> 16;
  const int first = at.from;
  if (reach_p < k) {
    at.to = int(u32(first) + p - 1u);
    at.above = reach_p;
    at.own_above = own_p;
    return;
  }
  const bool reached = reach_q >= k;
  at.from = int(u32(first) + (reached ? q : p));
  at.reaching = reached ? reach_q : reach_p;
  at.own_reaching = reached ? own_q : own_p;
  if (reached) return;
  at.to = int(u32(first) + q - 1u);
  at.above = reach_q;
  at.own_above = own_q;
}

// Where many keys are equal, or lie close together: the bracket ends at the least and at the largest of its keys.
template <int C, int V, int T>
__device__ __forceinline__ void tighten(Team<T> &team, const Row<C, V> &keys, Bracket &at) {
  int low = at.to, high = at.from;
#pragma unroll
  for (int slot = 0; slot < C * V; ++slot) {
    const int key = int(keys.words[slot]);
    low = key >= at.from ? min(low, key) : low;
    high = key <= at.to ? max(high, key) : high;
  }
  combine(team, by<Min>(low), by<Max>(high));
  at.from = low;
  at.to = high;
}

// Ranks the keys of a bracket of a row of n.
template <int C, int V, int T>
__device__ __forceinline__ Threshold rank_bracket(Team<T> &team, const Row<C, V> &keys, const Bracket &at, int n, int k) {
  int inside, reaching_here = at.own_reaching;
  if (reaching_here < 0) {
    reaching_here = 0;
#pragma unroll
    for (int c = 0; c < C; ++c) reaching_here += max(0, min(n - (c * T + team.thread) * V, V));
  }
  const int place = count_before(team, reaching_here - at.own_above, inside);
  int *const ranked = reinterpret_cast<int *>(team.next_area());
  int *next = ranked + place;
  const u32 span = u32(at.to) - u32(at.from);
#pragma unroll
  for (int slot = 0; slot < C * V; ++slot)
    if (keys.words[slot] - u32(at.from) <= span) *next++ = int(keys.words[slot]);
  __syncthreads();
  int key = int(0x80000000u), reaching = 2147483647;
  if (team.thread < inside) {
    const int own = ranked[team.thread];
    float count = 0.0f;
    for (int i = 0; i < inside; ++i) add_if_reached(count, ranked[i], own, 1.0f);
    if (at.above + int(count) >= k) {
      key = own;
      reaching = at.above + int(count);
    }
  }
  combine(team, by<Max>(key), by<Min>(reaching));
  return Threshold{key, reaching};
}

// The same from a sample: every warp sorts a key of each of its threads, and what they have a little before and behind the place of the
// k-th is averaged.
template <int C, int V, int T>
__device__ __forceinline__ void probe_sample(Team<T> &team, const Row<C, V> &keys, const Bracket &at, int k, u32 &p, u32 &q) {
  constexpr int WARPS = Team<T>::WARPS;
  constexpr float AROUND = WARPS <= 4 ? 1.4f : WARPS <= 8 ? 1.0f : WARPS <= 16 ? 0.7f : 0.5f;
  const int lane = threadIdx.x % 32;
  int key = int(keys.words[0]);
#pragma unroll
  for (int c = 1; c < C; ++c) {
    const int other = int(keys.words[c * V]);
    key = lane % C == c ? other : key;
  }
#pragma unroll
  for (int size = 2; size <= 32; size *= 2) {
#pragma unroll
    for (int distance = size / 2; distance > 0; distance /= 2) {
      const int other = __shfl_xor_sync(0xffffffffu, key, distance, 32);
      key = ((lane & size) != 0) == ((lane & distance) != 0) ? max(key, other) : min(key, other);
    }
  }
  // The largest is in the first lane.
  const float place = float(k) * (32.0f / float(C * T * V));
  const int before = int(floorf(place - AROUND)), behind = int(ceilf(place + AROUND));
  const int larger = max(__shfl_sync(0xffffffffu, key, max(0, before), 32), at.from);
  const int smaller = max(__shfl_sync(0xffffffffu, key, min(31, behind), 32), at.from);
  // Distances, because averages of keys would wrap around.
  const u32 span = u32(at.to) - u32(at.from);
  const u32 far = before < 0 ? span : u32(larger) - u32(at.from), near = behind > 31 ? 0u : u32(smaller) - u32(at.from);
  u64 *const area = team.next_area();
  if (lane == 0) area[threadIdx.x / 32] = u64(far / WARPS) << 32 | near / WARPS;
  __syncthreads();
  const u64 some = lane < WARPS ? area[lane] : 0;
  p = max(1u, min(__reduce_add_sync(0xffffffffu, u32(some)), span));
  q = max(p, min(__reduce_add_sync(0xffffffffu, u32(some >> 32)), span));
}

// Of keys from \`low\` to \`high\`; behind the end of the row they are the lowest number.
template <int C, int V, int T>
__device__ __forceinline__ Threshold threshold_of_block(Team<T> &team, const Row<C, V> &keys, int n, int k, int low, int high) {
  Bracket at{low, high, n, 0, -1, 0};
  bool slow = false;
  for (int turn = 0; at.from < at.to && at.reaching != k; ++turn) {
    const int inside = at.reaching - at.above;
    if (inside <= Bracket::MOST_RANKED && at.from != int(0x80000000u)) return rank_bracket(team, keys, at, n, k);
    if (turn % 6 == 5) {
      tighten(team, keys, at);
      continue;
    }
    u32 p, q;
    if (turn == 0) probe_sample(team, keys, at, k, p, q);
    else probe_bracket(at, k, slow, p, q);
    const u32 own = count_reaching_both(keys, int(u32(at.from) + p), int(u32(at.from) + q));
    narrow(at, k, p, q, own, sum_over_block(team, own));
    slow = !slow && at.reaching - at.above > inside / 4;
  }
  return Threshold{at.from, at.reaching};
}
`
