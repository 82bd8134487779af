/** How a kernel begins while the one before it may still run. */
export const starting = /* cuda */ `
// Where a host starts a kernel before those in front of it are done: lets the next one be started, and waits for what they store.
__device__ __forceinline__ void wait_for_earlier() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
`
