/** Thresholds of the linear algebra ops: they decide what is found, so evaluator and kernels use the same. */

/** A column is dependent when no more than this part of its length is left: what the rounding of f32 inputs may leave. */
export const DEPENDENT = 2 ** -21

/** Jacobi sweeps end when the squares off the diagonal are no more than this part of all squares, or after so many sweeps. */
export const JACOBI_TOLERANCE = 1e-24
export const MAX_SWEEPS = 40

/** The sign of an eigenvector is that of the first component this close to the largest: equal ones must not compete. */
export const SIGN_SHARE = 0.9
