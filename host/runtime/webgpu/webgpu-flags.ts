/** Numbers of the WebGPU specification, which not every host has as globals. */
export const MAP_READ = 0x01
export const COPY_SRC = 0x04
export const COPY_DST = 0x08
export const UNIFORM = 0x40
export const STORAGE = 0x80
/** Of `GPUShaderStage`. */
export const COMPUTE = 0x4
/** Of `GPUMapMode`. */
export const MAP_MODE_READ = 0x1
