/**
 * The search of a warp or a block of threads, with its keys in registers, for the number that k of them reach. Every step waits for all threads,
 * so there are few: each counts for two numbers at once, and the last keys in question are ranked instead.
 */
export const thresholdBlocks = /* cuda */ `
// A number that at least k of a row's keys reach and fewer than k exceed, and how many reach it.
struct Threshold {
  int key;
  int at_least;
};

// Whether the best of a row are searched for by numbers that keys reach: where a team is a warp or a block, and threads have too many for
// planes of bits.
template <int T, int C, int V>
constexpr bool probes_rows = T > 32 || (T == 32 && C * V > 16);

// The sum over a team, of a warp or a block, of what its threads have.
template <int T>
__device__ __forceinline__ u32 sum_over_team(Team<T> &team, u32 x) {
  constexpr int WARPS = Team<T>::WARPS;
  const u32 own = __reduce_add_sync(0xffffffffu, x);
  if constexpr (T == 32) return own;
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

// The keys of a row from one number to another, and those that are larger: how many, in all and of this thread; -1: all that it has.
struct Bracket {
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
template <int T, class R>
__device__ __forceinline__ void tighten(Team<T> &team, const R &row, Bracket &at) {
  int low = at.to, high = at.from;
  row.each_between(at.from, at.to, [&](typename R::Number number) {
    low = min(low, R::key(number));
    high = max(high, R::key(number));
  });
  combine(team, by<Min>(low), by<Max>(high));
  at.from = low;
  at.to = high;
}

// Where it is not known how far keys go: the bracket ends where all of them do.
template <int T, class R>
__device__ __forceinline__ void find_ends(Team<T> &team, const R &row, Bracket &at) {
  int low, high;
  row.ends(low, high);
  combine(team, by<Min>(low), by<Max>(high));
  at.from = max(at.from, low);
  at.to = min(at.to, high);
}

// Ranks the keys of a bracket of a row of n.
template <int C, int V, int T, class R>
__device__ __forceinline__ Threshold rank_bracket(Team<T> &team, const R &row, const Bracket &at, int n, int k) {
  typedef typename R::Number Number;
  int inside, reaching_here = at.own_reaching;
  if (reaching_here < 0) {
    reaching_here = 0;
#pragma unroll
    for (int c = 0; c < C; ++c) reaching_here += max(0, min(n - (c * T + team.thread) * V, V));
  }
  const int place = count_before(team, reaching_here - at.own_above, inside);
  // Both areas of teams that have little.
  constexpr bool both = T <= 64;
  if constexpr (both) team.barrier();
  Number *const ranked = reinterpret_cast<Number *>(both ? team.words : team.next_area());
  row.collect(ranked, place, at.from, at.to);
  if (inside + team.thread < (inside + 3) / 4 * 4) ranked[inside + team.thread] = R::none();
  team.barrier();
  int key = int(0x80000000u), reaching = 2147483647;
  if (team.thread < inside) {
    const Number own = ranked[team.thread];
    float counts[2] = {0.0f, 0.0f};
    for (int i = 0; i < inside; i += 4) {
      const Vec<Number, 4> some = load_vector<4>(ranked + i);
#pragma unroll
      for (int e = 0; e < 4; ++e) add_if_reached(counts[e % 2], some.elements[e], own, 1.0f);
    }
    const int count = at.above + int(counts[0] + counts[1]);
    if (count >= k) {
      key = R::key(own);
      reaching = count;
    }
  }
  if constexpr (both) team.barrier();
  combine(team, by<Max>(key), by<Min>(reaching));
  return Threshold{key, reaching};
}

// The same from a sample: every warp sorts a key of each of its threads, and what they have a little before and behind the place of the
// k-th is averaged.
template <int C, int V, int T, class R>
__device__ __forceinline__ void probe_sample(Team<T> &team, const R &row, const Bracket &at, int k, u32 &p, u32 &q) {
  constexpr int WARPS = Team<T>::WARPS;
  constexpr float AROUND = WARPS == 1 ? 2.8f : WARPS == 2 ? 2.0f : WARPS <= 4 ? 1.4f : WARPS <= 8 ? 1.0f : WARPS <= 16 ? 0.7f : 0.5f;
  const int lane = threadIdx.x % 32;
  typename R::Number number = row.number(0);
#pragma unroll
  for (int c = 1; c < C; ++c) {
    const typename R::Number other = row.number(c * V);
    number = lane % C == c ? other : number;
  }
  int key = R::key(number);
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
  const u32 far = before < 0 ? span : min(u32(larger) - u32(at.from), span);
  const u32 near = behind > 31 ? 0u : min(u32(smaller) - u32(at.from), span);
  if constexpr (T == 32) {
    p = max(1u, near);
    q = max(p, far);
    return;
  }
  u64 *const area = team.next_area();
  if (lane == 0) area[threadIdx.x / 32] = u64(far / WARPS) << 32 | near / WARPS;
  __syncthreads();
  const u64 some = lane < WARPS ? area[lane] : 0;
  p = max(1u, min(__reduce_add_sync(0xffffffffu, u32(some)), span));
  q = max(p, min(__reduce_add_sync(0xffffffffu, u32(some >> 32)), span));
}

// Of keys from \`low\` to \`high\`, which are the least and the largest where the bracket is \`tight\`, or one below LEAST and MOST.
template <int C, int V, int T, class R>
__device__ __forceinline__ Threshold threshold_of_row(Team<T> &team, const R &row, int n, int k, int low, int high, bool tight) {
  Bracket at{low, high, n, 0, -1, 0};
  // So many keys are ranked, each by a thread.
  constexpr int MOST_RANKED = T <= 128 ? (T == 32 ? 32 : 64) : T == 256 ? 128 : 256;
  bool slow = false;
  for (int turn = 0; at.from < at.to && at.reaching != k; ++turn) {
    const int inside = at.reaching - at.above;
    const bool bounded = at.from >= R::LEAST;
    if (inside <= MOST_RANKED && bounded) return rank_bracket<C, V>(team, row, at, n, k);
    if (bounded && turn > 0 && !tight && (at.above == 0 || at.from == R::LEAST)) {
      tight = true;
      find_ends(team, row, at);
      continue;
    }
    if (bounded && turn % 6 == 5) {
      tighten(team, row, at);
      continue;
    }
    u32 p, q;
    if (turn == 0) probe_sample<C, V>(team, row, at, k, p, q);
    else probe_bracket(at, k, slow, p, q);
    // First of all whether a number will do.
    if (turn > 0 && !bounded) p = 1u;
    // Many may be equal.
    if (p == q) q = min(p + 1u, u32(at.to) - u32(at.from));
    const u32 own = row.count_both(int(u32(at.from) + p), int(u32(at.from) + q));
    narrow(at, k, p, q, own, sum_over_team(team, own));
    slow = !slow && at.reaching - at.above > inside / 4;
  }
  return Threshold{at.from, at.reaching};
}

// Which of the keys of a thread are among the k largest of a row of n, of equal ones the first; \`all_equal\`: all as soon as one is.
template <int C, int V, int T, class R>
__device__ __forceinline__ auto choose_by_probes(Team<T> &team, const R &row, int n, int k, bool all_equal) {
  typedef typename BitsOf<C * V>::Word Word;
  if (k <= 0) return Word(0);
  const Threshold found = threshold_of_row<C, V>(team, row, n, k, R::LEAST - 1, R::MOST, false);
  const bool has_key = found.key >= R::LEAST;
  Word best = has_key ? row.reaching(found.key) : valid_slots<C, V>(team, n);
  if (all_equal || found.at_least == k) return best;
  const Word above = !has_key ? row.reaching(R::LEAST) : found.key < R::MOST ? row.reaching(found.key + 1) : Word(0);
  const Word ties = best & ~above;
  int places[C];
#pragma unroll
  for (int c = 0; c < C; ++c) places[c] = __popc(u32(ties >> c * V) & ((1u << V) - 1u));
  const int room = k - found.at_least + count_before_each<C>(team, places);
#pragma unroll
  for (int c = 0; c < C; ++c) {
    u32 own = u32(ties >> c * V) & ((1u << V) - 1u);
    best &= ~(Word(own) << c * V);
    for (int left = room - places[c]; left > 0 && own != 0; --left) {
      best |= Word(own & -own) << c * V;
      own &= own - 1u;
    }
  }
  return best;
}
`
