/** How threads of a block that work on the same point combine what they have. */
export const joining = /* cuda */ `
// The threads of a block whose numbers are the same modulo P have a point together: combines a value of each of them, always in the same
// order. All threads of the block come here.
template <class Op, int P, class X>
__device__ __forceinline__ X join_points(X x) {
  __shared__ X values[256];
  const int thread = int(threadIdx.x), point = thread % P;
  __syncthreads();
  values[thread] = x;
  __syncthreads();
  X total = values[point];
#pragma unroll
  for (int i = point + P; i < 256; i += P) total = Op::of(total, values[i]);
  return total;
}
`
