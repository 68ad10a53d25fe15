/** Stands for a value that is known only once a change is made. */
export const unknown: unique symbol = Symbol("known after the change");
export type Unknown = typeof unknown;
