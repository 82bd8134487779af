/** The k largest keys of a row that few threads hold in registers, 32 keys each: found bit by bit, with one word for a bit of 32 keys. */
export const slices = /* cuda */ `
// A choice of the k largest keys of a row as far as it has come: a bit for each key of a thread that is in, and for each that still may be.
struct Choice {
  u32 in;
  u32 open;
};

template <int T>
__device__ __forceinline__ int team_count(const Team<T> &team, u32 bits) {
  return warp_reduce<T, Sum>(team.lanes, __popc(bits));
}

// Of what is open, keys that have the bit come before those that have not.
template <int T>
__device__ __forceinline__ void narrow_choice(const Team<T> &team, Choice &choice, int k, u32 plane) {
  const u32 reaching = choice.in | (choice.open & plane);
  if (team_count(team, reaching) >= k) choice.open = reaching;
  else choice.in = reaching;
}

constexpr __host__ __device__ int highest_bit(int n) {
  return n < 2 ? n : 2 * highest_bit(n / 2);
}

// Of equal keys the first in the row, found by the bits of their indices: key c * V + e of a thread has (c * T + thread) * V + e.
template <int C, int V, int T>
__device__ __forceinline__ void narrow_by_index(const Team<T> &team, Choice &choice, int k) {
#pragma unroll
  for (int bit = highest_bit(C * T * V - 1); bit > 0; bit /= 2) {
    u32 zeros = 0;
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot)
      if (((slot / V * T * V + slot % V) & bit) == 0) zeros |= 1u << slot;
    if (bit >= V && bit < T * V) zeros = team.thread * V & bit ? 0u : 0xffffffffu;
    narrow_choice(team, choice, k, zeros);
  }
}

// The bits of one where a mask has ones, else of the other: one instruction, where compilers make two of what they know of a mask.
__device__ __forceinline__ u32 select_bits(u32 x, u32 y, u32 mask) {
  u32 bits;
  asm("lop3.b32 %0, %1, %2, %3, 0xe4;" : "=r"(bits) : "r"(x), "r"(y), "r"(mask));
  return bits;
}

__device__ __forceinline__ void swap_bits(u32 &x, u32 &y, int distance, u32 lower) {
  const u32 y_up = y << distance, x_down = x >> distance;
  x = select_bits(x, y_up, lower);
  y = select_bits(x_down, y, lower);
}

// Turns 16 words into planes: plane p has bit p of the halves of all words. \`LOW\` and \`HIGH\` say where the low and the high bytes of
// the halves of words w and w + 8 go.
template <u32 LOW, u32 HIGH>
__device__ __forceinline__ void transpose(u32 (&words)[16]) {
#pragma unroll
  for (int w = 0; w < 8; ++w) {
    const u32 x = words[w], y = words[w + 8];
    words[w] = __byte_perm(x, y, LOW);
    words[w + 8] = __byte_perm(x, y, HIGH);
  }
#pragma unroll
  for (int distance = 4; distance > 0; distance /= 2) {
    const u32 lower = distance == 4 ? 0x0f0f0f0fu : distance == 2 ? 0x33333333u : 0x55555555u;
#pragma unroll
    for (int w = 0; w < 16; ++w)
      if ((w & distance) == 0) swap_bits(words[w], words[w + distance], distance, lower);
  }
}

// Of up to 32 halves, two in a word: bit j of plane p is bit p of half j.
template <int N>
__device__ __forceinline__ void halves_to_planes(const u32 (&halves)[N], u32 (&planes)[16]) {
  const auto pair = [&](int w) { return w < N ? halves[w < N ? w : 0] : 0u; };
#pragma unroll
  for (int w = 0; w < 8; ++w) {
    const u32 picked = w % 2 == 0 ? 0x5410 : 0x7632;
    planes[w] = __byte_perm(pair(w / 2), pair(w / 2 + 4), picked);
    planes[w + 8] = __byte_perm(pair(w / 2 + 8), pair(w / 2 + 12), picked);
  }
  transpose<0x6420, 0x7531>(planes);
}

// Of up to 16 words: bit j of plane p is bit p of word j, and bit 16 + j is its bit 16 + p.
template <int N>
__device__ __forceinline__ void words_to_planes(const u32 (&words)[N], u32 (&planes)[16]) {
#pragma unroll
  for (int w = 0; w < 16; ++w) planes[w] = w < N ? words[w < N ? w : 0] : 0u;
  transpose<0x6240, 0x7351>(planes);
}

// Which keys are NaN: all bits of the exponent, and one of the fraction.
template <class Format>
__device__ __forceinline__ u32 nans_of(const u32 (&planes)[16]) {
  u32 exponent = 0xffffffffu, fraction = 0;
#pragma unroll
  for (int p = Format::FRACTION; p < 15; ++p) exponent &= planes[p];
  if (exponent == 0) return 0;
#pragma unroll
  for (int p = 0; p < Format::FRACTION; ++p) fraction |= planes[p];
  return exponent & fraction;
}

// What a choice comes to when keys have no more bits.
template <int C, int V, int T>
__device__ __forceinline__ u32 chosen(const Team<T> &team, Choice &choice, int k, bool all_equal) {
  const bool tied = !all_equal && team_count(team, choice.open) > k;
  if (team.any(tied && k > 0)) narrow_by_index<C, V>(team, choice, k);
  return k <= 0 ? 0 : choice.open;
}

// Which keys of a thread exist. Most rows are full, and a choice would take what both sides take.
template <int C, int V, int T>
__device__ __forceinline__ u32 slots_in(const Team<T> &team, int n) {
  if (n == C * T * V) return u32(BitsOf<C * V>::ALL);
  u32 valid = u32(valid_slots<C, V>(team, n));
  asm volatile("" : "+r"(valid));
  return valid;
}

// Of 16-bit floats two in a word.
template <class Order, class Format, int C, int V, int T>
__device__ __forceinline__ u32 choose_halves(const Team<T> &team, const u32 (&halves)[C * V / 2], int n, int k, bool all_equal) {
  u32 planes[16];
  halves_to_planes(halves, planes);
  const u32 valid = slots_in<C, V>(team, n);
  Choice choice{0, valid};
  const u32 nans = nans_of<Format>(planes) & valid;
  Order::arrange(planes);
  if (team.together ? team.any(nans != 0) : warp_reduce<T, Or>(team.lanes, nans) != 0) {
    narrow_choice(team, choice, k, ~nans);
#pragma unroll
    for (int p = 0; p < 16; ++p) planes[p] &= ~nans;
  }
#pragma unroll
  for (int p = Order::BITS - 1; p >= 0; --p) narrow_choice(team, choice, k, planes[p]);
  return chosen<C, V>(team, choice, k, all_equal);
}

// Of integers. The high half of their bits tells most of them apart; of the low half as many are looked at as it takes.
template <int C, int V, int T>
__device__ __forceinline__ u32 choose_words(const Team<T> &team, const u32 (&keys)[C * V], int n, int k, bool all_equal) {
  static_assert(C * V <= 16, "a plane has the bits of 16 keys twice");
  u32 planes[16];
  words_to_planes(keys, planes);
  // The sign is the highest bit, and set in what is low.
  planes[15] ^= 0xffff0000u;
  Choice choice{0, slots_in<C, V>(team, n) << 16};
#pragma unroll
  for (int p = 15; p >= 0; --p) narrow_choice(team, choice, k, planes[p]);
  choice = Choice{choice.in >> 16, choice.open >> 16};
#pragma unroll
  for (int p = 15; p >= 0; --p) {
    if (p % 4 == 3 && !team.any(team_count(team, choice.open) > k)) break;
    narrow_choice(team, choice, k, planes[p]);
  }
  return chosen<C, V>(team, choice, k, all_equal);
}
`
