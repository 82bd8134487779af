/** The shape of a launch of a call, refused when it has more points than a kernel can count. */
import {
  MOST_POINTS,
  launchShape as shapeOf,
  type LaunchShape,
  type ShapeLimits,
  type ShapeRequest,
} from '../../../abi/cuda-launch.ts'
import { problem } from '../../../abi/espalier-error.ts'

export type { LaunchShape }

/** Throws ESP4904 for too many points. */
export function launchShape(
  limits: ShapeLimits,
  { kernel, ...request }: ShapeRequest & { readonly kernel: string },
): LaunchShape {
  if (request.points > MOST_POINTS)
    throw problem('ESP4904', { what: `the grid of kernel \`${kernel}\``, got: request.points, expected: MOST_POINTS })
  return shapeOf(limits, request)
}
