/** How threads of a block that work on the same point combine what they have. */
export const joining = /* cuda */ `
// The threads of a block whose numbers are the same modulo P have a point together: combines a value of each of them, always in the same
// order, those of a warp first. All threads of the block come here.
template <class Op, int P, class X>
__device__ __forceinline__ X join_points(X x) {
  constexpr int IN_WARP = P < 32 ? 32 / P : 1, LEFT = 256 / IN_WARP;
  __shared__ X values[LEFT];
  const int thread = int(threadIdx.x), point = thread % P;
#pragma unroll
  for (int distance = P; distance < 32; distance *= 2) x = Op::of(x, __shfl_xor_sync(0xffffffffu, x, distance, 32));
  __syncthreads();
  if (IN_WARP == 1 || thread % 32 < P) values[thread / (P * IN_WARP) * P + point] = x;
  __syncthreads();
  X total = values[point];
#pragma unroll
  for (int i = point + P; i < LEFT; i += P) total = Op::of(total, values[i]);
  return total;
}
`
