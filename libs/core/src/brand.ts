declare const brand: unique symbol;

/** A value of `T` that only a constructor of this library may call a `B`, so that milliseconds are not mistaken for offsets. */
export type Brand<T, B extends string> = T & { readonly [brand]: B };
