/**
 * The search of a warp or a block of threads, with its keys in registers, for the number that k of them reach. Every step looks at all
 * keys, so there are few: each counts for two numbers at once, the first two from a sample. What is left between two numbers goes into
 * a list, where a warp ranks it and a block counts it in parts.
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

// The keys of a row from one number to another, and those that are larger: how many, how many of earlier threads (-1: that is not
// known), and which of this thread.
template <class Marks>
struct Bracket {
  int from;
  int to;
  int reaching;
  int above;
  int before_reaching;
  int before_above;
  Marks own_reaching;
  Marks own_above;
};

// Two numbers in a bracket, as distances from its start: where what k keys reach is probably between them, or a third of the bracket.
template <class Marks>
__device__ __forceinline__ void probe_bracket(const Bracket<Marks> &at, int k, bool thirds, u32 &p, u32 &q) {
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
template <class Marks>
__device__ __forceinline__ void narrow(Bracket<Marks> &at, int k, u32 p, u32 q, Marks own_p, Marks own_q, u32 before, u32 all) {
  const int reach_p = all & 0xffffu, reach_q = all >> 16;
  const int first = at.from;
  if (reach_p < k) {
    at.to = int(u32(first) + p - 1u);
    at.above = reach_p;
    at.before_above = before & 0xffffu;
    at.own_above = own_p;
    return;
  }
  const bool reached = reach_q >= k;
  at.from = int(u32(first) + (reached ? q : p));
  at.reaching = reached ? reach_q : reach_p;
  at.before_reaching = reached ? before >> 16 : before & 0xffffu;
  at.own_reaching = reached ? own_q : own_p;
  if (reached) return;
  at.to = int(u32(first) + q - 1u);
  at.above = reach_q;
  at.before_above = before >> 16;
  at.own_above = own_q;
}

// Where many keys are equal, or lie close together: the bracket ends at the least and at the largest of its keys.
template <int T, class R>
__device__ __forceinline__ void tighten(Team<T> &team, const R &row, Bracket<typename R::Marks> &at) {
  int low, high;
  row.ends_between(at.from, at.to, low, high);
  combine(team, by<Min>(low), by<Max>(high));
  at.from = low;
  at.to = high;
}

// Where it is not known how far keys go: the bracket ends where all of them do.
template <int T, class R>
__device__ __forceinline__ void find_ends(Team<T> &team, const R &row, Bracket<typename R::Marks> &at) {
  int low, high;
  row.ends(low, high);
  combine(team, by<Min>(low), by<Max>(high));
  at.from = max(at.from, low);
  at.to = min(at.to, high);
}

// Ranks the numbers of a bracket that a warp has, of which there are no more than its threads.
template <class R>
__device__ __forceinline__ Threshold rank_bracket(Team<32> &team, const R &row, const Bracket<typename R::Marks> &at, int k) {
  typedef typename R::Number Number;
  const typename R::Marks own = R::without(at.own_reaching, at.own_above);
  int inside;
  const int place = count_before(team, R::how_many(own), inside);
  Number *const ranked = reinterpret_cast<Number *>(team.words);
  team.barrier();
  collect_marked(row, ranked, place, own);
  if (inside + team.thread < (inside + 3) / 4 * 4) ranked[inside + team.thread] = R::none();
  team.barrier();
  int key = int(0x80000000u), reaching = 2147483647;
  if (team.thread < inside) {
    const Number number = ranked[team.thread];
    float counts[2] = {0.0f, 0.0f};
#pragma unroll 1
    for (int i = 0; i < inside; i += 4) {
      const Vec<Number, 4> some = load_vector<4>(ranked + i);
#pragma unroll
      for (int e = 0; e < 4; ++e) add_if_reached(counts[e % 2], some.elements[e], number, 1.0f);
    }
    const int count = at.above + int(counts[0] + counts[1]);
    if (count >= k) {
      key = R::key(number);
      reaching = count;
    }
  }
  team.barrier();
  combine(team, by<Max>(key), by<Min>(reaching));
  return Threshold{key, reaching};
}

// Of 128 counts in memory that a block shares, the first with which they reach a sum: which it is, what is before it, and the count.
__device__ __forceinline__ int find_count(const u32 *counts, u32 sum, u32 &before, u32 &count) {
  const int lane = threadIdx.x % 32;
  const uint4 *const fours = reinterpret_cast<const uint4 *>(counts);
  const uint4 own = fours[lane];
  const u32 own_sum = (own.x + own.y) + (own.z + own.w);
  u32 sums = own_sum;
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) add_from_before<32>(0xffffffffu, sums, distance);
  const int found = leading_zeros(__brev(__ballot_sync(0xffffffffu, sums >= sum)));
  before = __shfl_sync(0xffffffffu, sums - own_sum, found, 32);
  const uint4 four = fours[found];
  const u32 two = before + four.x, three = two + four.y, last = three + four.z;
  int bin = found * 4;
  count = four.x;
  if (two < sum) before = two, count = four.y, bin = found * 4 + 1;
  if (three < sum) before = three, count = four.z, bin = found * 4 + 2;
  if (last < sum) before = last, count = four.w, bin = found * 4 + 3;
  return bin;
}

// What a block shares for a search in a bracket of few numbers: those, and counts of three turns.
template <int T>
struct alignas(16) Listed {
  static constexpr int ROOM = T <= 128 ? 1024 : 2048, BINS = 128;
  u32 numbers[ROOM];
  u32 counts[3 * BINS];
};

// Threads count the numbers of a bracket by their distance from its end, in up to 128 equal parts of it, then those of one part.
template <int T, class R>
__device__ __forceinline__ Threshold threshold_of_list(Team<T> &team, const R &row, const Bracket<typename R::Marks> &at, int k) {
  typedef typename R::Number Number;
  constexpr int EACH = Listed<T>::ROOM / T, BINS = Listed<T>::BINS;
  __shared__ Listed<T> listed;
  Number *const numbers = reinterpret_cast<Number *>(listed.numbers);
  const int inside = at.reaching - at.above;
  collect_marked(row, numbers, at.before_reaching - at.before_above, R::without(at.own_reaching, at.own_above));
  for (int i = team.thread; i < 3 * BINS; i += T) listed.counts[i] = 0u;
  team.barrier();
  u32 distances[EACH];
#pragma unroll
  for (int e = 0; e < EACH; ++e) {
    distances[e] = ~0u;
    if (e * T + team.thread < inside) distances[e] = u32(at.to) - u32(R::order(numbers[e * T + team.thread]));
  }
  u32 span = u32(at.to) - u32(at.from), above = at.above;
  int to = at.to, reaching = at.reaching, turn = 0;
  while (span > 0 && reaching != k) {
    const int shift = max(0, 25 - leading_zeros(span));
    u32 *const counts = listed.counts + turn * BINS;
#pragma unroll
    for (int e = 0; e < EACH; ++e)
      if (e * T < inside && distances[e] <= span) atomicAdd(counts + (distances[e] >> shift), 1u);
    team.barrier();
    // Those of the turn before.
    turn = turn == 0 ? 2 : turn - 1;
    for (int i = team.thread; i < BINS; i += T) listed.counts[turn * BINS + i] = 0u;
    turn = turn == 0 ? 2 : turn - 1;
    u32 before, count;
    const u32 skipped = u32(find_count(counts, u32(k) - above, before, count)) << shift;
    above += before;
    reaching = int(above + count);
    to = int(u32(to) - skipped);
    span = min(span - skipped, (1u << shift) - 1u);
#pragma unroll
    for (int e = 0; e < EACH; ++e) distances[e] -= skipped;
  }
  return Threshold{int(u32(to) - span), reaching};
}

// The same from a sample: every warp sorts a key of each of its threads, and what they have a little before and behind the place of the
// k-th is averaged.
template <int T, class R>
__device__ __forceinline__ void probe_sample(Team<T> &team, const R &row, const Bracket<typename R::Marks> &at, int k, u32 &p, u32 &q) {
  constexpr int WARPS = Team<T>::WARPS;
  constexpr int C = R::CHUNKS, V = R::WIDTH;
  constexpr float CERTAINTY = WARPS == 1 ? 1.6f : WARPS == 2 ? 1.4f : WARPS <= 4 ? 1.0f : WARPS <= 8 ? 0.7f : WARPS <= 16 ? 0.5f : 0.35f;
  const int lane = threadIdx.x % 32;
  auto number = row.number(0);
#pragma unroll
  for (int c = 1; c < C; ++c) {
    const auto other = row.number(c * V);
    number = lane % C == c ? other : number;
  }
  int key = R::key(number);
#pragma unroll
  for (int size = 2; size <= 32; size *= 2) {
    // Where it is to be the other way around, of complements.
    const int flipped = size < 32 && (lane & size) != 0 ? -1 : 0;
    key ^= flipped;
#pragma unroll
    for (int distance = size / 2; distance > 0; distance /= 2) {
      const int other = __shfl_xor_sync(0xffffffffu, key, distance, 32);
      key = (lane & distance) == 0 ? max(key, other) : min(key, other);
    }
    key ^= flipped;
  }
  // The largest is in the first lane.
  const float place = float(k) * (32.0f / float(C * T * V)), around = CERTAINTY * (1.1f + 0.00625f * place * (32.0f - place));
  // Warps round differently.
  const float part = (float(threadIdx.x / 32) + 0.5f) * (1.0f / float(WARPS));
  const int before = int(floorf(place - around + part)), behind = int(floorf(place + around + part));
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
  // Rounded away from each other.
  if (lane == 0) area[threadIdx.x / 32] = u64(far / WARPS + u32(far % WARPS != 0)) << 32 | near / WARPS;
  __syncthreads();
  const u64 some = lane < WARPS ? area[lane] : 0;
  p = max(1u, min(__reduce_add_sync(0xffffffffu, u32(some)), span));
  q = __reduce_add_sync(0xffffffffu, u32(some >> 32));
  q = q < p ? span : min(q, span);
}

// What is searched in a bracket of a row. \`tight\`: its ends are the least and the largest of its keys.
template <int T, class R>
__device__ __forceinline__ Threshold threshold_of_bracket(Team<T> &team, const R &row, Bracket<typename R::Marks> at, int k, bool tight) {
  const int n = at.reaching;
  bool slow = false;
  for (int turn = 0; at.from < at.to && at.reaching != k; ++turn) {
    const int inside = at.reaching - at.above;
    const bool bounded = at.from >= R::LEAST;
    if constexpr (T == 32) {
      if (inside <= 32 && at.before_reaching >= 0) return rank_bracket(team, row, at, k);
    } else {
      if (inside <= Listed<T>::ROOM && at.before_reaching >= 0) return threshold_of_list(team, row, at, k);
    }
    if (bounded && turn > 0 && !tight && (at.above == 0 || at.from == R::LEAST)) {
      tight = true;
      find_ends(team, row, at);
      continue;
    }
    // Most keys between two that a sample has are one number.
    if (bounded && (turn % 6 == 5 || (turn == 1 && inside > n / 2))) {
      tighten(team, row, at);
      continue;
    }
    u32 p, q;
    if (turn == 0) probe_sample(team, row, at, k, p, q);
    else probe_bracket(at, k, slow, p, q);
    // First of all whether a number will do.
    if (turn > 0 && !bounded) p = 1u;
    // Many may be equal.
    if (p == q) q = min(p + 1u, u32(at.to) - u32(at.from));
    const typename R::Marks own_p = row.reaching(int(u32(at.from) + p)), own_q = row.reaching(int(u32(at.from) + q));
    const u32 own = u32(R::how_many(own_p)) | u32(R::how_many(own_q)) << 16;
    if constexpr (T == 32) {
      narrow(at, k, p, q, own_p, own_q, 0u, __reduce_add_sync(0xffffffffu, own));
    } else {
      int all;
      const int before = count_before(team, int(own), all);
      narrow(at, k, p, q, own_p, own_q, u32(before), u32(all));
    }
    slow = !slow && at.reaching - at.above > inside / 4;
  }
  return Threshold{at.from, at.reaching};
}

// Of keys from \`low\` to \`high\`, which are the least and the largest where the bracket is \`tight\`, or one below LEAST and MOST.
template <int T, class R>
__device__ __forceinline__ Threshold threshold_of_row(Team<T> &team, const R &row, int n, int k, int low, int high, bool tight) {
  return threshold_of_bracket(team, row, Bracket<typename R::Marks>{low, high, n, 0, -1, 0, 0, 0}, k, tight);
}

// The first of equal keys of a row, so that k are the best; with all of them \`reaching\` would be.
template <int C, int V, int T>
__device__ __forceinline__ void choose_ties(Team<T> &team, BestOf<C * V> &chosen, int k, int reaching) {
  typedef typename BitsOf<C * V>::Word Word;
  int places[C];
#pragma unroll
  for (int c = 0; c < C; ++c) places[c] = __popc(u32(chosen.ties >> c * V) & ((1u << V) - 1u));
  const int missing = k - reaching + count_before_each<C>(team, places);
#pragma unroll
  for (int c = 0; c < C; ++c) {
    u32 own = u32(chosen.ties >> c * V) & ((1u << V) - 1u);
    for (int left = missing - places[c]; left > 0 && own != 0; --left) {
      chosen.best |= Word(own & -own) << c * V;
      own &= own - 1u;
    }
  }
}

// Which of the keys of a thread are among the k largest of a row of n, of equal ones the first; \`all_equal\`: all as soon as one is.
// \`LATER\`: who asks looks for the first of equal ones, which
// are many only of halves.
template <bool LATER, int C, int V, int T, class R>
__device__ __forceinline__ void choose_by_probes(Team<T> &team, const R &row, int n, int k, bool all_equal, BestOf<C * V> &chosen) {
  typedef typename BitsOf<C * V>::Word Word;
  if (k <= 0) return;
  const Threshold found = threshold_of_row(team, row, n, k, R::LEAST - 1, R::MOST, false);
  chosen.best = R::in_order(row.reaching(max(found.key, R::LEAST)));
  if (found.key < R::LEAST) chosen.best = valid_slots<C, V>(team, n);
  if (all_equal || found.at_least == k) return;
  const Word above = found.key < R::MOST ? Word(R::in_order(row.reaching(found.key + 1))) : Word(0);
  chosen.ties = chosen.best & ~above;
  chosen.best = above;
  if constexpr (LATER && V == 8) {
    chosen.wanted = k;
  } else {
    choose_ties<C, V>(team, chosen, k, found.at_least);
  }
}
`
