/**
 * Diagnostics ESP4xxx: loading and calling a compiled policy. Their words are in `abi/call-problems.ts`, because the hosts that
 * report them carry no compiler; here is what `espalier explain` adds.
 *
 * In an example, `inputs` and `params` are those of the call. The rest sets the scene, in this order: `manifest` (changes, by
 * path) and `artifact` (other bytes) before loading; `sizes` and `maxBytes` as options of the instance; `earlier` calls;
 * `restore`d state; `released` (the instance, or the input of a name); `read`s a state instead of calling; `state` of
 * another instance.
 */
import { axes } from './call/axes.ts'
import { cuda } from './call/cuda.ts'
import { devices } from './call/devices.ts'
import { loading } from './call/loading.ts'
import { memory } from './call/memory.ts'
import { names } from './call/names.ts'
import { tensors } from './call/tensors.ts'

export const call = { ...loading, ...names, ...tensors, ...axes, ...memory, ...devices, ...cuda }
