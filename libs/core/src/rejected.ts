/** Returned by a check for a value that it does not accept. */
export const REJECTED: unique symbol = Symbol('rejected');
