/** Why a request has no answer, for the user. */
export class RequestRefusal extends Error {}
